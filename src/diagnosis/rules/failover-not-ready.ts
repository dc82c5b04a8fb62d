import type { Evidence, Finding } from "../../model/finding.ts";
import type { NodeStatus, NodeView } from "../../model/snapshot.ts";
import { registeredEvidence } from "../authoritative-copy.ts";
import { commandTrouble, confOf, failoverMode } from "../conf-values.ts";
import { obstacleTo, type Roll, rollOf } from "../election/ballot.ts";
import { electorateOf } from "../election/electorate.ts";
import { isPastGrace } from "../grace.ts";
import { solePrimary } from "../members.ts";
import { listed, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** Something that prevents a failover, with its evidence. */
interface Obstacle {
	readonly text: string;
	readonly evidence: readonly Evidence[];
}

/**
 * FAILOVER_NOT_READY: if the primary died, no standby would be promoted, or one would not take part. By repmgrd's own
 * rules (do_election() in repmgrd-physical.c) a failover needs failover=automatic (the default is manual: issues #599,
 * #683), a priority above 0, a promote_command, a node in the primary's location, and answers from more than half of the
 * nodes that share the primary as upstream.
 *
 * repmgr.nodes has no failover mode (issue #222): without repmgr.conf only the rest is checked. A repmgrd that is paused
 * or not running has its own codes. failover=manual on all standbys may be intended: that is a notice.
 */
export const failoverNotReady: Rule = (world) => {
	const primary = solePrimary(world) ?? registeredPrimary(world);
	if (primary === null) return [];
	const electorate = electorateOf(world, primary);
	// Only a node that is seen to be down counts as gone: one that is unreachable from here may answer the others.
	const roll = rollOf(
		electorate,
		electorate.authoritative,
		(node) => node !== undefined && !isSeenDown(world, node),
	);
	const voters = roll.voters.flatMap(({ nodeId }) => electorate.byId.get(nodeId) ?? []);
	const candidates = voters.filter(({ registered }) => registered.type === "standby");
	// Without any standby it is NO_REDUNDANCY.
	if (candidates.length === 0) return [];
	if (candidates.every((node) => failoverMode(node) === "manual")) return [allManual(primary, candidates)];
	// Where some are manual and others can't be read, all may be.
	const isMixed = candidates.some((node) => failoverMode(node) === "automatic");
	const own = candidates.map((node) => ({
		node,
		obstacles: failoverMode(node) === "manual" && !isMixed ? [] : obstaclesOf(node),
	}));
	const common = [...allAtPriorityZero(world, candidates), ...electionCancelled(world, roll, voters)];
	const isNobodyReady = own.every(({ obstacles }) => obstacles.length > 0);
	if (common.length > 0 || isNobodyReady) {
		return [noneReady(primary, [...common, ...own.flatMap(({ obstacles }) => obstacles)])];
	}
	return own.flatMap(({ node, obstacles }) => {
		if (obstacles.length > 0) return [notReady(node, obstacles)];
		// A single candidate never has to follow another one.
		const trouble = candidates.length > 1 ? commandTrouble(node, "follow_command") : null;
		return trouble === null ? [] : [leftBehind(node, trouble)];
	});
};

function registeredPrimary({ snapshot }: World): NodeView | null {
	const primaries = snapshot.nodes.filter(
		({ registered }) => registered.type === "primary" && registered.active,
	);
	return primaries.length === 1 ? (primaries[0] ?? null) : null;
}

/** What prevents it in repmgr.conf of one standby. Included files may say otherwise, so nothing is proven with them. */
function obstaclesOf(node: NodeView): readonly Obstacle[] {
	const conf = confOf(node);
	if (!conf?.isWhole) return [];
	const { configFile } = node.registered;
	const say = (text: string): Obstacle => ({
		text: `${text} in ${configFile} of ${quoted(node)}`,
		evidence: [evidenceOf(node, `${configFile}: ${text}`, "ssh")],
	});
	if (failoverMode(node) === "manual") return [say(modeText(conf.values.failover))];
	const missing = ["promote_command", "follow_command"].filter((name) => conf.values[name] === undefined);
	if (missing.length > 0) return missing.map((name) => say(`${name} is not set`));
	const trouble = commandTrouble(node, "promote_command");
	return trouble === null ? [] : [say(trouble.replace(/^its /, ""))];
}

function modeText(failover: string | undefined): string {
	return failover === undefined ? "failover is not set (so manual)" : `failover = ${failover}`;
}

function allAtPriorityZero(world: World, candidates: readonly NodeView[]): readonly Obstacle[] {
	if (candidates.some(({ registered }) => registered.priority > 0)) return [];
	return [
		{
			text: `priority 0 of ${listed(candidates.map(quoted))}`,
			evidence: candidates.map((node) =>
				registeredEvidence(world, `${quoted(node)} has priority 0: never promoted`),
			),
		},
	];
}

/** What cancels the election, whichever standby is best: the forecast uses the same rule. */
function electionCancelled(world: World, roll: Roll, voters: readonly NodeView[]): readonly Obstacle[] {
	const { location, visible } = roll;
	const down = voters.filter((node) => isSeenDown(world, node));
	const gone = down.map((node) => evidenceOf(node, `registered as active, and ${node.observed.status}`));
	const isLocationSeen = visible.some((row) => row.location === location);
	switch (obstacleTo({ voters: voters.length, visible: visible.length, isLocationSeen })) {
		// repmgrd then assumes a network split and does nothing.
		case "location": {
			const isAny = voters.some(({ registered }) => registered.location === location);
			const evidence = voters.map((node) =>
				registeredEvidence(world, `${quoted(node)} is in location "${node.registered.location}"`),
			);
			return [
				{
					text: `no other node ${isAny ? "that answers " : ""}is in the primary's location "${location}"`,
					evidence: [...evidence, ...(isAny ? gone : [])],
				},
			];
		}
		case "majority": {
			const text = `at most ${visible.length} of ${voters.length} voting nodes can answer, and more than half must`;
			return [{ text, evidence: gone }];
		}
		case null:
			return [];
	}
}

const DOWN: readonly NodeStatus[] = ["stopped", "refusing", "hung"];

function isSeenDown(world: World, node: NodeView): boolean {
	return DOWN.includes(node.observed.status) && isPastGrace(world, node);
}

function allManual(primary: NodeView, candidates: readonly NodeView[]): Finding {
	return finding({
		code: "FAILOVER_NOT_READY",
		severity: "notice",
		message: `failover is manual: if ${quoted(primary)} dies, an operator must promote a standby`,
		detail: `repmgr.conf of ${listed(candidates.map(quoted))} says so. repmgrd only monitors.`,
		hint: "If that is intended, there is nothing to do. If not, set failover=automatic, promote_command and follow_command in repmgr.conf of every node, and reload repmgrd.",
		evidence: candidates.map((node) =>
			evidenceOf(node, `${node.registered.configFile}: ${modeText(confOf(node)?.values.failover)}`, "ssh"),
		),
	});
}

function noneReady(primary: NodeView, obstacles: readonly Obstacle[]): Finding {
	const reasons = obstacles.map(({ text }) => text);
	return finding({
		code: "FAILOVER_NOT_READY",
		severity: "warning",
		message: `no standby would be promoted automatically if ${quoted(primary)} died`,
		detail: `${listed(reasons)}.`.replace(/^./, (letter) => letter.toUpperCase()),
		hint: "Fix this, and reload repmgrd where repmgr.conf changed. Until then a standby has to be promoted by hand.",
		evidence: obstacles.flatMap(({ evidence }) => evidence),
	});
}

function notReady(node: NodeView, obstacles: readonly Obstacle[]): Finding {
	const reasons = obstacles.map(({ text }) => text);
	return finding({
		code: "FAILOVER_NOT_READY",
		severity: "warning",
		node,
		message: `${quoted(node)} takes no part in a failover`,
		detail:
			`${listed(reasons)}. If it is the best candidate when the primary dies, its siblings wait for it and no standby is promoted.`.replace(
				/^./,
				(letter) => letter.toUpperCase(),
			),
		hint: "Set this in repmgr.conf and reload repmgrd. If the node must never be promoted, give it priority 0 and failover=automatic, so that it still follows.",
		evidence: obstacles.flatMap(({ evidence }) => evidence),
	});
}

function leftBehind(node: NodeView, trouble: string): Finding {
	const { configFile } = node.registered;
	const text = `${configFile}: ${trouble.replace(/^its /, "")}`;
	return finding({
		code: "FAILOVER_NOT_READY",
		severity: "warning",
		node,
		message: `${quoted(node)} would not follow a new primary after a failover`,
		detail: `When another standby is promoted, ${trouble}: ${quoted(node)} would receive nothing until an operator makes it follow.`,
		hint: `Set follow_command in ${configFile} and reload repmgrd.`,
		evidence: [evidenceOf(node, text, "ssh")],
	});
}
