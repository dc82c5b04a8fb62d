import { vi } from "vitest";
import { composePractice } from "../../src/app/practice.ts";
import { parseArguments } from "../../src/command/arguments.ts";
import { intentOf } from "../../src/operation/command-line.ts";
import type { Cluster } from "../../src/practice/cluster/cluster.ts";
import { receiversOf } from "../../src/practice/cluster/replication.ts";
import { faultOf } from "../../src/practice/faults.ts";
import { SCENARIOS } from "../../src/practice/scenarios/index.ts";
import { statusRecord } from "../../src/presentation/status-record.ts";
import { openSession, type Session } from "../../src/session/session.ts";
import { type Course, courseOf, findingsIn, isCalm } from "./course.ts";
import { settled } from "./fake-cluster.ts";
import { recordOutput } from "./fake-session.ts";
import type { Move } from "./plays.ts";

/** Longer than anything takes. */
const LONGEST_SECONDS = 180;

/** How long it is to stay calm. */
export const CALM_SECONDS = 8;

/** Plays a scenario in practice: one console watches, another one operates. On fake timers. */
export async function practiceCourse(name: string, moves: readonly Move[]): Promise<Course> {
	const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
	const { value: composed } = composePractice(client, name, 1);
	const scenario = SCENARIOS.find((one) => one.name === name);
	if (composed === undefined || scenario === undefined) throw new Error(`no scenario ${name}`);
	const beganAt = Date.now() + 1000 * (scenario.happens.find(({ seconds }) => seconds > 0)?.seconds ?? 0);
	const watcher = openSession({ ...composed.session, hostLooks: "at once" });
	const operator = openSession({ ...composed.session, hostLooks: "at once" });
	try {
		const documents = [statusRecord(watcher.store.getState().snapshot)];
		watcher.store.subscribe(({ snapshot }) => documents.push(statusRecord(snapshot)));
		await settled(Promise.all([watcher.firstPicture(), operator.firstPicture()]));
		const last = (scenario.happens.at(-1)?.seconds ?? 0) + 1;
		await vi.advanceTimersByTimeAsync(1000 * last);
		const lastOf = () => documents.at(-1) ?? statusRecord(watcher.store.getState().snapshot);
		for (const move of [...moves, { until: "nothing" }]) {
			if ("seconds" in move) await vi.advanceTimersByTimeAsync(1000 * move.seconds);
			else if ("command" in move) await operate(operator, move.command);
			else if ("relieve" in move) {
				const node = composed.cluster.nodes.find(({ name }) => name === move.node);
				if (node !== undefined) await faultOf(move.relieve).heal?.end(node, composed.cluster);
			} else await until(move.until, lastOf);
		}
		return courseOf(
			documents.filter(({ nodes }) => nodes.length > 0),
			beganAt,
			slotsIn(composed.cluster),
		);
	} finally {
		watcher.close();
		operator.close();
		composed.close();
	}
}

async function until(finding: string, lastOf: () => ReturnType<typeof statusRecord>): Promise<void> {
	let calm = 0;
	for (let seconds = 0; seconds < LONGEST_SECONDS; seconds++) {
		const document = lastOf();
		if (finding !== "nothing" && findingsIn(document).includes(finding)) return;
		calm = isCalm(document) ? calm + 1 : 0;
		if (finding === "nothing" && calm > CALM_SECONDS) return;
		await vi.advanceTimersByTimeAsync(1000);
	}
	throw new Error(`waited for ${finding}, found ${findingsIn(lastOf()).join(", ")}`);
}

async function operate(session: Session, words: string): Promise<void> {
	const { output } = recordOutput();
	const invocation = parseArguments(words.split(" "), "", output);
	if (typeof invocation === "number" || invocation.command !== "operate") throw new Error(words);
	const intent = intentOf(invocation.operation, invocation.values, session.store.getState().snapshot);
	if (typeof intent === "string") throw new Error(intent);
	const operations = await session.operations();
	const { plan, refusal } = await settled(operations.request(intent));
	if (plan === undefined) throw new Error(`${words}: ${JSON.stringify(refusal)}`);
	const { run, ...refused } = await settled(operations.approve(plan));
	if (run === undefined) throw new Error(`${words}: ${JSON.stringify(refused)}`);
	await settled(run.finish());
	if (run.state.outcome !== "done")
		throw new Error(
			`${words}: ${JSON.stringify(run.state.steps.map(({ output, notes }) => [output, notes]))}`,
		);
}

/** As pg_replication_slots has them. */
function slotsIn(cluster: Cluster): Readonly<Record<string, readonly string[]>> {
	return Object.fromEntries(
		cluster.nodes.map((node) => {
			const used = receiversOf(cluster, node).map(({ data }) => data.slotName);
			const slots = node.server === null ? [] : [...node.data.slots.keys()];
			return [node.name, slots.map((slot) => `${slot} ${used.includes(slot) ? "active" : "inactive"}`)];
		}),
	);
}
