import type { SwitchoverIntent } from "../../model/intent.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { siblingsOf } from "../checks/cluster.ts";
import type { Operation } from "../operation.ts";
import { pausedNow, restorePauses } from "../pause/steps.ts";
import { repmgr, sshHosts } from "../plan/commands.ts";
import { confValue, type Facts, nodeOf } from "../plan/facts.ts";
import type { Requested, Step } from "../plan/plan.ts";
import { planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { dryRunStep, step, watchStep } from "../plan/step.ts";
import {
	NO_PRIMARY,
	nodeIdOf,
	nodeQuestion,
	SIBLINGS_FOLLOW,
	standbyNote,
	standbysOf,
} from "../questions.ts";
import { type Roles, switchoverChecks } from "./checks.ts";
import { checkpointFirst, switchoverImpact } from "./impact.ts";

export const SWITCHOVER: Operation<SwitchoverIntent> = {
	kind: "switchover",
	title: "switch over",
	about: "A standby becomes the primary, and the primary a standby. Writes stop for a moment.",
	commandLine: {
		about: "make a standby the primary, and the primary a standby",
		options: [
			{
				flags: "--to <node>",
				about: "the standby that is to become the primary: its name, or its id",
				key: "node",
				takes: "node",
				isRequired: true,
			},
			{
				flags: "--no-siblings-follow",
				about: "leave the other nodes where they are",
				key: "siblingsFollow",
			},
			{
				flags: "--force-rewind",
				about: "rewind the old primary if it has WAL that the new one lacks",
				key: "forceRewind",
			},
			{
				flags: "--accept-lost-slots",
				about: "go on although logical slots stay behind, and their subscribers with them",
				key: "acceptLostSlots",
			},
		],
	},
	questions: (snapshot) => [
		nodeQuestion("node", "The new primary", leastLagFirst(standbysOf(snapshot)), (node) => ({
			note: standbyNote(node),
			unfit: unfitToTakeOver(node, snapshot),
		})),
		SIBLINGS_FOLLOW,
		{
			key: "forceRewind",
			kind: "switch",
			title: "the old primary may be rewound if it is ahead",
			option: "--force-rewind",
			isOn: false,
		},
		{
			key: "acceptLostSlots",
			kind: "switch",
			title: "logical slots may be left behind",
			option: "--accept-lost-slots",
			isOn: false,
		},
	],
	intent: (values) => ({
		kind: "switchover",
		nodeId: nodeIdOf(values),
		siblingsFollow: values.siblingsFollow === true,
		forceRewind: values.forceRewind === true,
		acceptLostSlots: values.acceptLostSlots === true,
	}),
	needs: { sshFromNode: true, replicationFromNode: true },
	plan: planSwitchover,
};

/** Of the streaming standbys the one nearest to the primary first, then by priority, as repmgrd would choose. */
function leastLagFirst(nodes: readonly NodeView[]): readonly NodeView[] {
	const behind = ({ observed }: NodeView): number => observed.lagBytes ?? Number.POSITIVE_INFINITY;
	return nodes.toSorted(
		(one, other) =>
			Math.sign(behind(one) - behind(other)) ||
			other.registered.priority - one.registered.priority ||
			one.nodeId - other.nodeId,
	);
}

/** Of the standbys that can take over the one that repmgrd would prefer by its priority; null: none can. */
export function likeliestCandidate(snapshot: ClusterSnapshot): NodeView | null {
	const fit = standbysOf(snapshot).filter(
		(node) => unfitToTakeOver(node, snapshot) === null && node.registered.priority > 0,
	);
	return fit.toSorted((one, other) => other.registered.priority - one.registered.priority)[0] ?? null;
}

export function unfitToTakeOver(node: NodeView, { cluster }: ClusterSnapshot): string | null {
	if (cluster.primaryNodeId === null) return NO_PRIMARY;
	if (node.observed.status !== "streaming") return `it is ${node.observed.status}`;
	if (node.observed.upstreamNodeId !== cluster.primaryNodeId)
		return "it does not stream from the primary itself";
	return node.observed.replayPaused === true ? "its WAL replay is paused" : null;
}

/**
 * `repmgr standby switchover`, and what it does not do itself: repmgr pauses repmgrd on all nodes and leaves it paused when it
 * gives up (do_standby_switchover() in repmgr-action-standby.c).
 */
function planSwitchover(intent: SwitchoverIntent, facts: Facts): Requested {
	const candidate = nodeOf(facts, intent.nodeId);
	const { primaryNodeId, systemIdentifier } = facts.snapshot.cluster;
	const primary = primaryNodeId === null ? null : nodeOf(facts, primaryNodeId);
	if (candidate === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `switchover to ${quoted(candidate)}`;
	if (primary === null || systemIdentifier === null) {
		return refused(`${title} is refused: no primary is seen, or more than one`, {
			detail: "A switchover needs a primary and a standby that both work.",
			hint: 'See "status" for why. "promote" is for a lost primary.',
		});
	}
	if (candidate === primary) {
		return refused(`${quoted(candidate)} is the primary already`, { hint: "Choose one of its standbys." });
	}
	if (candidate.registered.type === "witness") {
		return refused(`${quoted(candidate)} is a witness`, {
			detail: "A witness has no data of the cluster.",
			hint: "Choose a standby.",
		});
	}
	const roles: Roles = { candidate, primary, siblings: siblingsOf(facts, candidate, primary) };
	const prerequisites = switchoverChecks(intent, facts, roles);
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				tryFirst(intent, facts, roles),
				...checkpointFirst(facts, primary),
				...changePrimary(intent, facts, roles),
				...restorePauses(facts),
			],
			blastRadius: switchoverImpact(facts, roles),
			confirmation: { kind: "name", name: candidate.nodeName },
			pausedBefore: pausedNow(facts),
		}),
	);
}

export function tryFirst(intent: SwitchoverIntent, facts: Facts, { candidate, primary }: Roles): Step {
	return dryRunStep(repmgr(facts, candidate, [...words(intent), "--dry-run"], sshHosts([primary])));
}

export function changePrimary(intent: SwitchoverIntent, facts: Facts, roles: Roles): readonly Step[] {
	return [
		change(intent, facts, roles),
		...(intent.siblingsFollow ? roles.siblings.map((node) => follows(node, roles.candidate)) : []),
	];
}

function words({ siblingsFollow, forceRewind }: SwitchoverIntent): readonly string[] {
	return [
		...["standby", "switchover"],
		...(siblingsFollow ? ["--siblings-follow"] : []),
		...(forceRewind ? ["--force-rewind"] : []),
	];
}

/** repmgr attaches the siblings within its switchover; whether that worked does not decide the switchover's own step. */
function follows(node: NodeView, { nodeId: to, nodeName }: NodeView): Step {
	const { nodeId, registered } = node;
	return watchStep(
		`follows-${nodeId}`,
		`see ${quoted(node)} follow ${quoted({ nodeName })}`,
		node,
		registered.type === "witness"
			? { kind: "watching", nodeId, upstreamNodeId: to }
			: { kind: "streaming", nodeId, fromNodeId: to },
	);
}

function change(intent: SwitchoverIntent, facts: Facts, { candidate, primary, siblings }: Roles): Step {
	return step({
		key: "switchover",
		title: `stop ${quoted(primary)}, promote ${quoted(candidate)}, rejoin ${quoted(primary)}`,
		command: repmgr(facts, candidate, words(intent), sshHosts([primary, ...siblings])),
		expects: [
			{ kind: "primary", nodeId: candidate.nodeId },
			{ kind: "streaming", nodeId: primary.nodeId, fromNodeId: candidate.nodeId },
		],
		settleSeconds: Number(confValue(facts, candidate.nodeId, "standby_reconnect_timeout") ?? 60),
		verification: `${quoted(candidate)} is the only primary, and ${quoted(primary)} streams from it on its timeline`,
		wayBack: `Before the promotion: start ${quoted(primary)} again, nothing is lost. After it: rejoin ${quoted(primary)} to ${quoted(candidate)}.`,
		// repmgr names the old primary's host, but the candidate's shell writes the log (seen with repmgr 5.3.3).
		rejoinLogOn: candidate.nodeId,
	});
}
