import type { Fault, FaultKind, Outcome } from "../../src/model/fault.ts";
import type { EventsAnswer, PollAnswer } from "../../src/probe/server/parse.ts";
import type { ServerFacts } from "../../src/probe/server/sql.ts";
import type { TimelinesAnswer } from "../../src/probe/timelines/parse.ts";
import type { ConnectionParameters, Query, QuerySession, Statement } from "../../src/transport/ports.ts";
import { type RecordedServer, recordedServer, recordedSetup, withoutRows } from "./fixtures.ts";

/** How the fake answers: at once, after some ms, or never, until the caller's deadline. */
export type Reply<T> = Outcome<T> | { readonly afterMs: number; readonly outcome: Outcome<T> } | "hang";

export function fault(kind: FaultKind, more: Partial<Fault> = {}): { readonly fault: Fault } {
	return { fault: { kind, message: `a fault of kind ${kind}`, ...more } };
}

export function parametersOf(host: string, more: Partial<ConnectionParameters> = {}): ConnectionParameters {
	return {
		host,
		port: 5432,
		user: "repmgr",
		dbname: "repmgr",
		password: () => Promise.resolve("repmgr-secret"),
		ssl: { mode: "prefer" },
		...more,
	};
}

/** Every server is configured as the recorded one. */
const SETUP = recordedSetup("setup");

/** More calls than any test makes. */
const MOST_CALLS = 10_000;

/** A server that answers as a recorded one did, unless a test overrides it. */
export class FakeServer {
	/** The calls in order: connect, facts, poll, ping, close. */
	readonly calls: string[] = [];
	/** $1 and $2 of every poll. */
	readonly polledWith: (readonly unknown[])[] = [];
	/** When events were asked for, counted in polls, and with which $1. */
	readonly eventsAsked: (readonly [polls: number, since: unknown])[] = [];
	readonly timeouts: unknown[] = [];
	readonly deadlines: number[] = [];
	facts: ServerFacts;
	answer: PollAnswer;
	events: EventsAnswer;
	/** What it answers about timelines. */
	timelines: TimelinesAnswer = { histories: [], events: { promotions: [], since: null } };
	onEvents: () => Outcome<true> = () => ({ value: true });
	onConnect: () => Reply<true> = () => ({ value: true });
	onFacts: () => Reply<true> = () => ({ value: true });
	onPoll: () => Reply<true> = () => ({ value: true });
	/** Strict: an unexpected ping fails the test. */
	onPing: () => Reply<number> = () => {
		throw new Error("an unexpected ping");
	};
	readonly #open = new Set<FakeSession>();

	constructor({ facts, answer, events = [] }: RecordedServer = recordedServer("primary")) {
		this.facts = facts;
		this.answer = answer;
		this.events = { tableBytes: 8192, events };
	}

	count(call: string): number {
		return this.calls.filter((made) => made === call).length;
	}

	get openSessions(): number {
		return this.#open.size;
	}

	/** The connection breaks from outside. */
	breakSessions(): void {
		for (const session of this.#open) session.lose();
	}

	async connect(deadlineMs: number): Promise<Outcome<QuerySession>> {
		const outcome = await this.play("connect", this.onConnect, deadlineMs);
		if (outcome.fault !== undefined) return outcome;
		const session = new FakeSession(this, () => this.#open.delete(session));
		this.#open.add(session);
		return { value: session };
	}

	async play<T>(call: string, reply: () => Reply<T>, deadlineMs: number): Promise<Outcome<T>> {
		if (!(deadlineMs > 0)) throw new Error(`${call} without a deadline`);
		if (this.calls.length > MOST_CALLS) throw new Error(`asked in a loop: ${call}`);
		this.calls.push(call);
		this.deadlines.push(deadlineMs);
		const played = reply();
		if (played !== "hang" && !("afterMs" in played)) return played;
		const isInTime = played !== "hang" && played.afterMs < deadlineMs;
		const { promise, resolve } = Promise.withResolvers<void>();
		setTimeout(resolve, isInTime ? played.afterMs : deadlineMs);
		await promise;
		return isInTime ? played.outcome : fault("timeout");
	}
}

class FakeSession implements QuerySession {
	readonly #server: FakeServer;
	readonly #forget: () => void;
	#isOpen = true;
	#isBusy = false;
	#lost: ((fault: Fault) => void) | null = null;

	constructor(server: FakeServer, forget: () => void) {
		this.#server = server;
		this.#forget = forget;
	}

	async query(statement: Statement, values: readonly (string | number | null)[], deadlineMs: number) {
		if (!this.#isOpen) throw new Error("a query on a closed session");
		if (this.#isBusy) throw new Error("two queries at once on one session");
		this.#isBusy = true;
		try {
			return await this.#answer(statement, values, deadlineMs);
		} finally {
			this.#isBusy = false;
		}
	}

	async #answer({ name }: Statement, values: readonly (string | number | null)[], deadlineMs: number) {
		const server = this.#server;
		if (name === "repmgr_console_facts") {
			const outcome = await server.play("facts", server.onFacts, deadlineMs);
			return outcome.fault === undefined ? { value: [{ ...server.facts }] } : outcome;
		}
		if (name === "repmgr_console_setup_rights") return { value: [{ ...SETUP.rights }] };
		if (name === "repmgr_console_setup") return { value: [{ setup: SETUP.setup }] };
		if (name === "repmgr_console_timelines") return { value: [{ timelines: server.timelines }] };
		if (name === "repmgr_console_timeout") {
			server.timeouts.push(values[0]);
			return { value: [{}] };
		}
		if (name === "repmgr_console_events") {
			server.eventsAsked.push([server.polledWith.length, values[0]]);
			const outcome = server.onEvents();
			return outcome.fault === undefined ? { value: [{ reading: server.events }] } : outcome;
		}
		if (name !== "repmgr_console_poll") throw new Error(`an unexpected statement ${name}`);
		server.polledWith.push(values);
		const outcome = await server.play("poll", server.onPoll, deadlineMs);
		if (outcome.fault !== undefined) return outcome;
		const isKnown = values[0] !== null && values[0] === server.answer.nodes?.digest;
		return { value: [{ reading: isKnown ? withoutRows(server.answer) : server.answer }] };
	}

	onLost(listener: (fault: Fault) => void): void {
		this.#lost = listener;
	}

	lose(): void {
		this.#forget();
		this.#lost?.({ kind: "refused", message: "the server closed the connection" });
	}

	close(): void {
		if (!this.#isOpen) return;
		this.#isOpen = false;
		this.#server.calls.push("close");
		this.#forget();
	}
}

/** The port `Query` to some fake servers, by host; who asks for another one fails the test. */
export function fakeQuery(servers: Readonly<Record<string, FakeServer>>): Query {
	const at = ({ host, hostaddr }: ConnectionParameters): FakeServer => {
		const server = servers[hostaddr ?? host];
		if (server === undefined) throw new Error(`an unexpected connection to ${hostaddr ?? host}`);
		return server;
	};
	return {
		connect: (parameters, deadlineMs) => at(parameters).connect(deadlineMs),
		ping: (parameters, deadlineMs) => {
			const server = at(parameters);
			return server.play("ping", server.onPing, deadlineMs);
		},
	};
}
