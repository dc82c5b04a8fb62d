import type { SwitchoverIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { siblingsOf } from "../checks/cluster.ts";
import { repmgr, sshHosts } from "../plan/commands.ts";
import { dryRunOf } from "../plan/dry-run.ts";
import { confValue, type Facts, nodeOf } from "../plan/facts.ts";
import type { Requested, Step } from "../plan/plan.ts";
import { planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { watchStep } from "../plan/watch-step.ts";
import { pausedNow, restorePauses } from "../repmgrd/pause-steps.ts";
import { switchoverChecks } from "./checks.ts";
import { checkpointFirst, switchoverImpact } from "./impact.ts";
import type { Roles } from "./roles.ts";

/** `repmgr standby switchover`, with what it lacks around it (repmgr-action-standby.c; field notes 1.6). */
export function requestSwitchover(intent: SwitchoverIntent, facts: Facts): Requested {
	const candidate = nodeOf(facts, intent.nodeId);
	const { primaryNodeId, systemIdentifier } = facts.snapshot.cluster;
	const primary = primaryNodeId === null ? null : nodeOf(facts, primaryNodeId);
	if (candidate === null) return refused(`node ${intent.nodeId} is not registered`, "", "");
	const title = `switchover to ${quoted(candidate)}`;
	if (primary === null || systemIdentifier === null) {
		return refused(
			`${title} is refused: no primary is seen, or more than one`,
			"A switchover is for two nodes that are well.",
			'See "status" for why. "promote" is for a primary that is lost.',
		);
	}
	if (candidate === primary) {
		return refused(`${quoted(candidate)} is the primary already`, "", "Choose one of its standbys.");
	}
	if (candidate.registered.type === "witness") {
		return refused(
			`${quoted(candidate)} is a witness`,
			"It has no data of the cluster.",
			"Choose a standby.",
		);
	}
	const roles: Roles = { candidate, primary, siblings: siblingsOf(facts, candidate, primary) };
	const prerequisites = switchoverChecks(intent, facts, roles);
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				dryRunOf(repmgr(facts, candidate, [...words(intent), "--dry-run"], sshHosts([primary]))),
				...checkpointFirst(facts, primary),
				change(intent, facts, roles),
				...(intent.siblingsFollow ? roles.siblings.map((node) => follows(node, candidate)) : []),
				...restorePauses(facts),
			],
			blastRadius: switchoverImpact(facts, roles),
			confirmation: { kind: "name", name: candidate.nodeName },
			pausedBefore: pausedNow(facts),
		}),
	);
}

function words({ siblingsFollow, forceRewind }: SwitchoverIntent): readonly string[] {
	return [
		...["standby", "switchover"],
		...(siblingsFollow ? ["--siblings-follow"] : []),
		...(forceRewind ? ["--force-rewind"] : []),
	];
}

/** repmgr has them follow within its switchover; whether they came is no matter of the switchover itself. */
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
	return {
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
		runs: "in order",
		// Its shell writes it there, whatever repmgr itself says of where to look.
		rejoinLogOn: candidate.nodeId,
	};
}
