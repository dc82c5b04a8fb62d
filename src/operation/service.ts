import type { Intent } from "../cluster/intent.ts";
import { shellWords } from "../cluster/shell-words.ts";
import type { NodeView } from "../cluster/snapshot.ts";
import { listed, quoted } from "../cluster/words.ts";
import { failed, ok } from "./checks/check.ts";
import { nobodyElse, pauseKnown } from "./checks/cluster.ts";
import { canRunOn, hasConfigFile, hasDiskSpace, programsExist, sudoWorks } from "./checks/hosts.ts";
import { noBackup, noLongTransactions } from "./checks/primary-work.ts";
import { repmgr } from "./commands.ts";
import { type Facts, hostOf, nodeOf, serverOf } from "./facts.ts";
import { pausedNow, restorePauses, setPaused } from "./pause-steps.ts";
import type { Expectation, Prerequisite, Requested, Step } from "./plan.ts";
import { planOf, refused, refusedUnless } from "./refusal.ts";

/** `repmgr node service --action=start|restart`: PostgreSQL on one node, as its repmgr.conf says. */
export function requestService(
	intent: Extract<Intent, { kind: "start" | "restart" }>,
	facts: Facts,
): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`, "", "");
	return intent.kind === "start" ? requestStart(intent, facts, node) : requestRestart(intent, facts, node);
}

function requestStart(intent: Intent, facts: Facts, node: NodeView): Requested {
	const title = `start PostgreSQL on ${quoted(node)}`;
	const wasPrimary =
		hostOf(facts, node.nodeId).value?.look.controlData?.state === "shut down" &&
		node.registered.type !== "witness";
	const prerequisites = [
		nobodyElse(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sudoWorks(facts, node),
		programsExist(facts, node),
		hasDiskSpace(facts, node),
		isStopped(facts, node),
		...(node.registered.type === "witness" ? [] : [nobodyWasPromoted(facts, node)]),
	];
	const upstream = facts.snapshot.cluster.primaryNodeId;
	const expects: readonly Expectation[] =
		upstream === null && wasPrimary
			? [{ kind: "primary", nodeId: node.nodeId }]
			: node.registered.type === "standby" && upstream !== null
				? [{ kind: "streaming", nodeId: node.nodeId, fromNodeId: node.registered.upstreamNodeId ?? upstream }]
				: [{ kind: "restarted", nodeId: node.nodeId }];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [serviceStep(facts, node, "start", expects)],
			blastRadius: {
				restarts: [node.nodeId],
				dropped: "",
				writeOutageSeconds: null,
				lossBytes: 0,
				reasoning: wasPrimary
					? "It was shut down in good order as a primary: it comes back as one, with all it had."
					: "",
			},
			confirmation: { kind: "yes" },
		}),
	);
}

function requestRestart(intent: Intent, facts: Facts, node: NodeView): Requested {
	const title = `restart PostgreSQL on ${quoted(node)}`;
	const isPrimary = node.observed.role === "primary";
	const prerequisites = [
		nobodyElse(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sudoWorks(facts, node),
		programsExist(facts, node),
		hasDiskSpace(facts, node),
		noBackup(facts, node),
		noLongTransactions(facts, node),
		...(isPrimary ? [pauseKnown(facts)] : []),
	];
	const upstream = node.observed.upstreamNodeId;
	const expects: readonly Expectation[] = [
		{ kind: "restarted", nodeId: node.nodeId },
		...(isPrimary ? [{ kind: "primary", nodeId: node.nodeId } as const] : []),
		...(upstream === null ? [] : [{ kind: "streaming", nodeId: node.nodeId, fromNodeId: upstream } as const]),
	];
	// repmgrd must not take a primary that is slow to come back for a dead one.
	const others = isPrimary ? facts.snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused === false) : [];
	const sessions = serverOf(facts, node.nodeId).value?.clientSessions;
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...others.map((other) => setPaused(facts, other, true, "in order")),
				serviceStep(facts, node, "restart", expects),
				...(isPrimary ? restorePauses(facts) : []),
			],
			blastRadius: {
				restarts: [node.nodeId],
				dropped: `all connections to ${quoted(node)}${sessions == null ? "" : ` (now ${sessions} of clients)`}`,
				writeOutageSeconds: isPrimary ? { from: 0.5, to: 30 } : null,
				lossBytes: 0,
				reasoning: isPrimary ? "How long it takes depends on its checkpoint and its service manager." : "",
			},
			confirmation: isPrimary ? { kind: "name", name: node.nodeName } : { kind: "yes" },
			pausedBefore: isPrimary ? pausedNow(facts) : [],
		}),
	);
}

/** @param expects what is seen of it when it is done. */
export function serviceStep(
	facts: Facts,
	node: NodeView,
	action: "start" | "restart",
	expects: readonly Expectation[],
): Step {
	return {
		key: action,
		title: `PostgreSQL on ${quoted(node)} is ${action}ed`,
		command: repmgr(facts, node, ["node", "service", `--action=${action}`]),
		expects,
		settleSeconds: 60,
		verification: `${quoted(node)} answers, in its place`,
		wayBack: "See its log for why it does not start.",
		runs: "in order",
		rejoinLogOn: null,
	};
}

function isStopped(facts: Facts, node: NodeView): Prerequisite {
	const title = `${quoted(node)} is stopped`;
	const look = hostOf(facts, node.nodeId).value?.look;
	return look?.postmaster === false
		? ok(title, `No postmaster runs there; control data: ${look.controlData?.state ?? "unreadable"}.`)
		: failed(title, node.observed.reachable ? "It runs." : "Its host does not say so.", 'See "status".');
}

/** A former primary that starts beside a promoted one is a split brain: every other member has to say that it is none. */
function nobodyWasPromoted(facts: Facts, node: NodeView): Prerequisite {
	const title = "no second primary comes of it";
	const state = hostOf(facts, node.nodeId).value?.look.controlData?.state ?? null;
	if (state !== null && /recovery/.test(state))
		return ok(title, `Its control data say "${state}": it is a standby.`);
	const others = facts.snapshot.nodes.filter(
		(other) => other !== node && other.registered.type !== "witness",
	);
	const primary = others.find(({ observed }) => observed.role === "primary");
	if (primary !== undefined) {
		return failed(
			title,
			`It was a primary, and ${quoted(primary)} is one now.`,
			`rejoin ${shellWords([node.nodeName])}`,
		);
	}
	const silent = others.filter(({ observed }) => !observed.reachable);
	return silent.length === 0
		? ok(title, "It was a primary, and all others answer as standbys.")
		: failed(
				title,
				`It was a primary, and ${listed(silent.map(quoted))} can't be asked whether it was promoted.`,
				"Make them answer first.",
			);
}
