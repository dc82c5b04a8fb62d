import type { Fault } from "../model/fault.ts";

/** How often is asked and how long is waited, in ms. */
export interface Timing {
	/** Between two polls of one node. */
	readonly intervalMs: number;
	/** For one answer of a server; also for a new connection. */
	readonly deadlineMs: number;
	/** Between two tries of a NEW connection to a server whose session lives. */
	readonly pingIntervalMs: number;
	/** Between two looks at repmgr.events of one node, where nothing changes. */
	readonly eventsIntervalMs: number;
	/** Between two looks at the host of a server that answers. */
	readonly hostIntervalMs: number;
	/** For one look at a host. */
	readonly hostDeadlineMs: number;
	/** From when a server does not answer until its host is looked at. */
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
 * A switchover stops a server and starts it again within a second or two, and a login and a look just then would take of
 * that host what its shutdown needs: on two cores four tenths of the write outage were that.
 */
export const CHANGING_TROUBLE_PATIENCE_MS = 1000;

/** While a server does not answer, its host is looked at this often. */
export const TROUBLED_HOST_INTERVAL_MS = 3000;

/** A server that rejects us is asked again no sooner: every attempt is a line in its log. */
export const REJECTED_RETRY_MS = 15_000;

/** Does the server turn us away, so that it is to be asked again only after REJECTED_RETRY_MS? */
export function isRejection(fault: Fault | null): boolean {
	return fault !== null && ["authentication", "permission", "command", "protocol"].includes(fault.kind);
}

/** When a connection takes longer than this, the host is asked at the same time. */
export const SLOW_CONNECT_MS = 300;

/** So many connect at the same time: each is some milliseconds of TLS and SCRAM for this process, and more for a server. */
export const CONNECTING_AT_ONCE = 16;

/** So many hosts are logged in to at the same time: sshd, that of a jump host above all, drops more than ten (MaxStartups). */
export const LOOKING_AT_ONCE = 8;

/**
 * A pause that can be cut short: at most one waits at a time. Polls fall on multiples of the
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

	/** Ends the pause; one that has not begun yet ends as it begins. */
	wake(): void {
		this.#isWoken = this.#wake === null;
		this.#wake?.();
	}
}
