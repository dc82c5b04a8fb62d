import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted, repmgrOn } from "../advice.ts";
import { solePrimary } from "../members.ts";
import { inUtc } from "../words.ts";
import { evidenceOf, finding, presentPeriod, type Rule, type World } from "../world.ts";

/**
 * REPMGRD_PAUSED: repmgrd is paused, and no failover will happen. The pause outlives restarts of PostgreSQL
 * and repmgrd, and `service status` hides it while repmgrd is down (field notes 1.5); an aborted switchover
 * leaves it behind (1.6; issues #365, #559, #573). No event tells when it began.
 * "Unpausing" does not fail over a primary that is already dead (manual, repmgrd-operation).
 */
export const repmgrdPaused: Rule = (world) => {
	const known = world.snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused !== null);
	// What an operation does on purpose is said by its own line.
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

/** When a pause begins, the hosts are asked whether an operation runs; and one node is paused after the other. */
const TIME_TO_LOOK_MS = 4000;

/** Was it paused before our eyes, no longer ago than that? */
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
				: "In a failover it does nothing, and its siblings may wait for it"
		} until it is unpaused.${
			dead.length === 0
				? ""
				: ` On ${listed(dead)} it is not known to run either: the pause is kept in a file and holds when it starts.`
		}`,
		hint: `${
			primary === null
				? "No single primary is seen: settle that first, by hand."
				: 'Unpause when the work that needed it is over; "service unpause" does it on all nodes.'
		} Unpausing will not fail over a primary that is already dead: a standby must then be promoted by hand.`,
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
			doNot: "Do not unpause and wait for a failover: none will come for a primary that died before.",
		}),
	});
}

function since(world: World, node: NodeView): string {
	const pause = presentPeriod(world, node)?.pause;
	if (!pause) return "";
	return `, since ${inUtc(pause.since)}${pause.isExact ? "" : " or earlier"}`;
}
