import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { Journal } from "../../src/execution/journal.ts";
import { releaseLock } from "../../src/execution/lock.ts";
import type { OperationRecord } from "../../src/execution/operation-record.ts";
import {
	CLAIM_SCRIPT,
	FOLLOW_SCRIPT,
	LOCK_SCRIPT,
	READ_LOCK_SCRIPT,
	REJOIN_LOG_SCRIPT,
	RELEASE_SCRIPT,
	START_SCRIPT,
} from "../../src/execution/remote-scripts.ts";
import { Run } from "../../src/execution/run.ts";
import type { Begin } from "../../src/execution/run-context.ts";
import type { LockHolder } from "../../src/model/host-reading.ts";
import type { Intent } from "../../src/model/intent.ts";
import type { Report } from "../../src/model/node-state.ts";
import type { Plan } from "../../src/operation/plan/plan.ts";
import { beginRun } from "../../src/operation/run/run-state.ts";
import { PASSWORDS_SCRIPT } from "../../src/probe/passwords/script.ts";
import { clusterWatch } from "../../src/session/cluster-watch.ts";
import { openOperations } from "../../src/session/operations.ts";
import type { Operations, Session } from "../../src/session/session.ts";
import { type ConsoleStore, createConsoleStore } from "../../src/store/console-store.ts";
import type { Shell } from "../../src/transport/ports.ts";
import { crosscheckOf } from "./crosschecks.ts";
import { cloneSurveyOf, factsOf, type SurveyChanges } from "./facts.ts";
import { fakeQuery, fault, parametersOf } from "./fake-query.ts";
import { fakeSession } from "./fake-session.ts";
import { primaryReading, receiver, SYSTEM_IDENTIFIER, standbyReading } from "./records.ts";
import { type Changes, type NodeChanges, statesOf } from "./worlds.ts";

interface Lock {
	readonly holder: LockHolder;
	readonly record: OperationRecord;
}

const IDS = [1, 2, 3, 4];
/** How often every server is read while something is waited for. */
const POLL_MS = 500;

/**
 * The healthy cluster of worlds.ts in memory, for fake timers: servers are read as the test says, and hosts answer the scripts of
 * execution. Strict: an unknown command, or a use of a closed shell, throws.
 */
export class FakeCluster {
	/** What servers and hosts tell otherwise from now on. */
	changes: Changes = {};
	surveys: Readonly<Record<number, SurveyChanges>> = {};
	/** Hosts that do not answer over SSH. */
	readonly silent = new Set<number>();
	/** Locks by node id. */
	readonly locks = new Map<number, Lock>();
	/** Exit codes and output by step key, or "dry run", "SELECT 1"; otherwise 0 and nothing. */
	readonly exits = new Map<string, number>();
	readonly outputs = new Map<string, string>();
	/** Steps that an earlier console began. */
	readonly begun = new Set<string>();
	/** Steps whose commands do not end. */
	readonly endless = new Set<string>();
	/** Called when a step's command ends. */
	onEnd: (key: string) => void = () => {};
	/** Steps that were started, and commands that were run directly, e.g. "start pause-1", "node2: repmgr … --dry-run". */
	readonly calls: string[] = [];
	/** The input that each step was started with. */
	readonly inputs = new Map<string, string>();
	/** What each step's lock looked like when it started. */
	readonly lockedAtStart: (readonly number[])[] = [];
	/** How often all nodes were surveyed. */
	surveyed = 0;
	/** What the session was told about a run: its id, or null. */
	readonly running: (string | null)[] = [];
	readonly closed = new Set<string>();
	readonly #directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	journalPath = join(this.#directory, "journal.jsonl");
	readonly store: ConsoleStore;
	readonly #timer: ReturnType<typeof setInterval>;
	readonly #shells = new Map<number, Shell>();

	constructor({ sshOff = null as string | null, isReadOnly = false } = {}) {
		const known = [...statesOf({}).values()].map(({ registration }) => registration);
		this.store = createConsoleStore({ name: "prod", sshOff, isReadOnly, now: Date.now(), known });
		this.#timer = setInterval(() => this.poll(), POLL_MS);
		for (const nodeId of IDS) this.#shells.set(nodeId, this.#shell(nodeId));
	}

	remove(): void {
		clearInterval(this.#timer);
		rmSync(this.#directory, { recursive: true });
	}

	/** The directory of the journal, for other files of the test. */
	path(name: string): string {
		return join(this.#directory, name);
	}

	/** Every node is read now. */
	poll(): void {
		const at = Date.now();
		const reports = [...statesOf(this.changes).values()].flatMap(({ nodeId, server, host }): Report[] => {
			const seen = server.good && { ...server.good.value, roundTripMs: 0 };
			const observed =
				server.fault === null && seen ? { value: seen } : { fault: server.fault?.fault ?? REFUSED };
			return [
				{ nodeId, of: "server", observation: { ...observed, at, by: "sql" } },
				...(host.good === null
					? []
					: [{ nodeId, of: "host", observation: { value: host.good.value, at, by: "ssh" } } as const]),
			];
		});
		this.store.receive(reports);
	}

	/** What one process can do with the cluster; another console has another. */
	operations({ isReadOnly = false, user = "alice" } = {}): Operations {
		const shellFor = ({ nodeId }: { readonly nodeId: number }) => {
			const shell = this.#shells.get(nodeId);
			return shell === undefined ? null : { shell, user: "postgres" };
		};
		return openOperations({
			store: this.store,
			hurry: () => this.poll(),
			onRunning: (run) => this.running.push(run?.state.operationId ?? null),
			journalPath: this.journalPath,
			operator: { osUser: user, host: "bastion", sshFrom: null, pid: process.pid },
			isReadOnly,
			redact: (text) => text.replaceAll("secret", "********"),
			shellFor,
			survey: () => {
				this.surveyed += 1;
				return Promise.resolve(factsOf(this.surveys, this.changes).survey);
			},
			ownWal: () => Promise.resolve({ value: null }),
			surveyHost: () => {
				throw new Error("no host without a row is surveyed here");
			},
			surveyClone: () => Promise.resolve({ value: cloneSurveyOf() }),
			surveyBarman: () => Promise.resolve({ value: null }),
			crosscheckFrom: (nodeId) => {
				this.calls.push(`crosscheck from ${nodeId}`);
				return Promise.resolve(crosscheckOf(IDS));
			},
			query: fakeQuery({}),
			writingQuery: fakeQuery({}),
			targets: () =>
				this.store.getState().registrations.map((registration) => {
					const { nodeId, configFile } = registration;
					const way = shellFor(registration);
					return {
						registration,
						parameters: { value: parametersOf(`node${nodeId}`) },
						host: way && { nodeId, configFile, ...way },
					};
				}),
		});
	}

	/** A run of a plan that holds the lock, as a session makes it. */
	run(plan: Plan, begin: Begin = "fresh"): Run {
		const operationId = "op-1";
		this.poll();
		this.lockFor(operationId, IDS);
		const hosts = [...this.#shells].map(([nodeId, shell]) => ({
			...{ nodeId, shell, user: "postgres", configFile: "/etc/repmgr.conf" },
		}));
		return new Run(
			beginRun(operationId, plan, "alice", Date.now()),
			{
				hosts,
				watch: clusterWatch(this.store, () => this.poll()),
				journal: new Journal(this.journalPath, (text) => text),
				operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: process.pid },
				redact: (text) => text,
				localSteps: null,
				release: () => releaseLock(hosts, SYSTEM_IDENTIFIER, operationId),
			},
			begin,
		);
	}

	/** The same as a session for a command. */
	session(operations = this.operations()): Session {
		return { ...fakeSession(), store: this.store, operations: () => Promise.resolve(operations) };
	}

	/** For onEnd: commands that pause, unpause or switch over have their effect. */
	readonly obey = (key: string): void => {
		const [, word, nodeId] = /^(un)?pause-(\d)/.exec(key) ?? [];
		if (key === "switchover") this.changes = SWITCHED;
		if (nodeId === undefined) return;
		this.changes = { ...this.changes, [nodeId]: word === undefined ? pausedRepmgrd(Number(nodeId)) : {} };
	};

	/** The journal's events, e.g. "done switchover". */
	events(): readonly string[] {
		return this.entries().map(({ event, step = "" }) => `${event} ${step}`.trim());
	}

	/** The journal's entries. */
	entries(): readonly { readonly event: string; readonly step?: string }[] {
		const lines = readFileSync(this.journalPath, "utf8").trim().split("\n");
		return lines.map((line) => JSON.parse(line));
	}

	/** Another console takes the lock on these nodes. */
	lockFor(operationId: string, nodeIds: readonly number[], steps: OperationRecord["steps"] = []): void {
		const holder = { operationId, operation: "switchover", who: "bob on bastion2", since: Date.now() };
		const record = { operationId, title: "switchover", who: holder.who, startedAt: Date.now(), steps };
		for (const nodeId of nodeIds)
			this.locks.set(nodeId, { holder, record: { ...record, pausedBefore: [], drilledNodeId: null } });
	}

	#shell(nodeId: number): Shell {
		const name = `node${nodeId}`;
		return {
			connect: () => Promise.resolve({ value: true }),
			run: async (argv, { input = "", user, deadlineMs }) => {
				if (this.closed.has(name)) throw new Error("a command on a closed shell");
				if (!(deadlineMs > 0) || user !== "postgres") throw new Error("no deadline, or not as the owner");
				if (this.silent.has(nodeId)) return fault("unreachable");
				const [first, , third, , script, , ...words] = argv;
				if (first === "timeout" && third === "sh") {
					return {
						value: { exitCode: 0, stdout: await this.#script(nodeId, script, words, input), stderr: "" },
					};
				}
				const of = argv.includes("--dry-run") ? "dry run" : (argv.at(-1) ?? "");
				if (of !== "dry run" && of !== "SELECT 1") throw new Error(`an unexpected command ${argv}`);
				this.calls.push(`${name}: ${of}`);
				const output = this.outputs.get(of) ?? "";
				return { value: { exitCode: this.exits.get(of) ?? 0, stdout: "", stderr: output } };
			},
			close: () => this.closed.add(name),
		};
	}

	async #script(nodeId: number, script = "", words: readonly string[], input: string): Promise<string> {
		const [first = "", second = "", third = ""] = words;
		switch (script) {
			case LOCK_SCRIPT: {
				const lock = this.locks.get(nodeId);
				if (lock !== undefined) return `held\n${JSON.stringify(lock.holder)}\n`;
				const [holder = "", record = ""] = input.split("\n");
				if (first !== SYSTEM_IDENTIFIER) throw new Error(`a lock of another cluster, ${first}`);
				this.locks.set(nodeId, { holder: JSON.parse(holder), record: JSON.parse(record) });
				return "taken\n";
			}
			case RELEASE_SCRIPT:
				if (second !== "" && this.locks.get(nodeId)?.holder.operationId !== second) return "other\n";
				this.locks.delete(nodeId);
				return "released\n";
			case READ_LOCK_SCRIPT: {
				const lock = this.locks.get(nodeId);
				return lock === undefined ? "" : Buffer.from(JSON.stringify(lock.record)).toString("base64");
			}
			case START_SCRIPT:
				this.calls.push(`start ${third}`);
				this.inputs.set(third, input);
				this.lockedAtStart.push([...this.locks.keys()]);
				return "";
			case CLAIM_SCRIPT:
				return this.begun.has(second) ? "begun\n" : "never\n";
			case FOLLOW_SCRIPT:
				return await this.#follow(second, third === "0");
			case PASSWORDS_SCRIPT:
				return PASSWORDS;
			case REJOIN_LOG_SCRIPT:
			case ":":
				return "";
			default:
				throw new Error(`an unknown script ${script}`);
		}
	}

	async #follow(key: string, isFirst: boolean): Promise<string> {
		if (this.endless.has(key)) {
			await new Promise((resolve) => setTimeout(resolve, 5000));
			return "state running\nstdout \nstderr \n";
		}
		const output = isFirst ? Buffer.from(this.outputs.get(key) ?? "").toString("base64") : "";
		if (output === "") this.onEnd(key);
		return `state exit ${this.exits.get(key) ?? 0}\nstdout ${output}\nstderr \n`;
	}
}

/** Every host has lines for every node, and logs in. */
const PASSWORDS = [
	"file /var/lib/postgresql/.pgpass",
	"state usable",
	...IDS.flatMap((id) => [`line node${id}:5432:repmgr:repmgr:`, `line node${id}:5432:replication:repmgr:`]),
	...IDS.flatMap((id) => [`try sql ${id} 0 yes `, `try replication ${id} 0 yes `]),
	"end",
	"",
].join("\n");

const REFUSED = fault("refused").fault;

/** Lets fake time pass until something has settled; a test that waits for more than an hour fails. */
export async function settled<T>(work: Promise<T>): Promise<T> {
	let isSettled = false;
	const settle = (): void => {
		isSettled = true;
	};
	work.then(settle, settle);
	for (let seconds = 0; !isSettled; seconds++) {
		if (seconds > 3600) throw new Error("it does not settle");
		await vi.advanceTimersByTimeAsync(seconds < 20 ? 10 : 1000);
	}
	return await work;
}

export const PAUSE: Intent = { kind: "pause", reason: "maintenance" };
export const SWITCHOVER: Intent = {
	kind: "switchover",
	nodeId: 2,
	siblingsFollow: true,
	forceRewind: false,
	acceptLostSlots: false,
};

/** Node 2 is the primary, as after a switchover. */
export const SWITCHED: Changes = {
	1: { server: standbyReading({ walReceiver: receiver({ senderHost: "node2", connectedSeconds: 9 }) }) },
	2: { server: { ...primaryReading(), walReceiver: null } },
	3: { server: { walReceiver: receiver({ senderHost: "node2", connectedSeconds: 9 }) } },
	4: { registered: { upstreamNodeId: 2 } },
};

/** repmgrd of a node is paused. */
export function pausedRepmgrd(nodeId: number): NodeChanges {
	const upstreamNodeId = nodeId === 1 ? null : 1;
	const repmgrd = { running: true, pid: 93, paused: true, upstreamLastSeenSeconds: 0 };
	return { server: { repmgrd: { ...repmgrd, localNodeId: nodeId, upstreamNodeId } } };
}
