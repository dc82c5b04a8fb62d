import { forkFrom } from "../../assess/positions.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatDuration } from "../../text/format.ts";
import { isPastGrace, secondsInTrouble } from "../grace.ts";
import { isFormerPrimary, solePrimary, standbys } from "../members.ts";
import { rejoinDryRun, startServer } from "../remedies.ts";
import { feedOf } from "../wal-senders.ts";
import { quoted } from "../words.ts";
import {
	evidenceOf,
	fenceEvidence,
	finding,
	logEvidence,
	type Rule,
	statusEvidence,
	type World,
} from "../world.ts";

/**
 * STANDBY_DOWN: a standby's host reports no postmaster; or its port refuses connections, or its server reports that it is
 * starting, and its upstream sends it nothing. For longer than the grace time, since it may be a restart. A former
 * primary that was not rejoined counts as a standby, and must not simply be started: it would be a second primary (issues
 * #766, #439). A silent one is never "down" (STANDBY_UNREACHABLE_FROM_HERE).
 */
export const standbyDown: Rule = (world) =>
	standbys(world)
		.filter((node) => isStandbyDown(world, node))
		.map((node) => {
			const primary = solePrimary(world);
			if (!isFormerPrimary(world, node)) return standby(world, node, true);
			return primary === null ? standby(world, node, false) : formerPrimary(world, node, primary);
		});

export function isStandbyDown(world: World, node: NodeView): boolean {
	if (node.observed.reachable) return false;
	switch (node.observed.status) {
		case "stopped":
			return isPastGrace(world, node);
		case "refusing":
		case "starting":
		case "stopping":
			// No node is expected to send to a former primary, so that none does proves nothing.
			if (isFormerPrimary(world, node)) return false;
			return isPastGrace(world, node) && feedOf(world, node) === "none";
		default:
			return false;
	}
}

/** @param mayStart false where its control data say that it was a primary: it must be clear first which node is the primary. */
function standby(world: World, node: NodeView, mayStart: boolean) {
	const { status } = node.observed;
	const isStopped = status === "stopped" || status === "refusing";
	const control = node.state.host.good?.value.controlData;
	const isHalf = status === "stopped" && node.state.host.good !== null && control === null;
	return finding({
		code: "STANDBY_DOWN",
		severity: "warning",
		node,
		message: `standby ${quoted(node)} is ${isStopped ? "down" : `${status} for ${formatDuration(secondsInTrouble(world, node))}`}`,
		detail: isStopped
			? "It receives nothing, and can't take over."
			: `It does not accept connections: ${node.fault?.message ?? "no reason given"}.`,
		hint: isHalf
			? "Its control data can't be read: if its data directory holds half a clone, clone it again (operation clone)."
			: isStopped && !mayStart
				? "Find out first which node is the primary, then rejoin this one."
				: isStopped
					? "Find out in its log why it stopped, and start it. If the primary has removed WAL that it needs, clone it again (operation clone)."
					: "Follow its log: it may be replaying WAL since its last restartpoint, or wait for WAL that it can't get.",
		evidence: evidence(world, node),
		remedy: status === "stopped" && !isHalf && mayStart ? startServer(node) : null,
		...(!mayStart && {
			doNot: "Do not start it before it is clear which node is the primary: it was one itself.",
		}),
	});
}

function formerPrimary(world: World, node: NodeView, primary: NodeView) {
	return finding({
		code: "STANDBY_DOWN",
		severity: "warning",
		node,
		message: `${quoted(node)}, the former primary, is down`,
		detail: `${quoted(primary)} is the primary now. ${divergence(node, primary)}`,
		hint: `Run CHECKPOINT on ${quoted(primary)} first: soon after a promotion a rewind fails without it. Then rejoin: leave out --dry-run once the dry run succeeds, and --force-rewind where it says that no rewind is needed. Save what only ${quoted(node)} has: a rewind discards it.`,
		evidence: [
			...evidence(world, node),
			evidenceOf(primary, `pg_is_in_recovery() = false, timeline ${primary.observed.timeline ?? "unknown"}`),
		],
		remedy: rejoinDryRun(node, primary),
		doNot: `Do not simply start PostgreSQL on ${quoted(node)}: it would come up as a second primary.`,
	});
}

/** Whether a stopped former primary has WAL that the new one never had. Its last checkpoint is a lower bound of what it has. */
function divergence(node: NodeView, primary: NodeView): string {
	const control = node.state.host.good?.value.controlData;
	if (!control?.timeline || control.checkpointLsn === null) return "Whether it diverged is not known.";
	const fork = forkFrom(primary, control.timeline);
	if (fork == null) return "Whether it diverged is not known.";
	const text = `Timeline ${control.timeline} ended for ${quoted(primary)} at ${fork}; the last checkpoint of ${quoted(node)} is at ${control.checkpointLsn}`;
	return control.state === "shut down"
		? `${text}.`
		: `${text}, and it may have written more, since it was not shut down cleanly.`;
}

function evidence(world: World, node: NodeView) {
	const { status } = node.observed;
	const feed = status === "stopped" ? "unknown" : feedOf(world, node);
	const upstream = world.snapshot.nodes.find(({ nodeId }) => nodeId === node.registered.upstreamNodeId);
	return [
		statusEvidence(node),
		...logEvidence(node),
		...fenceEvidence(world, node),
		...(feed === "none" && upstream ? [evidenceOf(upstream, "no walsender for it")] : []),
	];
}
