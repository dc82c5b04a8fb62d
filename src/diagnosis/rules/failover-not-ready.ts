import type { Evidence, Finding } from "../../model/finding.ts";
import type { NodeStatus, NodeView } from "../../model/snapshot.ts";
import { listed, quoted } from "../advice.ts";
import { registeredEvidence } from "../authoritative-copy.ts";
import { commandTrouble, confOf, failoverMode } from "../conf-values.ts";
import { obstacleTo, type Roll, rollOf } from "../election/ballot.ts";
import { electorateOf } from "../election/electorate.ts";
import { isPastGrace } from "../grace.ts";
import { solePrimary } from "../members.ts";
import { evidenceOf, finding, type Rule, type World } from "../world.ts";

/** Why something stands in the way of a failover, and who says so. */
interface Obstacle {
	readonly text: string;
	readonly evidence: readonly Evidence[];
}

/**
 * FAILOVER_NOT_READY: if the primary died, nobody would be promoted, or one standby would not take part.
 * By repmgrd's own rules (do_election() in repmgrd-physical.c; field notes 1.9): failover=automatic (the
 * default is manual: issues #599, #683), priority above 0, a promote_command, a node in the primary's
 * location, and more than half of those that share the primary as upstream must answer.
 *
 * repmgr.nodes has no failover mode (issue #222): without a look at repmgr.conf only the rest is judged.
 * A repmgrd that is paused or not running has its own codes. Manual on all standbys may well be wanted: that is a notice.
 */
export const failoverNotReady: Rule = (world) => {
	const primary = solePrimary(world) ?? registeredPrimary(world);
	if (primary === null) return [];
	const electorate = electorateOf(world, primary);
	// Only who is seen not to serve counts as gone: one that is unreachable from here may well answer the others.
	const roll = rollOf(
		electorate,
		electorate.authoritative,
		(node) => node !== undefined && !isSeenDown(world, node),
	);
	const voters = roll.voters.flatMap(({ nodeId }) => electorate.byId.get(nodeId) ?? []);
	const candidates = voters.filter(({ registered }) => registered.type === "standby");
	// Without any standby there is nothing to be ready for: that is NO_REDUNDANCY.
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
		return [nobody(primary, [...common, ...own.flatMap(({ obstacles }) => obstacles)])];
	}
	return own.flatMap(({ node, obstacles }) => {
		if (obstacles.length > 0) return [one(node, obstacles)];
		// It may be promoted itself, if it is not the only one.
		const trouble = candidates.length > 1 ? commandTrouble(node, "follow_command") : null;
		return trouble === null ? [] : [left(node, trouble)];
	});
};

function registeredPrimary({ snapshot }: World): NodeView | null {
	const primaries = snapshot.nodes.filter(
		({ registered }) => registered.type === "primary" && registered.active,
	);
	return primaries.length === 1 ? (primaries[0] ?? null) : null;
}

/** What repmgr.conf of one standby says against it: nothing is proven where other files are included. */
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

/** The election is cancelled, whoever would win: by the same rule as in the forecast of it. */
function electionCancelled(world: World, roll: Roll, voters: readonly NodeView[]): readonly Obstacle[] {
	const { location, visible } = roll;
	const down = voters.filter((node) => isSeenDown(world, node));
	const gone = down.map((node) => evidenceOf(node, `registered as active, and ${node.observed.status}`));
	const isLocationSeen = visible.some((row) => row.location === location);
	switch (obstacleTo({ voters: voters.length, visible: visible.length, isLocationSeen })) {
		// repmgrd then believes the network to be cut, and does nothing.
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
			const text = `at most ${visible.length} of ${voters.length} nodes that vote can answer, and more than half must`;
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
		message: `failover is manual: if ${quoted(primary)} dies, nobody is promoted until an operator does it`,
		detail: `That is what repmgr.conf says on ${listed(candidates.map(quoted))}. repmgrd only watches then.`,
		hint: "If it is wanted, nothing is to be done. If not: failover=automatic, promote_command and follow_command in repmgr.conf of every node, and reload repmgrd.",
		evidence: candidates.map((node) =>
			evidenceOf(node, `${node.registered.configFile}: ${modeText(confOf(node)?.values.failover)}`, "ssh"),
		),
	});
}

function nobody(primary: NodeView, obstacles: readonly Obstacle[]): Finding {
	const reasons = obstacles.map(({ text }) => text);
	return finding({
		code: "FAILOVER_NOT_READY",
		severity: "warning",
		message: `no standby would be promoted by itself if ${quoted(primary)} died`,
		detail: `${listed(reasons)}.`.replace(/^./, (letter) => letter.toUpperCase()),
		hint: "Mend what is named, and reload repmgrd where repmgr.conf changed. Until then a failover is an operator's work: promote by hand.",
		evidence: obstacles.flatMap(({ evidence }) => evidence),
	});
}

function one(node: NodeView, obstacles: readonly Obstacle[]): Finding {
	const reasons = obstacles.map(({ text }) => text);
	return finding({
		code: "FAILOVER_NOT_READY",
		severity: "warning",
		node,
		message: `${quoted(node)} takes no part in a failover`,
		detail:
			`${listed(reasons)}. If it is the best candidate when the primary dies, its siblings wait for it and nobody is promoted.`.replace(
				/^./,
				(letter) => letter.toUpperCase(),
			),
		hint: "Set what is named in repmgr.conf and reload repmgrd. If the node shall never be promoted, give it priority 0 and failover=automatic, so that it still follows.",
		evidence: obstacles.flatMap(({ evidence }) => evidence),
	});
}

function left(node: NodeView, trouble: string): Finding {
	const { configFile } = node.registered;
	const text = `${configFile}: ${trouble.replace(/^its /, "")}`;
	return finding({
		code: "FAILOVER_NOT_READY",
		severity: "warning",
		node,
		message: `${quoted(node)} would stay behind after a failover`,
		detail: `When another standby is promoted, ${trouble}: ${quoted(node)} would receive nothing until an operator lets it follow.`,
		hint: `Set follow_command in ${configFile} and reload repmgrd.`,
		evidence: [evidenceOf(node, text, "ssh")],
	});
}
