import type { Fault, Outcome } from "../model/fault.ts";
import { PROBE_STATEMENTS } from "../operation/drill/probe.ts";
import type { Measured } from "../operation/drill/report.ts";
import type { ConnectionParameters, Query, QuerySession } from "../transport/ports.ts";
import type { Acknowledged, DrillRecord, RecordedDrill } from "./drill-record.ts";
import { pause } from "./retry.ts";

/** A server that may be the primary. */
export interface ProbeTarget {
	readonly nodeId: number;
	readonly parameters: Outcome<ConnectionParameters>;
}

/** Between two writes, and between two attempts to find the primary: the resolution at which an outage is measured. */
const WRITE_PAUSE_MS = 20;
const FIND_PAUSE_MS = 20;

/** Between two attempts to connect; longer where the server rejects the login. */
const CONNECT_PAUSE_MS = 150;
const REJECTED_PAUSE_MS = 5000;

const CONNECT_DEADLINE_MS = 1500;
const WRITE_DEADLINE_MS = 2000;
const COUNT_DEADLINE_MS = 4000;

/** A longer silence of all servers is recorded. */
const SILENCE_MS = 1000;

/**
 * Writes one row after the other to whichever server is the primary, and records what was acknowledged, by which server and
 * when. It keeps a session on every server, so that it measures the cluster's outage and not its own logins.
 */
export class WriteProbe {
	readonly #query: Query;
	readonly #targets: readonly ProbeTarget[];
	readonly #record: DrillRecord | null;
	readonly #sessions = new Map<number, QuerySession>();
	/** Sessions that have not answered yet whether they are on the primary. */
	readonly #asked = new Set<QuerySession>();
	readonly #acknowledged: Acknowledged[] = [];
	readonly #end = new AbortController();
	#writing: Promise<void> | null = null;
	#successorSeen: number | null = null;
	#oldNodeId: number | null = null;
	#missing: number | null = null;
	#heardAt: number | null = null;
	#longestSilenceMs = 0;
	/** Of the newest write or connection attempt that failed. */
	fault: Fault | null = null;

	/** @param record null: nothing is written down. */
	constructor(query: Query, targets: readonly ProbeTarget[], record: DrillRecord | null = null) {
		this.#query = query;
		this.#targets = targets;
		this.#record = record;
	}

	/** Goes on from what a console had recorded that has ended: it writes no more, and can still count. */
	static recorded(query: Query, targets: readonly ProbeTarget[], past: RecordedDrill): WriteProbe {
		const probe = new WriteProbe(query, targets);
		probe.#acknowledged.push(...past.acknowledged);
		probe.#oldNodeId = past.intent.nodeId;
		probe.#successorSeen = past.successorSeen;
		probe.#longestSilenceMs = past.longestSilenceMs;
		return probe;
	}

	/** @param primaryNodeId the present primary. */
	start(primaryNodeId: number): void {
		this.#oldNodeId = primaryNodeId;
		for (const target of this.#targets) void this.#keepConnected(target);
		this.#writing = this.#write();
	}

	/** How many writes one server has acknowledged, and all others together. */
	count(nodeId: number): { readonly by: number; readonly byOthers: number } {
		const by = this.#acknowledged.filter((write) => write.nodeId === nodeId).length;
		return { by, byOthers: this.#acknowledged.length - by };
	}

	/** Ends the writing. */
	async stop(): Promise<void> {
		this.#end.abort();
		await this.#writing;
	}

	close(): void {
		this.#end.abort();
		for (const session of this.#sessions.values()) session.close();
		this.#sessions.clear();
	}

	/** Counts the acknowledged writes that the present primary does not have. */
	async countMissing(nodeId: number): Promise<Outcome<number>> {
		const target = this.#targets.find((one) => one.nodeId === nodeId);
		const session = this.#sessions.get(nodeId) ?? (target && (await this.#connect(target)));
		if (!session) return { fault: this.fault ?? { kind: "unreachable", message: "no connection" } };
		const ids = `{${this.#acknowledged.map(({ id }) => id).join(",")}}`;
		const answer = await session.query(PROBE_STATEMENTS.missing, [ids], COUNT_DEADLINE_MS);
		if (answer.fault !== undefined) return answer;
		this.#missing = answer.value.length;
		return { value: answer.value.length };
	}

	get measured(): Measured {
		const { before, after, longestPauseMs } = outageOf(this.#acknowledged, this.#oldNodeId);
		return {
			acknowledged: this.#acknowledged.length,
			lastBefore: before?.at ?? null,
			successorSeen: this.#successorSeen,
			firstAfter: after === undefined ? null : { at: after.at, nodeId: after.nodeId },
			longestPauseMs,
			longestSilenceMs: this.#longestSilenceMs,
			missing: this.#missing,
		};
	}

	/** A server has answered: nothing is known of the time in which none does. */
	#hear(): void {
		const now = Date.now();
		const silence = now - (this.#heardAt ?? now);
		if (silence > Math.max(this.#longestSilenceMs, SILENCE_MS)) this.#record?.silence(silence);
		this.#longestSilenceMs = Math.max(this.#longestSilenceMs, silence);
		this.#heardAt = now;
	}

	async #keepConnected(target: ProbeTarget): Promise<void> {
		const { signal } = this.#end;
		while (!signal.aborted) {
			const session = this.#sessions.get(target.nodeId) ?? (await this.#connect(target));
			const isRejected = !session && this.fault?.kind === "authentication";
			await pause(isRejected ? REJECTED_PAUSE_MS : CONNECT_PAUSE_MS, signal);
		}
	}

	async #connect({ nodeId, parameters }: ProbeTarget): Promise<QuerySession | null> {
		const connected =
			parameters.fault === undefined
				? await this.#query.connect(parameters.value, CONNECT_DEADLINE_MS)
				: parameters;
		if (connected.fault !== undefined) {
			this.fault = connected.fault;
			return null;
		}
		const session = connected.value;
		session.onLost(() => this.#forget(nodeId, session));
		this.#sessions.set(nodeId, session);
		return session;
	}

	#forget(nodeId: number, session: QuerySession): void {
		session.close();
		if (this.#sessions.get(nodeId) === session) this.#sessions.delete(nodeId);
	}

	async #write(): Promise<void> {
		const { signal } = this.#end;
		let at: number | null = this.#oldNodeId;
		for (let id = 1; !signal.aborted; id++) {
			at ??= await this.#findPrimary();
			const session = at === null ? undefined : this.#sessions.get(at);
			if (at === null || session === undefined) {
				at = null;
				await pause(FIND_PAUSE_MS, signal);
				continue;
			}
			const answer = await session.query(PROBE_STATEMENTS.write, [id], WRITE_DEADLINE_MS);
			if (answer.fault === undefined) {
				this.#hear();
				const write = { id, nodeId: at, at: Date.now() };
				this.#acknowledged.push(write);
				this.#record?.acknowledged(write);
				await pause(WRITE_PAUSE_MS, signal);
			} else {
				// Perhaps written, perhaps not: this id is not used again.
				this.fault = answer.fault;
				this.#forget(at, session);
				at = null;
			}
		}
	}

	/** Asks all servers at once: a silent one costs no time if another says yes, and is not asked again until it answers. */
	async #findPrimary(): Promise<number | null> {
		const idle = [...this.#sessions].filter(([, session]) => !this.#asked.has(session));
		const answers = idle.map(async ([nodeId, session]) => {
			this.#asked.add(session);
			const answer = await session.query(PROBE_STATEMENTS.isPrimary, [], WRITE_DEADLINE_MS);
			this.#asked.delete(session);
			if (answer.fault === undefined) this.#hear();
			else this.#forget(nodeId, session);
			return answer.value?.[0]?.is_primary === true ? nodeId : Promise.reject(answer.fault);
		});
		const nodeId = await Promise.any(answers).catch(() => null);
		if (nodeId !== null && nodeId !== this.#oldNodeId && this.#successorSeen === null) {
			this.#successorSeen = Date.now();
			this.#record?.successor(this.#successorSeen);
		}
		return nodeId;
	}
}

/** The last write to the old primary, the first one to another server, and the longest pause between other writes. */
export function outageOf(
	acknowledged: readonly Acknowledged[],
	oldNodeId: number | null,
): {
	readonly before: Acknowledged | undefined;
	readonly after: Acknowledged | undefined;
	readonly longestPauseMs: number;
} {
	const first = acknowledged.findIndex(({ nodeId }) => nodeId !== oldNodeId);
	const before = acknowledged.at(first === -1 ? -1 : Math.max(0, first - 1));
	const pauses = acknowledged.slice(1).map((write, index) => {
		return index + 1 === first ? 0 : write.at - (acknowledged[index]?.at ?? write.at);
	});
	return {
		before: before?.nodeId === oldNodeId ? before : undefined,
		after: first === -1 ? undefined : acknowledged[first],
		longestPauseMs: Math.max(0, ...pauses),
	};
}
