import type { WalSender } from "../../model/server-reading.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { duration, quoted } from "../advice.ts";
import { applyDelaySeconds, repmgrLimit } from "../conf-values.ts";
import { standbys } from "../members.ts";
import { feedOf } from "../wal-senders.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** One WAL segment: with less than that behind it, the age of the last commit says how idle the primary is. */
const SEGMENT_BYTES = 16 * 1024 * 1024;

/**
 * STANDBY_LAGGING: a standby that streams is behind by more than replication_lag_warning (300 s), or
 * replication_lag_critical (600 s), by the walsender's own measure. Where that can't be seen, by the age of the
 * last replayed commit, but only with a WAL segment or more to go. recovery_min_apply_delay is on purpose,
 * and does not count.
 */
export const standbyLagging: Rule = (world) =>
	standbys(world).flatMap((node) => {
		// Before all walsenders are looked through: of many standbys most lag by nothing.
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
		message: `standby ${quoted(node)} is ${duration(seconds)} behind`,
		detail: `${observed.lagBytes} bytes of WAL are not replayed there. A promotion has to replay what was received, and loses what was not.`,
		hint: "If it has received what it has not replayed, look for long queries that conflict with replay, or slow disks; else for the network.",
		evidence: [
			evidenceOf(
				node,
				`received up to ${observed.receiveLsn ?? "unknown"}, replayed up to ${observed.replayLsn ?? "unknown"}`,
			),
			...(primary
				? [
						evidenceOf(
							primary,
							`at ${primary.observed.currentLsn ?? "unknown"}; replay lag ${duration(seconds)}`,
						),
					]
				: []),
		],
	});
}
