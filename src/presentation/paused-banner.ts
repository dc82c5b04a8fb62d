import type { RepmgrdPause } from "../assess/node-history.ts";
import { newestPause, pauseWords } from "../assess/pause.ts";
import type { ConsoleState } from "../store/console-store.ts";
import { formatDuration, formatTime } from "../text/format.ts";

/**
 * Shown for as long as any repmgrd is paused, else null. A node that can't be read now counts as last seen: a pause outlives
 * restarts. "≥": already paused at the first reading, and its host does not tell.
 */
export function pausedBanner({
	snapshot,
	history,
}: Pick<ConsoleState, "snapshot" | "history">): string | null {
	const paused = snapshot.nodes.flatMap(({ nodeId, nodeName, registered, repmgrd }) => {
		const seen = history.get(nodeId)?.at(-1)?.pause ?? null;
		if (seen === null) return [];
		const pause = repmgrd.pause ? { since: repmgrd.pause.since, isExact: true } : seen;
		return [{ nodeName, type: registered.type, pause }];
	});
	if (paused.length === 0) return null;
	const standbys = snapshot.nodes.filter(({ registered }) => registered.type === "standby");
	const isEveryStandby = paused.filter(({ type }) => type === "standby").length === standbys.length;
	const where =
		paused.length === snapshot.nodes.length
			? "everywhere"
			: paused.length <= 2
				? `on ${paused.map(({ nodeName }) => nodeName).join(", ")}`
				: `on ${paused.length} of ${snapshot.nodes.length} nodes`;
	const isLost =
		snapshot.nodes.every(({ observed }) => observed.role !== "primary") &&
		snapshot.forecast !== null &&
		snapshot.forecast.lostAt !== null;
	const consequence = isEveryStandby ? "no automatic failover" : "automatic failover may not happen";
	const afterLoss = isEveryStandby ? "unpausing starts no failover" : consequence;
	// Once the primary is known to be lost, the failover line below says what follows and the finding what to do.
	const advice = isLost
		? afterLoss
		: `${consequence}; if the primary dies now, promote by hand: unpausing later will not help`;
	const told = newestPause(snapshot.nodes);
	return `repmgrd paused ${where} ${sinceOf(
		paused.map(({ pause }) => pause),
		snapshot.takenAt,
	)}${told === null ? "" : `, ${pauseWords(told, snapshot.takenAt)}`}: ${advice}`;
}

function sinceOf(pauses: readonly RepmgrdPause[], now: number): string {
	const first = pauses.reduce((one, other) => (other.since < one.since ? other : one));
	const lasted = formatDuration((now - first.since) / 1000);
	return first.isExact ? `since ${formatTime(first.since)} (${lasted})` : `(≥${lasted})`;
}
