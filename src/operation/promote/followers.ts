import { lsnDistanceBytes } from "../../model/lsn.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { replicatesFrom, roomFor } from "../checks/candidate.ts";
import { asWarning, ok, warning } from "../checks/check.ts";
import { canRunOn, hasConfigFile, keepsSettings } from "../checks/hosts.ts";
import { repmgr } from "../plan/commands.ts";
import { type Facts, hostOf, isUsingSlots } from "../plan/facts.ts";
import type { Prerequisite, Step } from "../plan/plan.ts";
import { watchStep } from "../plan/step.ts";
import { witnessRegister } from "../register/witness.ts";

/**
 * The other nodes after a promotion, each with its own step: repmgr's --siblings-follow attaches only nodes that are registered
 * under the candidate's upstream, and in a cascade leaves that upstream behind.
 */
export interface Following {
	/** They receive from the candidate or one of its followers, and keep their upstream. */
	readonly kept: readonly (readonly [node: NodeView, upstream: NodeView])[];
	readonly attached: readonly NodeView[];
	readonly witnesses: readonly NodeView[];
	/** No command can be run there, or they have WAL that the candidate lacks. */
	readonly left: readonly NodeView[];
}

export function followingOf(
	facts: Facts,
	candidate: NodeView,
	others: readonly NodeView[],
	isWanted: boolean,
): Following {
	const standbys = others.filter(({ observed }) => observed.role === "standby");
	const kept = standbys.flatMap((node): Following["kept"] => {
		const { status, upstreamNodeId } = node.observed;
		const upstream = [candidate, ...standbys].find(({ nodeId }) => nodeId === upstreamNodeId);
		return status === "streaming" && upstream !== undefined ? [[node, upstream]] : [];
	});
	const rest = others.filter((node) => !kept.some(([one]) => one === node));
	const able = rest.filter((node) => isWanted && isAble(facts, node, candidate));
	const isWitness = ({ registered }: NodeView): boolean => registered.type === "witness";
	return {
		kept,
		attached: able.filter((node) => standbys.includes(node)),
		witnesses: able.filter((node) => isWitness(node) && candidate.registered.host !== null),
		left: rest.filter((node) => !able.includes(node)),
	};
}

function isAble(facts: Facts, node: NodeView, candidate: NodeView): boolean {
	const ahead = lsnDistanceBytes(candidate.observed.receiveLsn, node.observed.receiveLsn) ?? 0;
	return hostOf(facts, node.nodeId).fault === undefined && (node.observed.role !== "standby" || ahead <= 0);
}

/** A standby that would be left behind is no reason to go without a primary: these checks only inform. */
export function followingChecks(
	facts: Facts,
	candidate: NodeView,
	{ kept, attached, witnesses, left }: Following,
): readonly Prerequisite[] {
	const title = "the other nodes follow";
	const come = [...attached, ...witnesses].map(quoted);
	const found = [
		come.length === 0
			? ""
			: `${listed(come)} ${come.length === 1 ? "is" : "are"} attached by steps of their own; what repmgr says about sibling nodes in its dry run does not matter.`,
		kept.length === 0
			? ""
			: `${listed(kept.map(([node]) => quoted(node)))} ${kept.length === 1 ? "stays" : "stay"} attached.`,
	]
		.filter((said) => said !== "")
		.join(" ");
	return [
		left.length === 0
			? ok(title, found === "" ? "There are none." : found)
			: warning(
					title,
					`${listed(left.map(quoted))} ${left.length === 1 ? "stays" : "stay"} behind. ${found}`.trim(),
					"Attach them afterwards: follow NODE",
				),
		...(attached.length === 0
			? []
			: [roomFor(facts, candidate, attached, isUsingSlots(facts, candidate.nodeId))]),
		...attached.map((node) => replicatesFrom(facts, node, candidate)),
		...[...attached, ...witnesses].flatMap((node) => [canRunOn(facts, node), hasConfigFile(facts, node)]),
		...attached.flatMap((node) => keepsSettings(facts, node)),
	].map(asWarning);
}

/** The steps start together, each with its own result. */
export function attachOthers(
	facts: Facts,
	candidate: NodeView,
	{ kept, attached, witnesses }: Following,
): readonly Step[] {
	const common = { settleSeconds: 60, runs: "in order", together: true, rejoinLogOn: null } as const;
	return [
		...kept.map(([node, upstream]) =>
			watchStep(`kept-${node.nodeId}`, `keep ${quoted(node)} attached to ${quoted(upstream)}`, node, {
				kind: "streaming",
				nodeId: node.nodeId,
				fromNodeId: upstream.nodeId,
			}),
		),
		...attached.map(
			(node): Step => ({
				...common,
				key: `follow-${node.nodeId}`,
				title: `attach ${quoted(node)} to ${quoted(candidate)}`,
				command: repmgr(facts, node, ["standby", "follow", `--upstream-node-id=${candidate.nodeId}`]),
				expects: [{ kind: "streaming", nodeId: node.nodeId, fromNodeId: candidate.nodeId }],
				verification: `${quoted(node)} streams from ${quoted(candidate)} on its timeline`,
				wayBack: `Attach it by hand: follow ${shellWords([node.nodeName])}`,
			}),
		),
		...witnesses.map(
			(node): Step => ({
				...common,
				key: `witness-${node.nodeId}`,
				title: `register witness ${quoted(node)} under ${quoted(candidate)}`,
				command: repmgr(facts, node, witnessRegister(candidate)),
				expects: [{ kind: "watching", nodeId: node.nodeId, upstreamNodeId: candidate.nodeId }],
				verification: `repmgr.nodes has ${quoted(node)} under ${quoted(candidate)}`,
				wayBack: `Register it by hand: witness-register ${shellWords([node.nodeName])}`,
			}),
		),
	];
}
