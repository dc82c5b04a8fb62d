import { isCopySettled, registeredEvidence } from "../authoritative-copy.ts";
import { isSettled, isWell } from "../grace.ts";
import { solePrimary } from "../members.ts";
import { registerAgain } from "../remedies.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * NODE_INACTIVE_BUT_RUNNING: a node that works is registered as inactive. It does not count in elections, a switchover
 * leaves it behind, and repmgrd refuses to start on it (issues #693, #898).
 */
export const nodeInactiveButRunning: Rule = (world) => {
	const primary = solePrimary(world);
	// repmgrd marks a node that it loses as inactive, and as active soon after it is back.
	if (primary === null || !isCopySettled(world)) return [];
	return world.snapshot.nodes.flatMap((node) => {
		const { role, attached } = node.observed;
		if (node.registered.active || role !== node.registered.type) return [];
		if (role === "standby" && !attached) return [];
		if (!isWell(node) || !isSettled(world, node)) return [];
		return [
			finding({
				code: "NODE_INACTIVE_BUT_RUNNING",
				severity: "warning",
				node,
				message: `${quoted(node)} runs as ${role}, but is registered as inactive`,
				detail:
					"It does not count in an election, repmgr leaves it out of a switchover, and repmgrd refuses to start on it.",
				hint: "Register it again. That changes repmgr.nodes and no server.",
				evidence: [
					registeredEvidence(world, `${quoted(node)} is ${node.registered.type}, active = false`),
					evidenceOf(node, `answers, ${node.observed.status}`),
				],
				remedy: registerAgain(node, primary),
			}),
		];
	});
};
