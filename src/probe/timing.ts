import type { Fault } from "../model/fault.ts";

/** Intervals and deadlines in ms. */
export interface Timing {
	/** Between two polls of one node. */
	readonly intervalMs: number;
	/** For one answer of a server; also for a new connection. */
	readonly deadlineMs: number;
	/** Between two pings of a server whose session lives. */
	readonly pingIntervalMs: number;
	/** Between two reads of a node's repmgr.events while nothing changes. */
	readonly eventsIntervalMs: number;
	/** Between two reads of the host of a server that answers. */
	readonly hostIntervalMs: number;
	/** For one read of a host. */
	readonly hostDeadlineMs: number;
	/** From a server's silence until its host is read. */
	readonly troublePatienceMs: number;
}

export const DEFAULT_TIMING: Timing = {
	intervalMs: 1000,
	// A cut network shows within interval + deadline; one lost packet (TCP resends after 0.2 s) is no cut.
	deadlineMs: 1500,
	pingIntervalMs: 10_000,
	eventsIntervalMs: 5000,
	hostIntervalMs: 15_000,
	hostDeadlineMs: 5000,
	troublePatienceMs: 0,
};

/**
 * A switchover stops a server and starts it again within a second or two. A login and a read just then slow its shutdown
 * down: on two cores they made up 40 % of the write outage.
 */
export const CHANGING_TROUBLE_PATIENCE_MS = 1000;

/** How often the host of a silent server is read. */
export const TROUBLED_HOST_INTERVAL_MS = 3000;

/** A server that rejects us is asked again no sooner: it logs every attempt. */
export const REJECTED_RETRY_MS = 15_000;

/** Does the server reject us, so that it is asked again only after REJECTED_RETRY_MS? */
export function isRejection(fault: Fault | null): boolean {
	return fault !== null && ["authentication", "permission", "command", "protocol"].includes(fault.kind);
}

/** When connecting takes longer than this, the host is read meanwhile. */
export const SLOW_CONNECT_MS = 300;

/** Connections opened at a time: each costs this process some milliseconds of TLS and SCRAM, and a server more. */
export const CONNECTING_AT_ONCE = 16;

/** SSH logins at a time: sshd, above all that of a jump host, drops more than ten unauthenticated ones (MaxStartups). */
export const LOOKING_AT_ONCE = 8;

/**
 * A pause that can be cut short; at most one caller waits at a time. Polls fall on multiples of the
 * interval, the same for all nodes, so that positions of different servers are comparable.
 */
export class Pause {
	#wake: (() => void) | null = null;
	#isWoken = false;

	/** Until the next multiple of `intervalMs`, or wake(). */
	aligned(intervalMs: number): Promise<void> {
		return this.for(intervalMs - (Date.now() % intervalMs));
	}

	async for(ms: number): Promise<void> {
		if (!this.#isWoken) {
			const { promise, resolve } = Promise.withResolvers<void>();
			const timer = setTimeout(resolve, ms);
			this.#wake = resolve;
			await promise;
			clearTimeout(timer);
			this.#wake = null;
		}
		this.#isWoken = false;
	}

	/** Ends the pause, or the next one if none is running. */
	wake(): void {
		this.#isWoken = this.#wake === null;
		this.#wake?.();
	}
}
