import { current } from "../../model/node-state.ts";
import type { Registration } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { confIsOn } from "../conf-values.ts";
import { quoted } from "../words.ts";
import { absenceOf } from "./absence.ts";
import { type Electorate, isRepmgrdKnown, isVisible, isVoter, ownCopy } from "./electorate.ts";
import { monitorInterval, secondsOfWaiting } from "./seconds.ts";

/** The result of the election that one standby's repmgrd holds for itself. */
type Ballot =
	| { readonly result: "won" }
	| { readonly result: "lost" }
	| { readonly result: "cancelled"; readonly why: string };

/** A standby's part in the election; "absent" where something keeps its repmgrd from it. */
export type Part = Ballot | { readonly result: "absent"; readonly why: string };

/** An election by one copy of repmgr.nodes; most standbys have the same copy. */
export interface Roll {
	readonly voters: readonly Registration[];
	readonly visible: readonly Registration[];
	/** Those that may be promoted, the best first. */
	readonly candidates: readonly Registration[];
	/** The primary's. repmgrd reads it when it begins to monitor the primary. */
	readonly location: string;
}

/** The parts of all standbys, by node id. */
export function partsOf(electorate: Electorate, standbys: readonly NodeView[]): ReadonlyMap<number, Part> {
	const rolls = new Map<readonly Registration[], Roll>();
	const rollFor = (copy: readonly Registration[]): Roll => {
		const roll = rolls.get(copy) ?? rollOf(electorate, copy);
		rolls.set(copy, roll);
		return roll;
	};
	return new Map(
		standbys.map((node) => {
			const why =
				node.observed.role === "standby" ? absenceOf(electorate, node) : "it is not known to be in recovery";
			const part: Part =
				why === null
					? ballotOf(electorate, node, rollFor(ownCopy(electorate, node)))
					: { result: "absent", why };
			return [node.nodeId, part];
		}),
	);
}

/** @param answers which nodes count as visible; by default those that answer this console. */
export function rollOf(
	electorate: Electorate,
	copy: readonly Registration[],
	answers: (node: NodeView | undefined) => boolean = isVisible,
): Roll {
	const { byId, primary } = electorate;
	const voters = copy.filter((row) => isVoter(row, primary));
	const visible = voters.filter(({ nodeId }) => answers(byId.get(nodeId)));
	return {
		voters,
		visible,
		candidates: visible.filter((row) => isCandidate(electorate, row)).toSorted(inOrder(electorate)),
		location: copy.find(({ nodeId }) => nodeId === primary.nodeId)?.location ?? primary.registered.location,
	};
}

/** What cancels an election whichever node is best. The node that holds it is counted. */
export function obstacleTo({
	voters,
	visible,
	isLocationSeen,
}: {
	readonly voters: number;
	readonly visible: number;
	/** Is one of the visible ones in the primary's location? */
	readonly isLocationSeen: boolean;
}): "location" | "majority" | null {
	if (!isLocationSeen) return "location";
	return voters > 1 && visible <= voters / 2 ? "majority" : null;
}

/**
 * do_election() in repmgrd-physical.c (the same in 5.3 to 5.5) on one standby that can act: it considers every active
 * sibling in its own copy of repmgr.nodes that answers.
 */
function ballotOf(electorate: Electorate, node: NodeView, roll: Roll): Ballot {
	const self = ownRow(electorate, node);
	const { location } = roll;
	const othersOf = (rows: readonly Registration[]) => rows.filter(({ nodeId }) => nodeId !== node.nodeId);
	const voters = othersOf(roll.voters).length + 1;
	const visible = othersOf(roll.visible).length + 1;
	const isInLocation = (row: Registration): boolean => row.location === location;
	const isLocationSeen = isInLocation(self) || roll.visible.some(isInLocation);
	const obstacle = obstacleTo({ voters, visible, isLocationSeen });
	if (obstacle === "location") {
		return cancelled(
			voters === 1
				? `${quoted(node)} is alone and not in the primary's location "${location}"`
				: `no node in the primary's location "${location}" answers`,
		);
	}
	if (voters === 1) return { result: "won" };
	if (consensusOf(electorate, node, roll) === "cancels") {
		return cancelled(
			"primary_visibility_consensus is on, and its siblings will have seen the primary shortly before",
		);
	}
	if (obstacle === "majority") {
		return cancelled(`only ${visible} of ${voters} nodes answer: no majority`);
	}
	const [best = self] = roll.candidates;
	return { result: inOrder(electorate)(self, best) <= 0 ? "won" : "lost" };
}

/**
 * May primary_visibility_consensus cancel the election? A sibling counts as seeing the primary if its repmgrd saw it less
 * than 2 × monitor_interval_secs ago. After a network cut, timeouts take longer than that.
 */
export function consensusOf(
	{ byId, primary }: Electorate,
	node: NodeView,
	{ visible }: Roll,
): "cancels" | "may cancel" | "lets pass" {
	if (!confIsOn(node, "primary_visibility_consensus")) return "lets pass";
	const waits = secondsOfWaiting(node);
	const isWatched = visible.some(({ nodeId }) => {
		const sibling = byId.get(nodeId);
		if (sibling === undefined || sibling === node) return false;
		const told = current(sibling.state.server)?.repmgrd;
		return told?.running === true && told.upstreamNodeId === primary.nodeId;
	});
	if (!isWatched || waits >= 2 * monitorInterval(node)) return "lets pass";
	return waits === 0 ? "cancels" : "may cancel";
}

function cancelled(why: string): Ballot {
	return { result: "cancelled", why };
}

function ownRow(electorate: Electorate, node: NodeView): Registration {
	return ownCopy(electorate, node).find(({ nodeId }) => nodeId === node.nodeId) ?? node.registered;
}

/** May a sibling win, by do_election()? In recovery, with a known repmgrd and a priority above 0. */
function isCandidate({ byId }: Electorate, { nodeId, type, priority }: Registration): boolean {
	const node = byId.get(nodeId);
	if (node === undefined || type === "witness" || priority <= 0) return false;
	return node.observed.role === "standby" && isRepmgrdKnown(node);
}

/** Highest receive LSN, then highest priority, then lowest node id. */
function inOrder({ positions }: Electorate) {
	return (a: Registration, b: Registration): number => {
		const [left, right] = [positions.get(a.nodeId) ?? 0n, positions.get(b.nodeId) ?? 0n];
		if (left !== right) return left > right ? -1 : 1;
		return b.priority - a.priority || a.nodeId - b.nodeId;
	};
}
