import type { NodeView } from "../../model/snapshot.ts";
import { isAnyPaused, isCommandRunning } from "../failover.ts";
import { isPastGrace } from "../grace.ts";
import { lossOf, possiblyPromoted, writesWithout } from "../lost-primary.ts";
import { solePrimary, standbys } from "../members.ts";
import { rejoinDryRun, startServer } from "../remedies.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, statusEvidence, type World } from "../world.ts";

/**
 * SWITCHOVER_LEFT_INCOMPLETE: the old primary was shut down cleanly, repmgrd is paused, and nothing happened for longer
 * than the grace time: the candidate was not promoted, or the old primary was not rejoined. Every abort of `repmgr
 * standby switchover` after the pause leaves this behind, without an event (exit(ERR_SWITCHOVER_FAIL) in
 * repmgr-action-standby.c; issues #503, #365, #573). Not reported while a repmgr command runs. Needs SSH: only the
 * control data tell a clean shutdown from a crash.
 */
export const switchoverLeftIncomplete: Rule = (world) => {
	if (!isAnyPaused(world) || isCommandRunning(world)) return [];
	const loss = lossOf(world);
	const primary = solePrimary(world);
	if (loss?.kind === "gone" && wasShutDown(world, loss.node)) return [beforePromotion(world, loss.node)];
	if (primary === null) return [];
	return standbys(world)
		.filter((node) => wasShutDown(world, node))
		.map((node) => afterPromotion(world, node, primary));
};

function beforePromotion(world: World, node: NodeView) {
	const unread = possiblyPromoted(world, node);
	const { severity, text } = writesWithout(world, node);
	return finding({
		code: "SWITCHOVER_LEFT_INCOMPLETE",
		severity,
		node,
		message: `a switchover may have stopped half way: ${quoted(node)} was shut down while repmgrd is paused, and no standby was promoted`,
		detail: `${text} repmgrd is paused on ${listed(pausedNames(world))}: there will be no failover.`,
		hint: `${unread.length > 0 ? `Make sure that ${listed(unread.map(quoted))}, which can't be read, ${unread.length === 1 ? "was" : "were"} not promoted; only then start` : "Start"} ${quoted(node)} again: it was shut down cleanly, nothing is lost, and it is the primary as before. Then run "repmgr service unpause". The output of the switchover says why it failed.`,
		evidence: evidence(world, node),
		remedy: unread.length > 0 ? null : startServer(node),
		doNot:
			"Do not unpause repmgrd before a primary runs: repmgrd does not replace a primary that is already dead. Do not start the old primary once a standby was promoted.",
	});
}

function afterPromotion(world: World, node: NodeView, primary: NodeView) {
	return finding({
		code: "SWITCHOVER_LEFT_INCOMPLETE",
		severity: "warning",
		node,
		message: `a switchover may have stopped half way: ${quoted(primary)} was promoted, ${quoted(node)} was not rejoined`,
		detail: `repmgrd is paused on ${listed(pausedNames(world))}: if ${quoted(primary)} dies now, there will be no failover.`,
		hint: `Rejoin ${quoted(node)} (without --dry-run once the dry run succeeds), then run "repmgr service unpause". The log of the attempt is /tmp/node-rejoin.*.log on the host of ${quoted(primary)}.`,
		evidence: [
			...evidence(world, node),
			evidenceOf(primary, `pg_is_in_recovery() = false, timeline ${primary.observed.timeline ?? "unknown"}`),
		],
		remedy: rejoinDryRun(node, primary),
		doNot: `Do not simply start ${quoted(node)}: it would come up as a second primary.`,
	});
}

/** As a primary: for a standby the control data say "shut down in recovery". */
function wasShutDown(world: World, node: NodeView): boolean {
	const control = node.state.host.good?.value.controlData?.state;
	return node.observed.status === "stopped" && control === "shut down" && isPastGrace(world, node);
}

function pausedNames({ snapshot }: World): readonly string[] {
	return snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused === true).map(quoted);
}

function evidence(world: World, node: NodeView) {
	return [
		statusEvidence(node),
		...world.snapshot.nodes
			.filter(({ repmgrd }) => repmgrd.paused === true)
			.map((paused) => evidenceOf(paused, "repmgr.repmgrd_is_paused() = true")),
	];
}
