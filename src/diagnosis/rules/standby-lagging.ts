import type { WalSender } from "../../model/server-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDuration } from "../../text/format.ts";
import { applyDelaySeconds, repmgrLimit } from "../conf-values.ts";
import { standbys } from "../members.ts";
import { feedOf } from "../wal-senders.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** One WAL segment: with less to replay, the age of the last commit only shows how idle the primary is. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

/**
 * STANDBY_LAGGING: a standby that streams is behind by more than replication_lag_warning (300 s) or
 * replication_lag_critical (600 s), as measured by the walsender. Where that is not visible, by the age of the last
 * replayed commit, but only with a WAL segment or more to replay. recovery_min_apply_delay is intended and does not count.
 */
export const standbyLagging: Rule = (world) =>
	standbys(world).flatMap((node) => {
		// Most standbys have no lag: saves a search through all walsenders.
		if (node.observed.attached !== true || !node.observed.lagBytes) return [];
		const feed = feedOf(world, node);
		const seconds = secondsBehind(node, typeof feed === "object" ? feed.sender : null);
		if (seconds === null) return [];
		const delay = applyDelaySeconds(node);
		const { lagWarningSeconds, lagCriticalSeconds } = world.thresholds;
		const warning = repmgrLimit(node, "replication_lag_warning", lagWarningSeconds);
		const critical = repmgrLimit(node, "replication_lag_critical", lagCriticalSeconds);
		if (delay === null || seconds - delay < warning) return [];
		return [lagging(world, node, seconds, seconds - delay >= critical)];
	});

function secondsBehind({ observed, state }: NodeView, sender: WalSender | null): number | null {
	if (sender?.replayLagSeconds != null) return sender.replayLagSeconds;
	return (observed.lagBytes ?? 0) >= SEGMENT_BYTES
		? (state.server.good?.value.lastReplayedCommitSeconds ?? null)
		: null;
}

function lagging({ snapshot }: World, node: NodeView, seconds: number, isCritical: boolean) {
	const { observed } = node;
	const primary = snapshot.nodes.find(({ nodeId }) => nodeId === snapshot.cluster.primaryNodeId);
	return finding({
		code: "STANDBY_LAGGING",
		severity: isCritical ? "critical" : "warning",
		node,
		message: `standby ${quoted(node)} is ${formatDuration(seconds)} behind`,
		detail: `${observed.lagBytes} bytes of WAL are not replayed there. A promotion first replays what was received, and loses the rest.`,
		hint: "If it has received that WAL, look for long queries that conflict with replay, or slow disks; otherwise check the network.",
		evidence: [
			evidenceOf(
				node,
				`received up to ${observed.receiveLsn ?? "unknown"}, replayed up to ${observed.replayLsn ?? "unknown"}`,
			),
			...(primary
				? [
						evidenceOf(
							primary,
							`at ${primary.observed.currentLsn ?? "unknown"}; replay lag ${formatDuration(seconds)}`,
						),
					]
				: []),
		],
	});
}
