import type { RepmgrdPause } from "../assess/node-history.ts";
import type { ConsoleState } from "../store/console-store.ts";
import { formatDuration, formatTime } from "../text/format.ts";

/**
 * What must be said for as long as any repmgrd is paused, or null. A node that can't be read now is as it was last
 * seen: a pause outlives restarts. "≥": it was there at the first look, and repmgrd records no event of it.
 */
export function pausedBanner(
	{ snapshot, history }: Pick<ConsoleState, "snapshot" | "history">,
	/** Who paused it, and why, in words; null: that is not known. */
	reason: string | null,
): string | null {
	const paused = snapshot.nodes.flatMap(({ nodeId, nodeName, registered }) => {
		const pause = history.get(nodeId)?.at(-1)?.pause ?? null;
		return pause === null ? [] : [{ nodeName, type: registered.type, pause }];
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
	const consequence = isEveryStandby ? "no automatic failover" : "failover may not come";
	return `repmgrd paused ${where} ${sinceOf(
		paused.map(({ pause }) => pause),
		snapshot.takenAt,
	)}${reason === null ? "" : `, ${reason}`}: ${consequence}; unpausing will not fail over a dead primary`;
}

function sinceOf(pauses: readonly RepmgrdPause[], now: number): string {
	const first = pauses.reduce((one, other) => (other.since < one.since ? other : one));
	const lasted = formatDuration((now - first.since) / 1000);
	return first.isExact ? `since ${formatTime(first.since)} (${lasted})` : `(≥${lasted})`;
}
