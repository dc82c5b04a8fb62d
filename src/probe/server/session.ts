import type { Fault, Outcome } from "../../model/fault.ts";
import { MOST_NODES, type Registration } from "../../model/registration.ts";
import type { EventsReading, ServerReading } from "../../model/server-reading.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { ConnectionParameters, Query, QuerySession, Statement } from "../../transport/ports.ts";
import { eventsAnswer, factsAnswer, firstRow, pollAnswer, promotedAnswer } from "../answers.ts";
import type { TimeSlicer } from "../time-slicer.ts";
import { type PollAnswer, parseRegistration, parseServer, type RegisteredRow } from "./parse.ts";
import {
	EVENTS,
	FACTS,
	PROMOTED_AT,
	pollStatement,
	type ServerFacts,
	STATEMENT_TIMEOUT,
	WHOLE_EVENTS_BYTES,
} from "./sql.ts";

/** SQLSTATE object_not_in_prerequisite_state: recovery ended between two functions of one poll. */
const PROMOTED_MEANWHILE = "55000";

const NO_EVENTS = {
	fault: { kind: "permission", message: "may not read repmgr.events", code: "42501" },
} as const;

/** A poll on the same session waits no longer than this for events. */
const EVENTS_TIMEOUT_MS = 1000;

/** The result of one poll. */
export interface PollResult {
	readonly reading: ServerReading;
	/** Every node's conninfo as registered here, secrets included; only when the copy changed. */
	readonly conninfos: ReadonlyMap<number, string> | null;
}

/** A copy of repmgr.nodes, as one or more servers have it. */
interface NodesCopy {
	readonly digest: string;
	readonly registrations: readonly Registration[];
	/** By node id, secrets included. */
	readonly conninfos: ReadonlyMap<number, string>;
}

/**
 * The copy read last, shared by all sessions: a server with the same copy need not send it, and it is kept once.
 * 400 nodes would otherwise hold 160 000 rows.
 */
export interface SharedCopy {
	newest: NodesCopy | null;
}

/** One session on one server, with what it has returned so far. */
export class ServerSession {
	readonly #session: QuerySession;
	readonly #facts: ServerFacts;
	readonly #statement: Statement;
	readonly #shared: SharedCopy;
	#copy: NodesCopy | null = null;
	/** The copy that the last poll named as known; the server does not send it again. */
	#offered: NodesCopy | null = null;
	/** When these registrations were first read. */
	#registrationsSince: number | null = null;
	#repmgrdMissedSince: number | null = null;
	#newestEvent: string | null = null;
	#configuration: { readonly loadedAt: number; readonly readOnlyByDefault: boolean | null } | null = null;

	private constructor(session: QuerySession, facts: ServerFacts, shared: SharedCopy) {
		this.#session = session;
		this.#facts = facts;
		this.#statement = pollStatement(facts);
		this.#shared = shared;
	}

	/** Connects and asks for rights; each of the two has the deadline in ms. */
	static async open(
		query: Query,
		parameters: ConnectionParameters,
		deadlineMs: number,
		shared: SharedCopy = { newest: null },
	): Promise<Outcome<ServerSession>> {
		const connected = await query.connect(parameters, deadlineMs);
		if (connected.fault !== undefined) return connected;
		const session = connected.value;
		const facts = await session.query(FACTS, [], 2 * deadlineMs);
		if (facts.fault !== undefined) {
			session.close();
			return facts;
		}
		const read = firstRow(factsAnswer, facts.value);
		if (read.fault !== undefined) {
			session.close();
			return read;
		}
		const known = read.value;
		// A server that was just demoted refuses; then the server's start time is used instead.
		const promoted =
			known.canListWal && !known.inRecovery ? await session.query(PROMOTED_AT, [], deadlineMs) : null;
		const promotedAt = firstRow(promotedAnswer, promoted?.value ?? []).value?.promotedAt ?? null;
		return { value: new ServerSession(session, { ...known, promotedAt }, shared) };
	}

	/** One round trip. The answer is parsed in a time slice, so that key presses are not delayed. */
	async poll(deadlineMs: number, slices?: TimeSlicer): Promise<Outcome<PollResult>> {
		let from = Date.now();
		let rows = await this.#ask(deadlineMs);
		if (rows.fault?.code === PROMOTED_MEANWHILE) {
			from = Date.now();
			rows = await this.#ask(deadlineMs);
		}
		if (rows.fault !== undefined) return rows;
		const to = Date.now();
		await slices?.turn();
		const answer = firstRow(pollAnswer, rows.value);
		return answer.fault === undefined ? { value: this.#take(answer.value.reading, from, to) } : answer;
	}

	/** The newest events; from the second call on, those since the last call. The newest one may be repeated. */
	async events(deadlineMs: number): Promise<Outcome<EventsReading>> {
		if (!this.#facts.tables.includes("events")) return NO_EVENTS;
		const limited = await this.#session.query(STATEMENT_TIMEOUT, [String(EVENTS_TIMEOUT_MS)], deadlineMs);
		if (limited.fault !== undefined) return limited;
		const rows = await this.#session.query(EVENTS, [this.#newestEvent], EVENTS_TIMEOUT_MS + deadlineMs);
		const restored = await this.#session.query(STATEMENT_TIMEOUT, [null], deadlineMs);
		if (rows.fault !== undefined) return rows;
		if (restored.fault !== undefined) return restored;
		const answer = firstRow(eventsAnswer, rows.value);
		if (answer.fault !== undefined) return answer;
		const { tableBytes, events } = answer.value.reading;
		const sane = sanitise(events ?? []);
		for (const { timestamp } of sane) {
			if (this.#newestEvent === null || timestamp > this.#newestEvent) this.#newestEvent = timestamp;
		}
		return { value: { events: sane, tableBytes, isWhole: tableBytes <= WHOLE_EVENTS_BYTES } };
	}

	onLost(listener: (fault: Fault) => void): void {
		this.#session.onLost(listener);
	}

	close(): void {
		this.#session.close();
	}

	#ask(deadlineMs: number) {
		this.#offered = this.#copy ?? this.#shared.newest;
		const known = [this.#offered?.digest ?? null, this.#configuration?.loadedAt ?? null];
		return this.#session.query(this.#statement, known, deadlineMs);
	}

	/** @param from when the query was sent and @param to when it was answered, epoch ms by our clock. */
	#take(answer: PollAnswer, from: number, to: number): PollResult {
		const rows = answer.nodes?.rows ?? null;
		const count = answer.nodes?.count ?? rows?.length ?? 0;
		const isTooMany = count > MOST_NODES;
		if (isTooMany) this.#copy = null;
		const isNew = answer.nodes !== null && !isTooMany && (rows !== null || this.#copy === null);
		if (answer.nodes !== null && isNew) {
			this.#copy = rows === null ? this.#offered : this.#read(answer.nodes.digest, rows);
			this.#registrationsSince = to;
		}
		if (answer.configuration && answer.configuration.loadedAt !== this.#configuration?.loadedAt) {
			this.#configuration = answer.configuration;
		}
		this.#repmgrdMissedSince = answer.repmgrd.running === false ? (this.#repmgrdMissedSince ?? from) : null;
		const { nodes: _, ...rest } = answer;
		return {
			reading: {
				...parseServer({ ...sanitise(rest), nodes: null }, this.#facts, this.#copy?.registrations ?? null),
				readOnlyByDefault: this.#configuration?.readOnlyByDefault ?? null,
				tooManyNodes: isTooMany ? count : null,
				registrationsSince: this.#registrationsSince,
				repmgrdMissedSince: this.#repmgrdMissedSince,
				clockOffsetMs: Math.round(answer.serverTime - (from + to) / 2),
				roundTripMs: to - from,
			},
			conninfos: isNew ? (this.#copy?.conninfos ?? null) : null,
		};
	}

	#read(digest: string, rows: readonly RegisteredRow[]): NodesCopy {
		if (this.#shared.newest?.digest !== digest) {
			this.#shared.newest = {
				digest,
				registrations: rows.map(parseRegistration),
				conninfos: new Map(rows.map((row) => [row.node_id, row.conninfo])),
			};
		}
		return this.#shared.newest;
	}
}
