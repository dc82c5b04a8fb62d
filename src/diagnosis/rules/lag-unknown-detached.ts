import { lastLsn } from "../../assess/positions.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { lasting } from "../grace.ts";
import { nodeById, standbys } from "../members.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";
import { isDetached } from "./standby-detached.ts";
import { fallenUpstreamOf } from "./upstream-standby-down.ts";

/**
 * LAG_UNKNOWN_DETACHED: how far a standby is behind is unknown, since it, or an upstream standby between it and the
 * primary, receives nothing. repmgr shows 0 s for it (get_replication_info() in dbutils.c: 0 whenever the receive and
 * replay LSN are equal; issues #519, #568). STANDBY_DETACHED explains it on the detached standby itself, so that only
 * the standbys below are left.
 */
export const lagUnknownDetached: Rule = (world) =>
	standbys(world).flatMap((node) => {
		const at = detachedAbove(world, node);
		return at === null ? [] : [lagUnknown(world, node, at)];
	});

/** The node itself or the first one above it that is detached. */
function detachedAbove(world: World, node: NodeView): NodeView | null {
	let at: NodeView | null = node;
	for (let hops = 0; at !== null && hops <= world.snapshot.nodes.length; hops++) {
		// An upstream standby that is down explains it.
		if (at.observed.attached === false)
			return isDetached(world, at) && fallenUpstreamOf(world, at) === null ? at : null;
		at = nodeById(world, at.observed.upstreamNodeId);
	}
	return null;
}

function lagUnknown(world: World, node: NodeView, at: NodeView) {
	return finding({
		code: "LAG_UNKNOWN_DETACHED",
		severity: "unknown",
		node,
		message: `lag of standby ${quoted(node)} is unknown`,
		detail:
			at === node
				? "It receives nothing, so how much the primary has written since it detached is unknown."
				: `It streams from ${quoted(at)}, which receives nothing itself.`,
		hint: `Attach ${quoted(at)} again first. Until then, with a busy primary, it is behind by at least the time since its last replayed commit.`,
		evidence: [
			evidenceOf(at, `no walreceiver${lasting(world, at)}; WAL up to ${lastLsn(at) ?? "unknown"}`),
			...(at === node ? [] : [evidenceOf(node, `streams from ${quoted(at)}`)]),
		],
		doNot: "Do not rely on the lag of 0 seconds that repmgr shows for it.",
	});
}
