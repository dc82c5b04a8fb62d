import { lastLsn } from "../../assess/positions.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../advice.ts";
import { lasting } from "../grace.ts";
import { nodeById, standbys } from "../members.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";
import { isDetached } from "./standby-detached.ts";
import { fallenUpstreamOf } from "./upstream-standby-down.ts";

/**
 * LAG_UNKNOWN_DETACHED: how far a standby is behind is not known, since it, or an upstream standby between it
 * and the primary, receives nothing, while repmgr shows it at 0 s (field notes 1.5, trap 1; issues #519,
 * #568). On the detached standby itself STANDBY_DETACHED explains it; what is left to say is the ones below it.
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
		// Where an upstream standby is down, that says it all.
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
		message: `how far standby ${quoted(node)} is behind is not known`,
		detail:
			at === node
				? "It receives nothing, so what the primary wrote since then is not counted anywhere."
				: `It streams from ${quoted(at)}, which receives nothing itself.`,
		hint: `Attach ${quoted(at)} again first. Until then the time since its last replayed commit is the least it is behind on a busy primary.`,
		evidence: [
			evidenceOf(at, `no walreceiver${lasting(world, at)}; WAL up to ${lastLsn(at) ?? "unknown"}`),
			...(at === node ? [] : [evidenceOf(node, `streams from ${quoted(at)}`)]),
		],
		doNot: "Do not rely on the lag that repmgr shows for it, 0 seconds.",
	});
}
