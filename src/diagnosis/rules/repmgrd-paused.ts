import type { NodeView } from "../../model/snapshot.ts";
import { formatDateTime } from "../../text/format.ts";
import { solePrimary } from "../members.ts";
import { repmgrOn } from "../remedies.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, presentPeriod, type Rule, type World } from "../world.ts";

/**
 * REPMGRD_PAUSED: repmgrd is paused, and no failover will happen. The pause is kept in repmgrd_state.txt (repmgr.c) and
 * survives restarts of PostgreSQL and repmgrd; `repmgr service status` hides it while repmgrd is down. An aborted
 * switchover leaves it behind (issues #365, #559, #573). No event records when it began.
 * Unpausing does not start a failover for a primary that is already dead (manual, repmgrd-operation).
 */
export const repmgrdPaused: Rule = (world) => {
	const known = world.snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused !== null);
	// An operation that pauses repmgrd has its own banner.
	if (world.snapshot.isOperating) return [];
	const isSettling = known.some((node) => isNewFor(world, node, TIME_TO_LOOK_MS));
	const paused = known.filter(
		(node) => node.repmgrd.paused && !(isSettling && isNewFor(world, node, Number.POSITIVE_INFINITY)),
	);
	const isEverywhere = paused.length > 1 && paused.length === known.length;
	return (isEverywhere ? [paused] : paused.map((node) => [node])).map((nodes) =>
		findingOf(world, nodes, isEverywhere),
	);
};

/** When a pause begins, the hosts are read for a running operation; and nodes are paused one after the other. */
const TIME_TO_LOOK_MS = 4000;

/** Was it seen to be paused within that time? */
function isNewFor(world: World, node: NodeView, ms: number): boolean {
	const pause = presentPeriod(world, node)?.pause;
	return pause?.isExact === true && world.snapshot.takenAt - pause.since < ms;
}

function findingOf(world: World, nodes: readonly NodeView[], isEverywhere: boolean) {
	const primary = solePrimary(world);
	const where = isEverywhere ? "every node that answers" : listed(nodes.map(quoted));
	const dead = nodes.filter(({ repmgrd }) => repmgrd.running === false).map(quoted);
	const [first] = nodes;
	return finding({
		code: "REPMGRD_PAUSED",
		severity: "warning",
		...(!isEverywhere && first !== undefined && { node: first }),
		message: `repmgrd is paused on ${where}`,
		detail: `${
			isEverywhere
				? "No failover will happen"
				: "In a failover it does nothing there, and the other nodes may wait for it"
		} until it is unpaused.${
			dead.length === 0
				? ""
				: ` On ${listed(dead)} it is not known to run either: the pause is kept in a file and applies when it starts.`
		}`,
		hint: `${
			primary === null
				? "There is no single primary: resolve that first, by hand."
				: 'Unpause when the work that needed it is done; "repmgr service unpause" does that on all nodes.'
		} Unpausing starts no failover for a primary that is already dead: a standby must then be promoted by hand.`,
		evidence: nodes.map((node) => evidenceOf(node, `repmgr.repmgrd_is_paused() = true${since(world, node)}`)),
		remedy:
			primary === null
				? null
				: {
						...repmgrOn(
							isEverywhere || first === undefined ? primary : first,
							"unpause repmgrd on all nodes",
							"service",
							"unpause",
						),
						intent: { kind: "unpause", reason: "REPMGRD_PAUSED was found" },
					},
		...(primary === null && {
			doNot:
				"Do not unpause and wait for a failover: repmgrd does not replace a primary that is already dead.",
		}),
	});
}

function since(world: World, node: NodeView): string {
	const pause = presentPeriod(world, node)?.pause;
	if (!pause) return "";
	return `, since ${formatDateTime(pause.since)} UTC${pause.isExact ? "" : " or earlier"}`;
}
