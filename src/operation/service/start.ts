import { wasStandby } from "../../model/control-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import {
	canRunOn,
	dataMayRun,
	hasConfigFile,
	hasDiskSpace,
	isNotFenced,
	programsExist,
	sudoWorks,
} from "../checks/hosts.ts";
import type { Operation } from "../operation.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import type { Expectation, Prerequisite, Requested } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { nodeIdOf, nodeQuestion } from "../questions.ts";
import { serviceIsIdle } from "./changing.ts";
import { type ServiceIntent, serviceStep, watchRole } from "./steps.ts";
export const START: Operation<ServiceIntent> = {
	kind: "start",
	title: "start PostgreSQL",
	about: "Starts the server of a node that is stopped.",
	commandLine: { about: "start PostgreSQL on a node that is stopped", takesNode: true },
	questions: ({ nodes }) => [
		nodeQuestion("node", "The node", nodes, ({ observed, registered }) => ({
			note: `${registered.type}, ${observed.status}`,
			unfit: unfitToStart(observed),
		})),
	],
	intent: (values) => ({ kind: "start", nodeId: nodeIdOf(values) }),
	plan: planStart,
};

/** A server can be started only while it is seen not to run; one that can't be reached may run. */
function unfitToStart({ reachable, status }: NodeView["observed"]): string | null {
	if (reachable) return "it runs";
	return status === "stopped" || status === "refusing" ? null : `it is ${status}, and may run`;
}

function planStart(intent: ServiceIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `start PostgreSQL on ${quoted(node)}`;
	const wasPrimary =
		hostOf(facts, node.nodeId).value?.look.controlData?.state === "shut down" &&
		node.registered.type !== "witness";
	const prerequisites = [
		...dataMayRun(facts, node),
		noOtherOperation(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sudoWorks(facts, node),
		programsExist(facts, node),
		isNotFenced(facts, node),
		...serviceIsIdle(facts, node),
		hasDiskSpace(facts, node),
		isStopped(facts, node),
		...(node.registered.type === "witness" ? [] : [makesNoSecondPrimary(facts, node)]),
	];
	const upstream = facts.snapshot.cluster.primaryNodeId;
	const expected: Expectation | null =
		upstream === null && wasPrimary
			? { kind: "primary", nodeId: node.nodeId }
			: node.registered.type === "standby" && upstream !== null
				? { kind: "streaming", nodeId: node.nodeId, fromNodeId: node.registered.upstreamNodeId ?? upstream }
				: null;
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [serviceStep(facts, node, "start"), ...watchRole(facts, node, expected)],
			blastRadius: impact({
				restarts: [node.nodeId],
				reasoning: wasPrimary
					? "It was shut down cleanly as a primary: it comes back as one, with all its data."
					: "",
			}),
			confirmation: { kind: "yes" },
		}),
	);
}

function isStopped(facts: Facts, node: NodeView): Prerequisite {
	const title = `${quoted(node)} is stopped`;
	const look = hostOf(facts, node.nodeId).value?.look;
	return look?.postmaster === false
		? ok(title, `No postmaster runs there; control data: ${look.controlData?.state ?? "unreadable"}.`)
		: failed(title, node.observed.reachable ? "It runs." : "Its host does not say so.", 'See "status".');
}

/** A former primary beside a promoted one is a split brain: every other node has to answer that it is a standby. */
function makesNoSecondPrimary(facts: Facts, node: NodeView): Prerequisite {
	const title = "starting it makes no second primary";
	const state = hostOf(facts, node.nodeId).value?.look.controlData?.state ?? null;
	if (state !== null && wasStandby(state))
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
				"Bring them back first.",
			);
}
