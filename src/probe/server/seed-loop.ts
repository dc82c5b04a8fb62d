import type { Fault } from "../../model/fault.ts";
import { tooManyNodesFault } from "../../model/registration.ts";
import type { ConnectionParameters, Query } from "../../transport/ports.ts";
import { isRejection, Pause, REJECTED_RETRY_MS, type Timing } from "../timing.ts";
import { type PollResult, ServerSession, type SharedCopy } from "./session.ts";

export interface SeedLoopContext {
	readonly query: Query;
	/** Shared by all sessions; absent: nothing is shared. */
	readonly shared?: SharedCopy;
	readonly timing: () => Timing;
	/** The seed answered with rows of repmgr.nodes; its open session is handed over. */
	readonly onFound: (result: PollResult, session: ServerSession) => void;
	readonly onFault: (seed: ConnectionParameters, fault: Fault) => void;
}

/** Asks one server named by the user for the cluster's nodes, until it answers. */
export class SeedLoop {
	readonly #seed: ConnectionParameters;
	readonly #context: SeedLoopContext;
	readonly #pause = new Pause();
	#isStopped = false;

	constructor(seed: ConnectionParameters, context: SeedLoopContext) {
		this.#seed = seed;
		this.#context = context;
	}

	async run(): Promise<void> {
		while (!this.#isStopped) {
			const fault = await this.#ask();
			if (fault === null || this.#isStopped) return;
			this.#context.onFault(this.#seed, fault);
			await this.#pause.for(isRejection(fault) ? REJECTED_RETRY_MS : this.#context.timing().intervalMs);
		}
	}

	stop(): void {
		this.#isStopped = true;
		this.#pause.wake();
	}

	async #ask(): Promise<Fault | null> {
		const { query, shared, timing, onFound } = this.#context;
		const deadlineMs = this.#seed.connectTimeoutMs ?? timing().deadlineMs;
		const opened = await ServerSession.open(query, this.#seed, deadlineMs, shared);
		if (opened.fault !== undefined) return opened.fault;
		const session = opened.value;
		const polled = await session.poll(timing().deadlineMs);
		const fault =
			polled.fault ??
			(polled.value.reading.registrations?.length ? null : notRegistered(polled.value, this.#seed));
		if (fault !== null || polled.value === undefined || this.#isStopped) session.close();
		else onFound(polled.value, session);
		return fault;
	}
}

/** Why a server that answers has no cluster to show. */
function notRegistered({ reading }: PollResult, { dbname }: ConnectionParameters): Fault {
	const database = `database "${dbname}"`;
	if (reading.repmgrVersion === null) {
		return {
			kind: "protocol",
			message: `${database} has no extension "repmgr"`,
			detail: "Its nodes can only be found in the database where repmgr was registered.",
			hint: "Name that database with dbname=, or register the primary first: repmgr primary register.",
		};
	}
	if (reading.tooManyNodes) return tooManyNodesFault(reading.tooManyNodes);
	if (reading.registrations === null) {
		return {
			kind: "permission",
			message: `permission denied for repmgr.nodes in ${database}`,
			hint: "GRANT USAGE ON SCHEMA repmgr and SELECT ON ALL TABLES IN SCHEMA repmgr to this user.",
			code: "42501",
		};
	}
	return {
		kind: "protocol",
		message: `repmgr.nodes in ${database} is empty`,
		detail: "The extension is there, but no node was registered.",
		hint: "Register the primary first: repmgr primary register.",
	};
}
