import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted } from "../../text/words.ts";
import { asWarning, ok, warning } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile, programsExist, stopsItsServer, sudoWorks } from "../checks/hosts.ts";
import { archiveIsUpToDate, noBackup } from "../checks/primary-work.ts";
import type { Operation } from "../operation.ts";
import { pauseSteps } from "../pause/steps.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { connectionsTo, impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { nodeIdOf, nodeQuestion, proposedFirst } from "../questions.ts";
import { lossInCommits, ownWalOf } from "../rejoin/own-commits.ts";
import { type ServiceIntent, stopStep } from "./steps.ts";
export const STOP: Operation<ServiceIntent> = {
	kind: "stop",
	title: "stop PostgreSQL",
	about: "Stops the server of a node, above all the wrong primary of a split brain.",
	commandLine: {
		about: "stop PostgreSQL on a node, e.g. the wrong primary of a split brain",
		takesNode: true,
	},
	questions: ({ nodes, findings }) => [
		nodeQuestion("node", "The node", proposedFirst("stop", nodes, findings), ({ observed, registered }) => ({
			note: `registered as ${registered.type}, ${observed.role === "primary" ? "runs as a primary" : observed.status}`,
			unfit: observed.status === "stopped" ? "it is stopped" : null,
		})),
	],
	intent: (values) => ({ kind: "stop", nodeId: nodeIdOf(values) }),
	needs: { ownWal: true },
	plan: planStop,
};

/**
 * Nothing starts PostgreSQL again by itself. Any repmgrd that watches a primary would hold an election within a minute after it
 * is gone: those are paused, and stay paused.
 */
function planStop(intent: ServiceIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `stop PostgreSQL on ${quoted(node)}`;
	if (hostOf(facts, node.nodeId).value?.look.postmaster === false) {
		return refused(`PostgreSQL on ${quoted(node)} is stopped already`);
	}
	const own = ownWalOf(facts);
	const { nodes } = facts.snapshot;
	const isPrimary = node.observed.role === "primary";
	const others = nodes.filter((other) => other !== node && other.observed.role === "primary");
	const isOnly = isPrimary && others.length === 0;
	const paused = pausedWhileStopped(facts, node, others);
	const prerequisites = [
		noOtherOperation(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sudoWorks(facts, node),
		programsExist(facts, node),
		stopsItsServer(facts, node),
		whatIsLeft(facts, node, others),
		...(isPrimary ? [asWarning(archiveIsUpToDate(facts, node))] : []),
		asWarning(noBackup(facts, node)),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [...pauseSteps(facts, paused), stopStep(facts, node, "stopped")],
			blastRadius: impact({
				dropped: connectionsTo(facts, node),
				reasoning: [
					isOnly ? `No server accepts writes from then on, until ${quoted(node)} is started again.` : "",
					isPrimary && !isOnly
						? "What only it has stays in its data directory, and is copied aside when it is rejoined."
						: "",
					own === null ? "" : `So far: ${lossInCommits(own.commits)}`,
					paused.length > 0
						? `repmgrd on ${listed(paused.map(quoted))} stays paused, or it would promote a standby: unpause once there is one primary that all others follow.`
						: "",
				]
					.filter((said) => said !== "")
					.join(" "),
			}),
			confirmation: { kind: "name", name: node.nodeName },
			...(own !== null && { ownCommits: own.commits }),
		}),
	);
}

/** The nodes whose repmgrd would hold an election once that primary is gone. @param others the other primaries. */
export function pausedWhileStopped(
	{ snapshot }: Facts,
	node: NodeView,
	others: readonly NodeView[],
): readonly NodeView[] {
	return snapshot.nodes.filter(
		(other) =>
			node.observed.role === "primary" &&
			other.observed.reachable &&
			other.observed.role !== "primary" &&
			other.repmgrd.paused === false &&
			(others.length === 0 || watches(other, node)),
	);
}

/** Whether its repmgrd would act if that node were gone. */
function watches({ observed, state }: NodeView, { nodeId }: NodeView): boolean {
	return observed.upstreamNodeId === nodeId || current(state.server)?.repmgrd?.upstreamNodeId === nodeId;
}

/** @param others the other primaries. */
export function whatIsLeft({ snapshot }: Facts, node: NodeView, others: readonly NodeView[]): Prerequisite {
	const followers = snapshot.nodes.filter(({ observed }) => observed.upstreamNodeId === node.nodeId);
	const left =
		followers.length === 0
			? ""
			: ` ${listed(followers.map(quoted))} will lose ${followers.length === 1 ? "its" : "their"} upstream.`;
	if (node.observed.role !== "primary") {
		const title = `no node receives from ${quoted(node)}`;
		return left === "" ? ok(title, "None is seen to.") : warning(title, left.trim());
	}
	const title = "another primary accepts writes";
	if (others.length === 0) {
		return warning(
			title,
			`${quoted(node)} is the only primary: no server accepts writes once it is stopped.${left}`,
			"To make another node the primary: switchover --to NODE",
		);
	}
	const found = `${listed(others.map(quoted))} ${others.length === 1 ? "does" : "do"}.`;
	return left === "" ? ok(title, found) : warning(title, `${found}${left}`);
}
