import { byPromotionFitness } from "../../assess/promotion-order.ts";
import type { PromoteIntent } from "../../model/intent.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { replays } from "../checks/candidate.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile, hasDiskSpace } from "../checks/hosts.ts";
import {
	allStandbysAnswer,
	hasMostWal,
	killForGood,
	noNodeSeesThePrimary,
	primaryIsFenced,
} from "../checks/lost-primary.ts";
import { ACCEPT_LOSS } from "../command-line.ts";
import type { Operation } from "../operation.ts";
import { pausedNow, pauseSteps, restorePauses } from "../pause/steps.ts";
import { repmgr } from "../plan/commands.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import type { BlastRadius, Requested, Step } from "../plan/plan.ts";
import { planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { checkpointStep, dryRunStep, step } from "../plan/step.ts";
import {
	nodeIdOf,
	nodeQuestion,
	SIBLINGS_FOLLOW,
	standbyNote,
	standbysOf,
	unlessStandby,
} from "../questions.ts";
import { serviceCommand } from "../service/command.ts";
import { attachOthers, followingChecks, followingOf } from "./followers.ts";

export const PROMOTE: Operation<PromoteIntent> = {
	kind: "promote",
	title: "promote",
	about:
		"A standby becomes the primary because the primary is lost. What it has not received is lost with it.",
	commandLine: {
		about: "make a standby the primary where the primary is lost",
		takesNode: true,
		options: [
			{
				flags: "--no-siblings-follow",
				about: "leave the other standbys where they are",
				key: "siblingsFollow",
			},
			{
				flags: "--accept-lesser",
				about: "promote even if another standby has more WAL (that WAL is lost)",
				key: "acceptLesser",
			},
			ACCEPT_LOSS,
		],
	},
	questions: (snapshot) => [
		nodeQuestion(
			"node",
			"The new primary",
			byPromotionFitness(standbysOf(snapshot), snapshot.nodes),
			(node) => ({ note: standbyNote(node), unfit: unfitToBePromoted(node, snapshot) }),
		),
		SIBLINGS_FOLLOW,
		{
			key: "acceptLesser",
			kind: "switch",
			title: "even if another standby has more WAL, which is lost",
			option: "--accept-lesser",
			isOn: false,
		},
	],
	intent: (values) => ({
		kind: "promote",
		nodeId: nodeIdOf(values),
		siblingsFollow: values.siblingsFollow === true,
		acceptLesser: values.acceptLesser === true,
	}),
	needs: { replicationFromNode: true },
	plan: planPromote,
};

function unfitToBePromoted(node: NodeView, { cluster, nodes }: ClusterSnapshot): string | null {
	const primary = nodes.find(({ nodeId }) => nodeId === cluster.primaryNodeId);
	return primary === undefined
		? unlessStandby(node)
		: `${quoted(primary)} is a living primary: switch over instead`;
}

/** `repmgr standby promote` where the primary is lost: repmgrd is paused first, and what is left of the primary is fenced. */
function planPromote(intent: PromoteIntent, facts: Facts): Requested {
	const candidate = nodeOf(facts, intent.nodeId);
	if (candidate === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `promote ${quoted(candidate)}`;
	const primary = facts.snapshot.nodes.find(({ observed }) => observed.role === "primary");
	if (primary !== undefined) {
		return refused(`${title} is refused: ${quoted(primary)} is a primary, and answers`, {
			hint: `switchover --to ${shellWords([candidate.nodeName])}`,
		});
	}
	if (candidate.observed.role !== "standby") {
		return refused(`${title} is refused: it is not seen as a standby`, {
			detail: `It is ${candidate.observed.status}.`,
		});
	}
	const old = lostPrimary(facts, candidate);
	const others = facts.snapshot.nodes.filter(
		(node) => node !== candidate && node !== old && node.registered.active && node.observed.reachable,
	);
	const following = followingOf(facts, candidate, others, intent.siblingsFollow);
	const prerequisites = [
		noOtherOperation(facts),
		noNodeSeesThePrimary(facts, old),
		primaryIsFenced(facts, old),
		hasMostWal(facts, candidate, intent.acceptLesser),
		allStandbysAnswer(facts, candidate, old),
		replays(candidate),
		...followingChecks(facts, candidate, following),
		canRunOn(facts, candidate),
		hasConfigFile(facts, candidate),
		hasDiskSpace(facts, candidate),
	];
	const words = ["standby", "promote"];
	const blastRadius = impactOf(facts, candidate, old);
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				dryRunStep(repmgr(facts, candidate, [...words, "--dry-run"])),
				...pauseSteps(
					facts,
					facts.snapshot.nodes.filter(({ observed }) => observed.reachable),
				),
				...fence(facts, old),
				promotion(facts, candidate, words),
				...attachOthers(facts, candidate, following),
				{ ...checkpointStep(facts, candidate, "so that the old primary can be rewound"), together: true },
				...restorePauses(facts),
			],
			blastRadius,
			confirmation: { kind: "name and loss", name: candidate.nodeName, lossBytes: blastRadius.lossBytes },
			pausedBefore: pausedNow(facts),
		}),
	);
}

/** The registered primary, or else the candidate's upstream. */
function lostPrimary({ snapshot }: Facts, candidate: NodeView): NodeView | null {
	return (
		snapshot.nodes.find(
			(node) => node !== candidate && node.registered.type === "primary" && node.registered.active,
		) ??
		snapshot.nodes.find(
			// The upstream in a cascade is a standby, which must not be fenced.
			(node) => node.nodeId === candidate.registered.upstreamNodeId && node.observed.role !== "standby",
		) ??
		null
	);
}

const FENCE_SECONDS = 90;

/** A postmaster that runs but does not answer must not continue beside the new primary. */
function fence(facts: Facts, old: NodeView | null): readonly Step[] {
	const postmaster = old && hostOf(facts, old.nodeId).value?.look.postmaster;
	if (old === null || !postmaster) return [];
	return [
		step({
			key: "fence",
			title: `stop PostgreSQL on ${quoted(old)}, if it still reacts`,
			// A hanging server may not stop: then the promotion is not done.
			command: serviceCommand(facts, old, "stop", FENCE_SECONDS),
			expects: [{ kind: "stopped", nodeId: old.nodeId }],
			settleSeconds: 30,
			verification: `no postmaster runs on the host of ${quoted(old)}`,
			wayBack: `Start ${quoted(old)} again: it is the primary as before. If it does not stop, as its owner there: ${killForGood(postmaster.pid)}; or cut it off; then promote again.`,
		}),
	];
}

function promotion(facts: Facts, candidate: NodeView, words: readonly string[]): Step {
	return step({
		key: "promote",
		title: `promote ${quoted(candidate)}`,
		command: repmgr(facts, candidate, words),
		expects: [{ kind: "primary", nodeId: candidate.nodeId }],
		settleSeconds: 60,
		verification: `${quoted(candidate)} is the only primary`,
		wayBack: "None: the old primary has to rejoin the new one, or be cloned again.",
	});
}

function impactOf(facts: Facts, candidate: NodeView, old: NodeView | null): BlastRadius {
	const { lossBytes, isCertain, reasoning } = lossOf(facts, candidate, old);
	return {
		restarts: [],
		dropped: `connections to ${old === null ? "the old primary" : quoted(old)}, if any are left`,
		writeOutageSeconds: null,
		lossBytes,
		...(isCertain ? {} : { mayLoseMore: true }),
		reasoning,
	};
}

/** What the old primary had written and the candidate lacks, by its control data or its last reading. */
function lossOf({ survey, snapshot }: Facts, candidate: NodeView, old: NodeView | null) {
	const control = old && survey.nodes.get(old.nodeId)?.host.value?.look.controlData;
	const receive = candidate.observed.receiveLsn;
	if (control?.state === "shut down" && control.checkpointLsn !== null) {
		const distance = lsnDistanceBytes(receive, control.checkpointLsn);
		const text = `${old === null ? "" : quoted(old)} was shut down at ${control.checkpointLsn}; ${quoted(candidate)} has received up to ${receive ?? "an unknown position"}.`;
		return { lossBytes: distance === null ? null : Math.max(0, distance), isCertain: true, reasoning: text };
	}
	const seen = old?.state.server.good ?? null;
	const distance = lsnDistanceBytes(receive, seen?.value.currentLsn ?? null);
	if (seen === null || distance === null) {
		return {
			lossBytes: null,
			isCertain: true,
			reasoning: "The position of the old primary was never seen by this console.",
		};
	}
	const seconds = Math.round((snapshot.takenAt - seen.at) / 1000);
	return {
		lossBytes: Math.max(0, distance),
		isCertain: false,
		reasoning: `When it was last seen, ${seconds} s ago, the old primary was at ${seen.value.currentLsn}; ${quoted(candidate)} has received up to ${receive}. What it wrote since then is lost, too.`,
	};
}
