import type { ClusterSnapshot } from "../model/snapshot.ts";

/** Longer than any switchover should keep writers waiting; from then on an operator may want to do something. */
const TOO_LONG_MS = 15_000;

/** Watches over a command that runs: has there been a primary, and is there none for too long? */
export class Outage {
	/** Epoch ms; null where there was none from the beginning: then the command is not why. */
	#primarySeenAt: number | null;

	constructor(snapshot: ClusterSnapshot) {
		this.#primarySeenAt = hasPrimary(snapshot) ? snapshot.takenAt : null;
	}

	isTooLong(snapshot: ClusterSnapshot): boolean {
		// Who sees nobody does not see that there is no primary.
		const isBlind = !snapshot.nodes.some(({ observed }) => observed.reachable);
		if (hasPrimary(snapshot) || isBlind) {
			this.#primarySeenAt = this.#primarySeenAt === null ? null : snapshot.takenAt;
			return false;
		}
		return this.#primarySeenAt !== null && snapshot.takenAt - this.#primarySeenAt > TOO_LONG_MS;
	}
}

function hasPrimary({ nodes }: ClusterSnapshot): boolean {
	return nodes.some(({ observed }) => observed.role === "primary" && observed.reachable);
}
