import type { Fault, Outcome } from "../../model/fault.ts";
import type { Report } from "../../model/node-state.ts";
import { hasForgottenRepmgrd, type ServerReading } from "../../model/server-reading.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { ConnectionParameters, Query } from "../../transport/ports.ts";
import type { ConnectionLimiter } from "../connection-limiter.ts";
import type { TimeSlicer } from "../time-slicer.ts";
import { isRejection, Pause, REJECTED_RETRY_MS, SLOW_CONNECT_MS, type Timing } from "../timing.ts";
import { type PollResult, ServerSession, type SharedCopy } from "./session.ts";

/** Deadlines that a poll may take while new connections are answered: the server is slow, not silent. */
const PATIENCE = 3;

/** How long events are read with every poll after a change: repmgrd writes some of them seconds later. */
const EAGER_MS = 10_000;

/** What a server loop needs. */
export interface ServerLoopContext {
	readonly query: Query;
	readonly timing: () => Timing;
	/** Shared by all sessions; absent: nothing is shared. */
	readonly shared?: SharedCopy;
	/** Limits how many loops connect at the same time. */
	readonly limiter: ConnectionLimiter;
	/** Time slices for sending queries and parsing answers. */
	readonly slices: TimeSlicer;
	readonly report: (report: Report) => void;
	/** This node's copy of repmgr.nodes changed: every node's conninfo there, secrets included. */
	readonly onConninfos: (conninfos: ReadonlyMap<number, string>) => void;
	/** The server does not answer, or only slowly: its host may show why. */
	readonly onTrouble: () => void;
	readonly onCalm: () => void;
}

/** Polls one server over one session until stop(). Waits for no other node. */
export class ServerLoop {
	readonly #nodeId: number;
	readonly #parameters: ConnectionParameters;
	readonly #context: ServerLoopContext;
	readonly #pause = new Pause();
	#session: ServerSession | null = null;
	#isStopped = false;
	/** Did the newest attempt to connect fail? */
	#hasFailed = false;
	/** Was the server silent although it accepted the connection? */
	#wasSilent = false;
	#pingedAt = 0;
	#isPingUnanswered = false;
	#openedAt = 0;
	#wasPollRejected = false;
	#eventsReadAt = 0;
	/** The state that events are about, at the last poll; when it changed. */
	#essence = "";
	#changedAt = 0;

	constructor(nodeId: number, parameters: ConnectionParameters, context: ServerLoopContext) {
		this.#nodeId = nodeId;
		this.#parameters = parameters;
		this.#context = context;
	}

	/** Runs until stop(), over the given open session if there is one. */
	async run(session: ServerSession | null = null): Promise<void> {
		if (session !== null) this.#adopt(session);
		while (!this.#isStopped) {
			const opened = this.#session === null ? await this.#open() : null;
			const polled = opened === null ? await this.#poll() : null;
			if (this.#isStopped) break;
			// The poll has been reported already, however long events take.
			if (opened === null && polled === null) await this.#readEvents();
			if (this.#isStopped) break;
			// A failed statement may have met a promotion once; after a second failure it would fail every second.
			const isPollRejected = isRejection(polled);
			const mustWait = isRejection(opened) || (isPollRejected && this.#wasPollRejected);
			this.#wasPollRejected = isPollRejected;
			await (mustWait
				? this.#pause.for(REJECTED_RETRY_MS)
				: this.#pause.aligned(this.#context.timing().intervalMs));
		}
		this.#session?.close();
	}

	stop(): void {
		this.#isStopped = true;
		this.#pause.wake();
	}

	/** Polls at once instead of at the next tick. */
	hurry(): void {
		this.#pause.wake();
	}

	async #open(): Promise<Fault | null> {
		const { query, shared, timing, limiter, onTrouble } = this.#context;
		const leave = await limiter.enter(this.#hasFailed);
		const { deadlineMs } = timing();
		const slow = setTimeout(onTrouble, SLOW_CONNECT_MS);
		// A frozen server that wakes logs a line for each login whose client is gone, but none for a ping.
		const ping = this.#wasSilent ? await query.ping(this.#parameters, deadlineMs) : null;
		const opened = ping?.fault
			? { fault: ping.fault }
			: await ServerSession.open(
					query,
					this.#parameters,
					this.#parameters.connectTimeoutMs ?? deadlineMs,
					shared,
				);
		clearTimeout(slow);
		leave();
		this.#hasFailed = opened.fault !== undefined;
		this.#wasSilent = false;
		if (opened.fault === undefined) {
			if (this.#isStopped) opened.value.close();
			else this.#adopt(opened.value);
			return null;
		}
		return this.#fail(opened.fault);
	}

	#adopt(session: ServerSession): void {
		this.#session = session;
		this.#openedAt = Date.now();
		this.#pingedAt = this.#openedAt;
		this.#reportPing({ value: true });
		session.onLost(() => {
			if (this.#session === session) this.#session = null;
			// A new attempt at once says more than "connection closed" would; but a server that drops
			// every session is not asked in a loop.
			if (Date.now() - this.#openedAt >= this.#context.timing().intervalMs) this.#pause.wake();
		});
	}

	async #poll(): Promise<Fault | null> {
		const session = this.#session;
		if (session === null) return null;
		const { deadlineMs } = this.#context.timing();
		this.#pingNow(deadlineMs);
		await this.#context.slices.turn();
		const silence = this.#listen(deadlineMs);
		const polled = await Promise.race([
			session.poll(deadlineMs * PATIENCE, this.#context.slices),
			silence.fault,
		]);
		silence.stop();
		if (polled.fault === undefined) {
			this.#succeed(polled.value);
			return null;
		}
		session.close();
		// The session broke during the poll: the attempt started by onLost() reports.
		if (this.#session !== session) return null;
		this.#session = null;
		return this.#fail(polled.fault);
	}

	async #readEvents(): Promise<void> {
		const session = this.#session;
		const { deadlineMs, eventsIntervalMs } = this.#context.timing();
		const now = Date.now();
		const isEager = now - this.#changedAt < EAGER_MS;
		if (session === null || (!isEager && now - this.#eventsReadAt < eventsIntervalMs)) return;
		this.#eventsReadAt = now;
		const events = await session.events(deadlineMs);
		if (this.#isStopped || this.#session !== session) return;
		this.#context.report({
			nodeId: this.#nodeId,
			of: "events",
			observation: { ...sanitise(events), at: Date.now(), by: "sql" },
		});
		if (events.fault === undefined || events.fault.code !== undefined) return;
		// No answer at all: a new session will tell why.
		session.close();
		this.#session = null;
	}

	/**
	 * After half the deadline without an answer, pings the server. If the ping is not answered either,
	 * the server is silent at the deadline; else it is only slow, and gets more time.
	 */
	#listen(deadlineMs: number): { readonly fault: Promise<{ readonly fault: Fault }>; stop(): void } {
		const { promise, resolve } = Promise.withResolvers<{ readonly fault: Fault }>();
		let timer = setTimeout(() => {
			const ping = this.#context.query.ping(this.#parameters, deadlineMs / 2);
			timer = setTimeout(async () => {
				const { fault } = await ping;
				if (fault !== undefined) resolve({ fault });
			}, deadlineMs / 2);
		}, deadlineMs / 2);
		return { fault: promise, stop: () => clearTimeout(timer) };
	}

	/** A live session proves nothing about new connections: a frozen postmaster keeps serving it. */
	#pingNow(deadlineMs: number): void {
		// Once a ping fails, it is repeated without a pause, so that recovery shows soon.
		const pauseMs = this.#isPingUnanswered ? deadlineMs : this.#context.timing().pingIntervalMs;
		if (Date.now() - this.#pingedAt < pauseMs) return;
		this.#pingedAt = Date.now();
		void this.#context.query.ping(this.#parameters, deadlineMs).then((outcome) => {
			if (!this.#isStopped) this.#reportPing(outcome.fault === undefined ? { value: true } : outcome);
		});
	}

	#succeed({ reading, conninfos }: PollResult): void {
		// Another loop may poll this node by now, at another address.
		if (this.#isStopped) return;
		const { report, onConninfos, onCalm, onTrouble } = this.#context;
		if (hasForgottenRepmgrd(reading)) onTrouble();
		else onCalm();
		if (conninfos !== null) onConninfos(conninfos);
		const essence = essenceOf(reading);
		if (essence !== this.#essence) [this.#essence, this.#changedAt] = [essence, Date.now()];
		report({
			nodeId: this.#nodeId,
			of: "server",
			observation: { value: reading, at: Date.now(), by: "sql" },
		});
	}

	#fail(fault: Fault): Fault {
		// A fault with a code comes from the server itself, or from our own slowness.
		this.#wasSilent = fault.kind === "timeout" && fault.code === undefined;
		if (this.#isStopped) return fault;
		this.#context.report({
			nodeId: this.#nodeId,
			of: "server",
			observation: { fault: sanitise(fault), at: Date.now(), by: "sql" },
		});
		this.#context.onTrouble();
		return fault;
	}

	#reportPing(outcome: Outcome<true>): void {
		this.#isPingUnanswered = outcome.fault !== undefined;
		this.#context.report({
			nodeId: this.#nodeId,
			of: "ping",
			observation: { ...outcome, at: Date.now(), by: "sql" },
		});
	}
}

/** The state that repmgr's events are about. */
function essenceOf({
	inRecovery,
	startedAt,
	timeline,
	walReceiver,
	repmgrd,
	registrationsSince,
}: ServerReading) {
	const { status, senderHost } = walReceiver ?? {};
	const { running, paused, upstreamNodeId } = repmgrd ?? {};
	return JSON.stringify([
		[inRecovery, startedAt, timeline, registrationsSince],
		[status, senderHost],
		[running, paused, upstreamNodeId],
	]);
}
