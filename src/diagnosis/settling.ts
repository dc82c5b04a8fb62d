import type { Finding } from "../model/finding.ts";
import type { Settling } from "../model/snapshot.ts";
import { isWell, secondsAsIs, secondsInTrouble } from "./grace.ts";
import { solePrimary } from "./members.ts";
import type { World } from "./world.ts";

/** The nodes that are not well and that no finding is about yet, since they may only restart, or follow a new primary. */
export function settlingOf(world: World, findings: readonly Finding[]): Settling | null {
	const { snapshot, thresholds } = world;
	const named = findings.filter(({ severity }) => severity !== "notice").map(({ nodeId }) => nodeId);
	const nodes = snapshot.nodes.filter(
		(node) => node.observed.status !== "unknown" && !isWell(node) && !named.includes(node.nodeId),
	);
	if (nodes.length === 0 || named.includes(null)) return null;
	const primary = solePrimary(world);
	const lasting = Math.max(...nodes.map((node) => secondsInTrouble(world, node)));
	const seconds = primary === null ? lasting : Math.min(lasting, secondsAsIs(world, primary));
	const of = thresholds.graceSeconds;
	if (seconds >= of) return null;
	return {
		since: snapshot.takenAt - seconds * 1000,
		seconds,
		of,
		nodeIds: nodes.map(({ nodeId }) => nodeId),
	};
}
