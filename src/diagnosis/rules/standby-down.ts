import { forkFrom } from "../../assess/positions.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { duration, quoted, rejoinDryRun, startServer } from "../advice.ts";
import { isPastGrace, secondsInTrouble } from "../grace.ts";
import { isFormerPrimary, solePrimary, standbys } from "../members.ts";
import { feedOf } from "../wal-senders.ts";
import { evidenceOf, finding, logEvidence, type Rule, statusEvidence, type World } from "../world.ts";

/**
 * STANDBY_DOWN: a standby's host says that no postmaster runs; or its port refuses connections, or its server
 * says it is starting, and its upstream sends it nothing. For longer than the grace time: a restart is no
 * trouble. A former primary that nobody put back counts as a standby, and must not simply be started: it would
 * be a second primary (issues #766, #439). One that is silent is never "down" (STANDBY_UNREACHABLE_FROM_HERE).
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
			// Nobody is expected to send to a former primary, so that nobody does is no evidence.
			if (isFormerPrimary(world, node)) return false;
			return isPastGrace(world, node) && feedOf(world, node) === "none";
		default:
			return false;
	}
}

/** @param mayStart not where its control data say that it was a primary: which one is right is to be settled first. */
function standby(world: World, node: NodeView, mayStart: boolean) {
	const { status } = node.observed;
	const isStopped = status === "stopped" || status === "refusing";
	const control = node.state.host.good?.value.controlData;
	const isHalf = status === "stopped" && node.state.host.good !== null && control === null;
	return finding({
		code: "STANDBY_DOWN",
		severity: "warning",
		node,
		message: `standby ${quoted(node)} is ${isStopped ? "down" : `${status} for ${duration(secondsInTrouble(world, node))}`}`,
		detail: isStopped
			? "It receives nothing, and can't take over."
			: `It does not accept connections: ${node.fault?.message ?? "no reason given"}.`,
		hint: isHalf
			? "Its control data can't be read: if its data directory holds half a clone, clone it again."
			: isStopped && !mayStart
				? "Settle first which node is the primary, then rejoin this one."
				: isStopped
					? "See in its log why it stopped, and start it. If the primary has removed WAL that it needs, clone it again."
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
		hint: `Run CHECKPOINT on ${quoted(primary)} first: soon after a promotion a rewind fails without it. Then rejoin: leave out --dry-run when the trial is well, and --force-rewind where it says that none is needed. Save what only ${quoted(node)} has before a rewind throws it away.`,
		evidence: [
			...evidence(world, node),
			evidenceOf(primary, `pg_is_in_recovery() = false, timeline ${primary.observed.timeline ?? "unknown"}`),
		],
		remedy: rejoinDryRun(node, primary),
		doNot: `Do not start PostgreSQL on ${quoted(node)} as it is: it would come up as a second primary.`,
	});
}

/** Whether a stopped former primary has WAL that the present one never had. Its last checkpoint is the least it has. */
function divergence(node: NodeView, primary: NodeView): string {
	const control = node.state.host.good?.value.controlData;
	if (!control?.timeline || control.checkpointLsn === null) return "Whether it diverged is not known.";
	const fork = forkFrom(primary, control.timeline);
	if (fork == null) return "Whether it diverged is not known.";
	const text = `Timeline ${control.timeline} ended for ${quoted(primary)} at ${fork}; the last checkpoint of ${quoted(node)} is at ${control.checkpointLsn}`;
	return control.state === "shut down"
		? `${text}.`
		: `${text}, and it may have written more before it ended without a shutdown.`;
}

function evidence(world: World, node: NodeView) {
	const { status } = node.observed;
	const feed = status === "stopped" ? "unknown" : feedOf(world, node);
	const upstream = world.snapshot.nodes.find(({ nodeId }) => nodeId === node.registered.upstreamNodeId);
	return [
		statusEvidence(node),
		...logEvidence(node),
		...(feed === "none" && upstream ? [evidenceOf(upstream, "no walsender for it")] : []),
	];
}
