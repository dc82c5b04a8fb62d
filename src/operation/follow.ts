import type { Intent } from "../model/intent.ts";
import { lsnDistanceBytes } from "../model/lsn.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";
import { shellWords } from "../text/shell.ts";
import { quoted } from "../text/words.ts";
import { replays, roomFor } from "./checks/candidate.ts";
import { failed, ok, unknown } from "./checks/check.ts";
import { noOtherOperation } from "./checks/cluster.ts";
import { canRunOn, hasConfigFile, keepsSettings, programsExist, sudoWorks } from "./checks/hosts.ts";
import { noLongTransactions } from "./checks/primary-work.ts";
import type { Operation } from "./operation.ts";
import { pausedNow, pauseSteps, restorePauses } from "./pause/steps.ts";
import { repmgr } from "./plan/commands.ts";
import { type Facts, isRestartedToFollow, isUsingSlots, nodeOf } from "./plan/facts.ts";
import type { Prerequisite, Requested, Step } from "./plan/plan.ts";
import { connectionsTo, impact, planOf, refused, refusedUnless } from "./plan/refusal.ts";
import { dryRunStep, step } from "./plan/step.ts";
import { nodeIdOf, nodeQuestion, standbysOf, unlessStandby } from "./questions.ts";
import { serviceStep } from "./service/steps.ts";

type FollowIntent = Extract<Intent, { kind: "follow" }>;

export const FOLLOW: Operation<FollowIntent> = {
	kind: "follow",
	title: "follow",
	about: "A running standby gets another upstream.",
	commandLine: {
		about: "give a standby another upstream",
		takesNode: true,
		options: [
			{
				flags: "--upstream <node>",
				about: "follow this node instead of the primary",
				key: "upstream",
				takes: "node",
				noPrimary: "no primary is seen, or more than one: give --upstream",
			},
		],
	},
	questions: (snapshot) => [
		nodeQuestion("node", "The standby", standbysOf(snapshot), (node) => ({
			note: upstreamNote(node, snapshot),
			unfit: unlessStandby(node),
		})),
		nodeQuestion(
			"upstream",
			"Its new upstream",
			[
				...snapshot.nodes.filter(({ nodeId }) => nodeId === snapshot.cluster.primaryNodeId),
				...standbysOf(snapshot).filter(({ nodeId }) => nodeId !== snapshot.cluster.primaryNodeId),
			],
			({ observed: { role, status } }) => ({
				note: status,
				unfit: role === "primary" || status === "streaming" ? null : `it is ${status}`,
			}),
		),
	],
	intent: (values) => ({
		kind: "follow",
		nodeId: nodeIdOf(values),
		upstreamNodeId: nodeIdOf(values, "upstream"),
	}),
	plan: planFollow,
};

function upstreamNote({ observed }: NodeView, { nodes }: ClusterSnapshot): string {
	const upstream = nodes.find(({ nodeId }) => nodeId === observed.upstreamNodeId);
	return `${observed.status}${upstream === undefined ? "" : ` from ${upstream.nodeName}`}`;
}

/**
 * `repmgr standby follow`. Where repmgr would refuse otherwise (needsRestartToFollow()), PostgreSQL restarts first, with repmgrd
 * paused: repmgrd would have it follow at once, while systemd still starts the unit and so drops the reload that makes the new
 * upstream known.
 */
function planFollow(intent: FollowIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	const upstream = nodeOf(facts, intent.upstreamNodeId);
	if (node === null || upstream === null) return refused("no such node is registered");
	const title = `${quoted(node)} follows ${quoted(upstream)}`;
	if (node.observed.role !== "standby") {
		return refused(`${title} is refused: ${quoted(node)} is not seen as a standby`, {
			detail: `It is ${node.observed.status}.`,
		});
	}
	if (node.observed.status === "streaming" && node.observed.upstreamNodeId === upstream.nodeId) {
		return refused(`${quoted(node)} streams from ${quoted(upstream)} already`);
	}
	const isRestarted = isRestartedToFollow(facts, node);
	const prerequisites = [
		noOtherOperation(facts),
		...followChecks(facts, node, upstream),
		programsExist(facts, node, isRestarted ? "service_" : "service_reload_command"),
		...(isRestarted ? [sudoWorks(facts, node), noLongTransactions(facts, node)] : []),
		roomFor(facts, upstream, [node], isUsingSlots(facts, node.nodeId)),
	];
	const pausedBefore = isRestarted ? pausedNow(facts).filter(({ nodeId }) => nodeId === node.nodeId) : [];
	const words = followWords(upstream);
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...(isRestarted ? [...pauseSteps(facts, [node]), serviceStep(facts, node, "restart")] : []),
				dryRunStep(repmgr(facts, node, [...words, "--dry-run"]), isRestarted ? "trial" : undefined),
				followStep(facts, node, upstream),
				...restorePauses(facts, pausedBefore),
			],
			blastRadius: impact({
				restarts: isRestarted ? [node.nodeId] : [],
				dropped: isRestarted
					? connectionsTo(facts, node)
					: `the walreceiver of ${quoted(node)}; before PostgreSQL 13, or with standby_follow_restart, the server restarts`,
				reasoning: isRestarted
					? `${quoted(node)} has received the beginning of a record that ${quoted(upstream)} does not have. The restart discards that; it has no other WAL of its own.`
					: "",
			}),
			confirmation: { kind: "yes" },
			pausedBefore,
		}),
	);
}

function followWords({ nodeId }: NodeView): readonly string[] {
	return ["standby", "follow", `--upstream-node-id=${nodeId}`];
}

/** `repmgr standby follow`, where no restart is needed before it. */
export function followStep(facts: Facts, node: NodeView, upstream: NodeView): Step {
	return step({
		key: "follow",
		title: `attach ${quoted(node)} to ${quoted(upstream)}`,
		command: repmgr(facts, node, followWords(upstream)),
		expects: [{ kind: "streaming", nodeId: node.nodeId, fromNodeId: upstream.nodeId }],
		settleSeconds: 60,
		verification: `${quoted(node)} streams from ${quoted(upstream)} on its timeline`,
		wayBack: "Repeat it with the previous upstream.",
	});
}

export function followChecks(facts: Facts, node: NodeView, upstream: NodeView): readonly Prerequisite[] {
	return [
		canServe(upstream),
		noCycle(facts, node, upstream),
		notAhead(node, upstream),
		replays(node),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		...keepsSettings(facts, node),
	];
}

function canServe(upstream: NodeView): Prerequisite {
	const title = `${quoted(upstream)} can be an upstream`;
	const { role, status } = upstream.observed;
	return role === "primary" || (role === "standby" && status === "streaming")
		? ok(title, `It is a ${role}, ${status}.`)
		: failed(
				title,
				`It is ${role === null ? "" : `a ${role}, `}${status}.`,
				"Choose the primary, or a standby that streams.",
			);
}

function noCycle(facts: Facts, node: NodeView, upstream: NodeView): Prerequisite {
	const title = `${quoted(upstream)} does not receive from ${quoted(node)}`;
	let at: NodeView | null = upstream;
	for (let hops = 0; at !== null && hops <= facts.snapshot.nodes.length; hops++) {
		if (at === node)
			return failed(title, "It does, so neither would receive from the primary.", "Choose another upstream.");
		at = at.observed.upstreamNodeId === null ? null : nodeOf(facts, at.observed.upstreamNodeId);
	}
	return ok(title, "It does not.");
}

/** A standby can't follow an upstream that lacks some of its WAL. */
function notAhead(node: NodeView, upstream: NodeView): Prerequisite {
	const title = `${quoted(node)} is not ahead of ${quoted(upstream)}`;
	// Two standbys that receive were read at different moments: their positions can't be compared.
	if (node.observed.status === "streaming") return ok(title, "It streams.");
	const there = upstream.observed.currentLsn ?? upstream.observed.receiveLsn;
	const ahead = lsnDistanceBytes(there, node.observed.receiveLsn);
	if (ahead === null) return unknown(title, "Their positions can't be read; repmgr's dry run checks them.");
	const { timeline } = node.observed;
	if (ahead > 0 && timeline === null)
		return unknown(
			title,
			`It is ${ahead} bytes ahead, on an unknown timeline; repmgr's dry run checks that.`,
		);
	return ahead > 0 && upstream.observed.timeline === timeline
		? failed(
				title,
				`It is ${ahead} bytes ahead.`,
				`Rewind it: rejoin ${shellWords([node.nodeName])} --stop-first --force-rewind. Or clone it again: clone ${shellWords([node.nodeName])}`,
			)
		: ok(title, "It is not.");
}
