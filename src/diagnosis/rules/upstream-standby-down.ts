import type { NodeView } from "../../model/snapshot.ts";
import { isPastGrace } from "../grace.ts";
import { isFormerPrimary, nodeById, solePrimary, standbys } from "../members.ts";
import { followDryRun, startServer } from "../remedies.ts";
import { feedOf } from "../wal-senders.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, statusEvidence, type World } from "../world.ts";
import { isStandbyDown } from "./standby-down.ts";

/**
 * UPSTREAM_STANDBY_DOWN: a standby that others are registered under is down, or neither this console nor its upstream nor
 * they reach it, and they receive nothing (Orchestrator's DeadIntermediateMaster). repmgrd with failover=automatic makes
 * them follow the primary; by hand use `repmgr standby follow`.
 */
export const upstreamStandbyDown: Rule = (world) => {
	const orphans = new Map<NodeView, NodeView[]>();
	for (const node of standbys(world)) {
		const upstream = fallenUpstreamOf(world, node);
		if (upstream !== null) orphans.set(upstream, [...(orphans.get(upstream) ?? []), node]);
	}
	return [...orphans].map(([upstream, children]) => fallen(world, upstream, children));
};

/** The upstream standby whose failure detached this one, or null. */
export function fallenUpstreamOf(world: World, node: NodeView): NodeView | null {
	if (node.observed.attached !== false || !isPastGrace(world, node)) return null;
	const upstream = nodeById(world, node.registered.upstreamNodeId);
	if (upstream === null || !standbys(world).includes(upstream)) return null;
	// After a promotion others are briefly registered under the former primary, which must not be started.
	if (isFormerPrimary(world, upstream) || upstream.registered.type === "primary") return null;
	const isSilent =
		["unreachable", "unresolved", "refusing"].includes(upstream.observed.status) &&
		!upstream.observed.reachable &&
		isPastGrace(world, upstream) &&
		feedOf(world, upstream) === "none";
	return isStandbyDown(world, upstream) || isSilent ? upstream : null;
}

function fallen(world: World, upstream: NodeView, children: readonly NodeView[]) {
	const primary = solePrimary(world);
	const first = children[0];
	const isStopped = upstream.observed.status === "stopped";
	const names = listed(children.map(quoted));
	return finding({
		code: "UPSTREAM_STANDBY_DOWN",
		severity: "warning",
		node: upstream,
		message: `standby ${quoted(upstream)}, upstream of ${names}, is ${isStopped ? "down" : "down or cut off"}`,
		detail: `${names} ${children.length === 1 ? "receives" : "receive"} nothing any more.`,
		hint: `Start ${quoted(upstream)} again, or make ${names} follow ${primary ? quoted(primary) : "the primary"}.`,
		evidence: [
			statusEvidence(upstream),
			...children.map((child) => evidenceOf(child, child.detail ?? "no walreceiver runs")),
		],
		remedy: isStopped ? startServer(upstream) : primary && first ? followDryRun(first, primary) : null,
	});
}
