import type { Intent } from "../model/intent.ts";
import { current } from "../model/node-state.ts";
import type { NodeView } from "../model/snapshot.ts";
import { shellWords } from "../text/shell.ts";
import { listed, quoted } from "../text/words.ts";
import { failed, neverRefusing, ok, warning } from "./checks/check.ts";
import { nobodyElse, pauseKnown } from "./checks/cluster.ts";
import {
	canRunOn,
	hasConfigFile,
	hasDiskSpace,
	programsExist,
	stopsItsServer,
	sudoWorks,
} from "./checks/hosts.ts";
import { archiveIsUpToDate, noBackup, noLongTransactions } from "./checks/primary-work.ts";
import { repmgr } from "./plan/commands.ts";
import { type Facts, hostOf, nodeOf, serverOf } from "./plan/facts.ts";
import type { Expectation, Prerequisite, Requested, Step } from "./plan/plan.ts";
import { planOf, refused, refusedUnless } from "./plan/refusal.ts";
import { watchStep } from "./plan/watch-step.ts";
import { pausedNow, restorePauses, setPaused } from "./repmgrd/pause-steps.ts";

/** `repmgr node service --action=start|stop|restart`: PostgreSQL on one node, as its repmgr.conf says. */
export function requestService(
	intent: Extract<Intent, { kind: "start" | "stop" | "restart" }>,
	facts: Facts,
): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`, "", "");
	switch (intent.kind) {
		case "start":
			return requestStart(intent, facts, node);
		case "stop":
			return requestStop(intent, facts, node);
		case "restart":
			return requestRestart(intent, facts, node);
	}
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
	const place: Expectation | null =
		upstream === null && wasPrimary
			? { kind: "primary", nodeId: node.nodeId }
			: node.registered.type === "standby" && upstream !== null
				? { kind: "streaming", nodeId: node.nodeId, fromNodeId: node.registered.upstreamNodeId ?? upstream }
				: null;
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [serviceStep(facts, node, "start"), ...inPlace(facts, node, place)],
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
	const place: Expectation | null = isPrimary
		? { kind: "primary", nodeId: node.nodeId }
		: upstream === null
			? null
			: { kind: "streaming", nodeId: node.nodeId, fromNodeId: upstream };
	// repmgrd must not take a primary that is slow to come back for a dead one.
	const others = isPrimary ? facts.snapshot.nodes.filter(({ repmgrd }) => repmgrd.paused === false) : [];
	const sessions = serverOf(facts, node.nodeId).value?.clientSessions;
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...others.map((other) => setPaused(facts, other, true, "in order")),
				serviceStep(facts, node, "restart"),
				...inPlace(facts, node, place),
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

/**
 * Nothing starts PostgreSQL again by itself, repmgrd neither. Only the repmgrds that watch a primary act when it is gone: they
 * are paused, and stay so, for the election would come within the next minute.
 */
function requestStop(intent: Intent, facts: Facts, node: NodeView): Requested {
	const title = `stop PostgreSQL on ${quoted(node)}`;
	if (hostOf(facts, node.nodeId).value?.look.postmaster === false) {
		return refused(`PostgreSQL on ${quoted(node)} is stopped already`, "", "");
	}
	const { nodes } = facts.snapshot;
	const isPrimary = node.observed.role === "primary";
	const others = nodes.filter((other) => other !== node && other.observed.role === "primary");
	const isOnly = isPrimary && others.length === 0;
	const paused = nodes.filter(
		(other) =>
			isPrimary &&
			other.observed.reachable &&
			other.observed.role !== "primary" &&
			other.repmgrd.paused === false &&
			(isOnly || watches(other, node)),
	);
	const prerequisites = [
		nobodyElse(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sudoWorks(facts, node),
		programsExist(facts, node),
		stopsItsServer(facts, node),
		whoIsLeft(facts, node, others),
		...(isPrimary ? [neverRefusing(archiveIsUpToDate(facts, node))] : []),
		neverRefusing(noBackup(facts, node)),
	];
	const sessions = serverOf(facts, node.nodeId).value?.clientSessions;
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...paused.map((other) => setPaused(facts, other, true, "in order")),
				stopStep(facts, node, "stopped"),
			],
			blastRadius: {
				restarts: [],
				dropped: `all connections to ${quoted(node)}${sessions == null ? "" : ` (now ${sessions} of clients)`}`,
				writeOutageSeconds: null,
				lossBytes: 0,
				reasoning: [
					isOnly ? `Nobody accepts writes from then on, until ${quoted(node)} is started again.` : "",
					others.length > 0
						? "What only it has stays in its data directory: to be saved before it is rejoined."
						: "",
					paused.length > 0
						? `repmgrd on ${listed(paused.map(quoted))} stays paused, or it would promote a standby: unpause when there is one primary, and all follow it.`
						: "",
				]
					.filter((said) => said !== "")
					.join(" "),
			},
			confirmation: { kind: "name", name: node.nodeName },
		}),
	);
}

/** Its repmgrd would act if that node were gone. */
function watches({ observed, state }: NodeView, { nodeId }: NodeView): boolean {
	return observed.upstreamNodeId === nodeId || current(state.server)?.repmgrd?.upstreamNodeId === nodeId;
}

function whoIsLeft({ snapshot }: Facts, node: NodeView, others: readonly NodeView[]): Prerequisite {
	const followers = snapshot.nodes.filter(({ observed }) => observed.upstreamNodeId === node.nodeId);
	const left = followers.length === 0 ? "" : ` ${listed(followers.map(quoted))} will receive from nobody.`;
	if (node.observed.role !== "primary") {
		const title = `nobody receives from ${quoted(node)}`;
		return left === "" ? ok(title, "Nobody is seen to.") : warning(title, left.trim());
	}
	const title = "another primary accepts writes";
	if (others.length === 0) {
		return warning(
			title,
			`${quoted(node)} is the only primary: nobody accepts writes once it is stopped.${left}`,
			"To have another primary: switchover --to NODE",
		);
	}
	const found = `${listed(others.map(quoted))} ${others.length === 1 ? "does" : "do"}.`;
	return left === "" ? ok(title, found) : warning(title, `${found}${left}`);
}

/** @param how whether it has to be a clean shutdown. */
export function stopStep(facts: Facts, node: NodeView, how: "stopped" | "shut down"): Step {
	return {
		key: "stop",
		title: `stop PostgreSQL on ${quoted(node)}`,
		command: repmgr(facts, node, ["node", "service", "--action=stop"]),
		expects: [{ kind: how, nodeId: node.nodeId }],
		settleSeconds: 60,
		verification: `no postmaster runs on the host of ${quoted(node)}${how === "stopped" ? "" : ', and its control data say "shut down"'}`,
		wayBack:
			node.observed.role === "primary"
				? `Nothing is lost. If ${quoted(node)} is started again, it is a primary as before.`
				: `Start ${quoted(node)} again.`,
		runs: "in order",
		rejoinLogOn: null,
	};
}

/** It is done when the server answers; whether it comes into its place is a step of its own. */
export function serviceStep(facts: Facts, node: NodeView, action: "start" | "restart"): Step {
	return {
		key: action,
		title: `${action} PostgreSQL on ${quoted(node)}`,
		command: repmgr(facts, node, ["node", "service", `--action=${action}`]),
		expects: [{ kind: "restarted", nodeId: node.nodeId }],
		settleSeconds: 60,
		verification: `${quoted(node)} answers`,
		wayBack: "See its log for why it does not start.",
		runs: "in order",
		rejoinLogOn: null,
	};
}

function inPlace(facts: Facts, node: NodeView, place: Expectation | null): readonly Step[] {
	if (place === null) return [];
	const upstream = place.kind === "streaming" ? nodeOf(facts, place.fromNodeId) : null;
	const title =
		upstream === null
			? `see ${quoted(node)} accept writes`
			: `see ${quoted(node)} stream from ${quoted(upstream)}`;
	return [watchStep("in-place", title, node, place)];
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
