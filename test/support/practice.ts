import { afterEach, beforeEach, vi } from "vitest";
import { composePractice } from "../../src/app/practice.ts";
import type { Intent } from "../../src/model/intent.ts";
import type { Practice } from "../../src/model/practice.ts";
import type { RunState } from "../../src/operation/run/run-state.ts";
import type { Cluster } from "../../src/practice/cluster/cluster.ts";
import { faultOf } from "../../src/practice/faults.ts";
import { openSession, type Session, type SessionOptions } from "../../src/session/session.ts";
import { settled } from "./fake-cluster.ts";
import { NOW } from "./records.ts";

/** A console on a simulated cluster, for fake timers. Strict: close() throws if the cluster was asked what it does not know. */
export class PracticeConsole {
	readonly cluster: Cluster;
	readonly session: Session;
	readonly #close: () => void;

	readonly practice: Practice;

	constructor(scenario = "calm", speed = 1, observe?: NonNullable<SessionOptions["observe"]>) {
		const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
		const { value: practice } = composePractice(client, scenario, speed);
		if (practice === undefined) throw new Error(`no scenario ${scenario}`);
		this.practice = practice.practice;
		this.cluster = practice.cluster;
		this.session = openSession({ ...practice.session, hostLooks: "at once", ...(observe && { observe }) });
		this.#close = practice.close;
	}

	/** Lets time pass. */
	async seconds(count: number): Promise<void> {
		await vi.advanceTimersByTimeAsync(1000 * count);
	}

	/** Makes a fault on a node. */
	async fault(id: string, name: string): Promise<void> {
		const node = this.cluster.nodeAt(name);
		if (node === null) throw new Error(`no node ${name}`);
		const { start, unfit } = faultOf(id);
		const why = unfit(node, this.cluster);
		if (why !== null) throw new Error(`${id} on ${name}: ${why}`);
		await settled(Promise.resolve(start(node, this.cluster)));
	}

	/** As the tests on the real cluster name them: "warning STANDBY_DOWN node2". */
	findings(): readonly string[] {
		const { nodes, findings } = this.session.store.getState().snapshot;
		return findings
			.map(
				({ severity, code, nodeId }) =>
					`${severity} ${code} ${nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? "cluster"}`,
			)
			.toSorted();
	}

	/** Requests, approves and carries out an operation. */
	async operate(intent: Intent): Promise<RunState> {
		const operations = await this.session.operations();
		const requested = await settled(operations.request(intent));
		if (requested.plan === undefined) throw new Error(JSON.stringify(requested.refusal, null, 1));
		const started = await settled(operations.approve(requested.plan));
		if (started.run === undefined) throw new Error(JSON.stringify(started, null, 1));
		await settled(started.run.finish());
		return started.run.state;
	}

	close(): void {
		this.session.close();
		this.#close();
		const { unknown } = this.cluster;
		if (unknown.length > 0) throw new Error(`not part of practice: ${unknown.join(", ")}`);
	}
}

/** Gives each test of a file a console that has watched a calm cluster for three seconds, on fake timers. */
export function eachOnCalmPractice(take: (console: PracticeConsole) => void): void {
	let practice: PracticeConsole;
	beforeEach(async () => {
		vi.useFakeTimers({ now: NOW });
		practice = new PracticeConsole();
		take(practice);
		await settled(practice.session.firstPicture());
		await practice.seconds(3);
	});
	afterEach(() => {
		practice.close();
		vi.useRealTimers();
	});
}
