import { isAlive, type OperationSummary, operationsOf } from "../execution/history.ts";
import type { Host } from "../execution/host.ts";
import type { Journal, Operator } from "../execution/journal.ts";
import { releaseLock } from "../execution/lock.ts";
import { type HeldRecord, heldRecords, isBelieved } from "../execution/operation-record.ts";
import { type PastRun, pastRun } from "../execution/past-run.ts";
import { type Resumable, resumable } from "../execution/resumable.ts";
import type { ClusterWatch } from "../execution/run-context.ts";
import { parseConninfo } from "../libpq/conninfo.ts";
import type { Fault, Outcome } from "../model/fault.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Refusal } from "../operation/plan/plan.ts";
import { refusalOf } from "../operation/plan/refusal.ts";
import { listed, quoted, sentence } from "../text/words.ts";

/** A cluster's operations, and what could not be read, so that there may be others; or why nothing is known. */
export type OperationList =
	| {
			readonly runs: readonly OperationSummary[];
			readonly problems: readonly string[];
			readonly refusal?: never;
	  }
	| { readonly refusal: Refusal; readonly runs?: never; readonly problems?: never };

/** `unwritten`: why the journal could not be written, or null. */
export type BrokenLock =
	| { readonly refusal: Refusal; readonly unwritten?: never }
	| { readonly unwritten: string | null; readonly refusal?: never };

export interface OperationRecordsContext {
	readonly watch: ClusterWatch;
	readonly journal: Journal;
	readonly operator: Operator;
	/** By the connections that poll them: enough for reading. */
	readonly polledHosts: () => readonly Host[];
	/** By the connections for changes. */
	readonly hosts: (snapshot: ClusterSnapshot) => readonly Host[];
}

/** How long to wait for the system identifier: on a busy machine the first answer takes a moment. */
const IDENTIFIED_MS = 8000;

/** What is known about a cluster's operations: this machine's journal, and the records beside locks on the hosts. */
export class OperationRecords {
	readonly #context: OperationRecordsContext;
	/** The last answers of the hosts. */
	#held: Awaited<ReturnType<typeof heldRecords>> | null = null;

	constructor(context: OperationRecordsContext) {
		this.#context = context;
	}

	/** The newest first. @param asksHosts false: uses the hosts' last answers. */
	async list(asksHosts: boolean): Promise<OperationList> {
		const snapshot = await this.#identified();
		const { systemIdentifier } = snapshot.cluster;
		if (systemIdentifier === null) return { refusal: unidentified("the operations are not known", snapshot) };
		const { entries, problem } = this.#context.journal.read();
		const places = hostsOf(snapshot);
		const own = operationsOf(entries).filter(
			({ systemIdentifier: of, hosts }) => of === systemIdentifier || hosts?.some((host) => places.has(host)),
		);
		const asked = this.#context.polledHosts();
		if (asksHosts || this.#held === null) this.#held = await heldRecords(asked, systemIdentifier);
		const { held, faults } = this.#held;
		const others = held.filter(({ record }) => !own.some((one) => one.operationId === record.operationId));
		return {
			runs: [
				...others.map((one) => summaryOf(one, snapshot)),
				...own.map((one) => ({ ...one, isAlive: one.outcome === "interrupted" && isAlive(one) })),
			],
			problems: [...(problem === null ? [] : [problem]), ...unreadLocks(snapshot, faults, asked)],
		};
	}

	/** One operation of this machine's journal, from its plan to its end. */
	past(operationId: string): Outcome<PastRun> {
		const { entries, problem } = this.#context.journal.read();
		const found = pastRun(entries, operationId);
		if (found.fault === undefined || problem === null) return found;
		return { fault: { ...found.fault, detail: `${problem}.` } };
	}

	/** What is to be resumed, or why it is not. */
	async resumable(
		operationId: string,
		snapshot: ClusterSnapshot,
		systemIdentifier: string,
	): Promise<Resumable | Refusal> {
		const { held } = await heldRecords(this.#context.hosts(snapshot), systemIdentifier);
		const own = operationsOf(this.#context.journal.read().entries);
		return resumable({ operationId, own, held, hostCount: snapshot.nodes.length });
	}

	/** Breaks the cluster lock, even that of another operator. */
	async breakLock(clusterName: string): Promise<BrokenLock> {
		const { journal, operator } = this.#context;
		const snapshot = await this.#identified();
		const { name, systemIdentifier } = snapshot.cluster;
		if (clusterName !== name) {
			const message = `the lock is not broken: the cluster's name is "${name}"`;
			return { refusal: refusalOf(message, { hint: "Give it exactly." }) };
		}
		if (systemIdentifier === null) return { refusal: unidentified("the lock is not broken", snapshot) };
		const hosts = this.#context.hosts(snapshot);
		const { held } = await heldRecords(hosts, systemIdentifier);
		const event = { cluster: name, systemIdentifier, who: operator, event: "lock broken" } as const;
		// A full disk is no reason to leave a lock where it is.
		const [unwritten = null] = [...new Set(held.map(({ record }) => record.operationId))].flatMap(
			(operationId) => journal.note({ ...event, operationId }) ?? [],
		);
		const stuck = [
			...(await releaseLock(hosts, systemIdentifier, null)),
			...withoutSsh(snapshot, hosts).map(({ nodeId }) => nodeId),
		];
		if (stuck.length === 0) return { unwritten };
		const message = `the lock could not be broken on ${listed(stuck.map((id) => `node ${id}`))}`;
		const detail = unwritten === null ? "" : "The journal can't be written, either.";
		return { refusal: refusalOf(message, { detail, hint: "Try again, with SSH to every host." }) };
	}

	/** The snapshot once the cluster's system identifier is known, or when the wait for it has timed out. */
	#identified(): Promise<ClusterSnapshot> {
		return this.#context.watch.until(({ cluster }) => cluster.systemIdentifier !== null, IDENTIFIED_MS);
	}
}

/** The hosts of the registered conninfo strings: a bootstrap's journal has no system identifier. */
function hostsOf({ nodes }: ClusterSnapshot): ReadonlySet<string> {
	return new Set(nodes.flatMap(({ registered }) => parseConninfo(registered.conninfo).value?.host ?? []));
}

/** Another machine's operation, which holds the lock. */
function summaryOf(held: HeldRecord, { cluster, nodes }: ClusterSnapshot): OperationSummary {
	const { operationId, title, who, startedAt } = held.record;
	const holders = held.nodeIds.map(
		(nodeId) => `"${nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? nodeId}"`,
	);
	return {
		...{ operationId, who, startedAt },
		title: isBelieved(held, nodes.length) ? title : `${title} (according to ${listed(holders)} only)`,
		cluster: cluster.name,
		...{ kind: null, reason: null, outcome: "interrupted", endedAt: null, pid: null, isAlive: null },
	};
}

/** Where it is not known whether an operation holds the lock. */
function unreadLocks(
	snapshot: ClusterSnapshot,
	faults: ReadonlyMap<number, Fault>,
	asked: readonly Host[],
): readonly string[] {
	const unread = (names: readonly string[], why: string): string =>
		`whether an operation holds the lock on ${listed(names)} is not known: ${why}`;
	const unreachable = withoutSsh(snapshot, asked);
	return [
		...[...faults].map(([nodeId, fault]) => {
			const node = snapshot.nodes.find((one) => one.nodeId === nodeId);
			return unread([node === undefined ? `"${nodeId}"` : quoted(node)], sentence(fault));
		}),
		...(unreachable.length === 0 ? [] : [unread(unreachable.map(quoted), "there is no SSH connection")]),
	];
}

function withoutSsh({ nodes }: ClusterSnapshot, hosts: readonly Host[]): ClusterSnapshot["nodes"] {
	return nodes.filter(({ nodeId }) => !hosts.some((host) => host.nodeId === nodeId));
}

/** The lock's name has the system identifier: without it neither a lock nor its absence can be known. */
export function unidentified(message: string, { nodes }: ClusterSnapshot): Refusal {
	return refusalOf(message, {
		detail: "The cluster's system identifier could not be read.",
		hint: nodes.some(({ observed }) => observed.reachable)
			? "EXECUTE on pg_control_system() is needed on a server that answers; try again."
			: "No server of the cluster answers; try again.",
	});
}
