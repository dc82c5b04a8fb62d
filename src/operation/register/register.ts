import type { Intent, RegisterHostIntent, RowIntent } from "../../model/intent.ts";
import { current } from "../../model/node-state.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok } from "../checks/check.ts";
import { noOtherOperation, onePrimary } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile, sameVersion } from "../checks/hosts.ts";
import type { Operation } from "../operation.ts";
import { repmgr } from "../plan/commands.ts";
import { type Facts, nodeOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { planOf, refused, refusedUnless, writablePrimary } from "../plan/refusal.ts";
import { dryRunStep } from "../plan/step.ts";
import { NO_PRIMARY, nodeIdOf, nodeQuestion } from "../questions.ts";
import { planHost } from "./host.ts";
import { registration, rowChange } from "./row.ts";
import { planWitness } from "./witness.ts";

export const REGISTER: Operation<RowIntent | RegisterHostIntent> = {
	kind: "register",
	alsoPlans: ["register-host"],
	title: "register",
	about:
		"The row of a node in repmgr.nodes is written again, from what it is seen to be and from its repmgr.conf.",
	commandLine: {
		about: "write a node's row in repmgr.nodes again, as what it is seen to be and as its repmgr.conf says",
		takesNode: true,
		options: [
			{
				flags: "--config-file <path>",
				about: "repmgr.conf of a standby that is not registered and is given by its name or address",
				key: "configFile",
			},
		],
		unregistered: (host, { configFile }, snapshot) =>
			isStandbyCalled(host, snapshot)
				? { kind: "register-host", host, configFile: String(configFile ?? "/etc/repmgr.conf") }
				: null,
	},
	questions: ({ nodes, cluster }) => [
		nodeQuestion("node", "The node", nodes, (node) => ({
			note: `registered as ${node.registered.type}, ${node.observed.role === null ? node.observed.status : `runs as ${node.observed.role}`}`,
			unfit: unfitToRegister(node, cluster),
		})),
	],
	intent: (values) => ({ kind: "register", nodeId: nodeIdOf(values) }),
	plan: (intent, facts) =>
		intent.kind === "register-host" ? planHost(intent, facts) : planRegister(intent, facts),
};

export const WITNESS_REGISTER: Operation<RowIntent> = {
	kind: "witness-register",
	title: "register witness",
	about: "The witness is registered with the present primary, and copies repmgr.nodes from there.",
	commandLine: { about: "register a witness with the present primary", takesNode: true },
	questions: ({ nodes, cluster }) => [
		nodeQuestion(
			"node",
			"The witness",
			nodes.filter(({ registered }) => registered.type === "witness"),
			(node) => ({ note: node.observed.status, unfit: unfitToRegister(node, cluster) }),
		),
	],
	intent: (values) => ({ kind: "witness-register", nodeId: nodeIdOf(values) }),
	plan: planRegister,
};

function unfitToRegister({ observed }: NodeView, cluster: ClusterSnapshot["cluster"]): string | null {
	if (!observed.reachable) return `it is ${observed.status}`;
	return cluster.primaryNodeId === null ? NO_PRIMARY : null;
}

/** Does a standby stream under that application_name, or from that address? */
function isStandbyCalled(word: string, { nodes }: ClusterSnapshot): boolean {
	return nodes.some(({ state }) =>
		current(state.server)?.walSenders.some(
			({ applicationName, clientAddress }) => applicationName === word || clientAddress === word,
		),
	);
}

/** `repmgr primary|standby|witness register -F` for a node that has a row: by its observed role and its repmgr.conf. */
function planRegister(intent: RowIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `register ${quoted(node)}`;
	const primary = writablePrimary(title, facts);
	if ("message" in primary) return { refusal: primary };
	const { role } = node.observed;
	if (role === null) {
		return refused(`${title} is refused: its role can't be seen`, {
			detail: `It is ${node.observed.status}; a node is registered in the role that it is seen in.`,
			hint: `If it is stopped: start ${shellWords([node.nodeName])}, or rejoin ${shellWords([node.nodeName])}. If it is gone for good: unregister ${shellWords([node.nodeName])}`,
		});
	}
	if (role === "witness") return planWitness(intent, facts, node, primary);
	if (intent.kind === "witness-register") {
		return refused(`${quoted(node)} is not a witness`, {
			detail: `It runs as a ${role}. A witness is a server of its own, with a system identifier other than the cluster's.`,
			hint: `register ${node.nodeName}`,
		});
	}
	return role === "primary"
		? registerPrimary(intent, facts, node)
		: registerStandby(intent, facts, node, primary);
}

function registerPrimary(intent: Intent, facts: Facts, node: NodeView): Requested {
	const title = `register ${quoted(node)} as the primary`;
	const before = facts.snapshot.nodes.find(
		({ nodeId, registered }) => nodeId !== node.nodeId && registered.type === "primary" && registered.active,
	);
	const prerequisites = [...always(facts, node), onePrimary(facts), noOtherPrimary(facts, node)];
	const words = ["primary", "register", "-F"];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				dryRunStep(repmgr(facts, node, [...words, "--dry-run"])),
				registration(facts, node, words, { as: "primary", upstreamNodeId: null }),
			],
			blastRadius: rowChange(
				node,
				{ type: "primary", upstreamNodeId: null },
				before === undefined ? "" : ` ${quoted(before)} is registered as inactive then.`,
			),
			confirmation: { kind: "name", name: node.nodeName },
		}),
	);
}

function registerStandby(intent: Intent, facts: Facts, node: NodeView, primary: NodeView): Requested {
	const title = `register ${quoted(node)} as a standby`;
	const { upstreamNodeId, status } = node.observed;
	const upstream = upstreamNodeId === null ? null : nodeOf(facts, upstreamNodeId);
	if (upstream === null) {
		return refused(`${title} is refused: its upstream can't be seen`, {
			detail: `It is ${status}. Its registered upstream decides which node it follows, and whose votes count with its own.`,
			hint: `Attach it first, which also registers it: follow ${shellWords([node.nodeName])}`,
		});
	}
	const prerequisites = [...always(facts, node), sameVersion(facts, [node, primary])];
	const words = ["standby", "register", "-F", `--upstream-node-id=${upstream.nodeId}`];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, `${title} of ${quoted(upstream)}`, facts, {
			prerequisites,
			steps: [
				dryRunStep(repmgr(facts, node, [...words, "--dry-run"])),
				registration(facts, node, words, { as: "standby", upstreamNodeId: upstream.nodeId }),
			],
			blastRadius: rowChange(node, { type: "standby", upstreamNodeId: upstream.nodeId }),
			confirmation: { kind: "yes" },
		}),
	);
}

function always(facts: Facts, node: NodeView): readonly Prerequisite[] {
	return [noOtherOperation(facts), canRunOn(facts, node), hasConfigFile(facts, node)];
}

/** repmgr writes rows on the primary only: there must be no doubt which node that is. */
function noOtherPrimary({ snapshot }: Facts, primary: NodeView): Prerequisite {
	const title = "no other node may be the primary";
	const doubtful = snapshot.nodes.filter(
		({ nodeId, observed, registered }) =>
			nodeId !== primary.nodeId &&
			observed.role === null &&
			observed.status !== "stopped" &&
			registered.type !== "witness",
	);
	return doubtful.length === 0
		? ok(title, "Every other node is seen as something else, or stopped.")
		: failed(
				title,
				`${listed(doubtful.map(quoted))} can't be read, and may accept writes.`,
				"Find out their state first.",
			);
}
