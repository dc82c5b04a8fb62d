import type { RowIntent } from "../model/intent.ts";
import { current } from "../model/node-state.ts";
import type { NodeView } from "../model/snapshot.ts";
import { formatBytes } from "../text/format.ts";
import { shellWords } from "../text/shell.ts";
import { listed, quoted } from "../text/words.ts";
import { failed, ok, unknown, warning } from "./checks/check.ts";
import { noOtherOperation, onePrimary } from "./checks/cluster.ts";
import { canRunOn, hasConfigFile } from "./checks/hosts.ts";
import type { Operation } from "./operation.ts";
import { repmgr } from "./plan/commands.ts";
import { type Facts, nodeOf } from "./plan/facts.ts";
import type { Prerequisite, Requested } from "./plan/plan.ts";
import { impact, planOf, refused, refusedUnless, writablePrimary } from "./plan/refusal.ts";
import { dryRunStep, step } from "./plan/step.ts";
import { nodeIdOf, otherNodeQuestion } from "./questions.ts";

export const UNREGISTER: Operation<RowIntent> = {
	kind: "unregister",
	title: "unregister",
	about: "The row of a node that is gone for good is taken out of repmgr.nodes.",
	commandLine: {
		about: "take the row of a node that is out of use from repmgr.nodes",
		takesNode: true,
	},
	questions: (snapshot) => [otherNodeQuestion(snapshot)],
	intent: (values) => ({ kind: "unregister", nodeId: nodeIdOf(values) }),
	plan: planUnregister,
};

/** `repmgr primary|standby|witness unregister --node-id`: runs on the primary, so the node itself may be gone. */
function planUnregister(intent: RowIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `unregister ${quoted(node)}`;
	if (node.observed.role === "primary") {
		return refused(`${title} is refused: it runs as a primary`, {
			detail:
				"Without a registered primary repmgr can't work, and a server that accepts writes must stay registered.",
			hint:
				facts.snapshot.cluster.primaryNodeId === node.nodeId
					? "Make another node the primary first: switchover --to NODE"
					: `Stop it first: stop ${shellWords([node.nodeName])}`,
		});
	}
	const primary = writablePrimary(title, facts);
	if ("message" in primary) return { refusal: primary };
	const { type, active } = node.registered;
	if (type === "primary" && (active || node.observed.reachable)) {
		return refused(`${title} is refused: it is registered as ${active ? "the active" : "a"} primary`, {
			detail: node.observed.reachable
				? `It runs as a ${node.observed.role}.`
				: `${quoted(primary)} is the primary that is seen.`,
			hint: node.observed.reachable
				? `Register it as what it is first: register ${shellWords([node.nodeName])}`
				: `Register the real primary first, which makes this one inactive: register ${primary.nodeName}`,
		});
	}
	const prerequisites = [
		noOtherOperation(facts),
		onePrimary(facts),
		canRunOn(facts, primary),
		hasConfigFile(facts, primary),
		hasNoDownstream(facts, node),
		isOutOfUse(node),
		hasNoSlotLeft(facts, node),
	];
	const words = [type, "unregister", `--node-id=${node.nodeId}`];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				// "standby unregister" ignores --dry-run and unregisters (check_cli_parameters() in repmgr-client.c).
				...(type === "standby" ? [] : [dryRunStep(repmgr(facts, primary, [...words, "--dry-run"]))]),
				step({
					key: "unregister",
					title: `delete the row of ${quoted(node)}`,
					command: repmgr(facts, primary, words),
					expects: [{ kind: "unregistered", nodeId: node.nodeId }],
					settleSeconds: 15,
					verification: `repmgr.nodes on ${quoted(primary)} has no row of node ${node.nodeId}`,
					wayBack: `On ${quoted(node)}, once it runs: repmgr ${type} register.`,
				}),
			],
			blastRadius: impact({
				reasoning: `Only repmgr.nodes changes. ${quoted(node)} has no vote any more and takes no part in switchovers and failovers${node.observed.reachable ? "; its repmgrd ends, its server runs on" : ""}.`,
			}),
			confirmation: { kind: "name", name: node.nodeName },
		}),
	);
}

/** repmgr unregisters no node that others are registered under; one that others receive from is needed. */
function hasNoDownstream({ snapshot }: Facts, node: NodeView): Prerequisite {
	const title = `no node receives from ${quoted(node)}, or is registered to`;
	const under = snapshot.nodes.filter(
		(other) =>
			other.registered.upstreamNodeId === node.nodeId || other.observed.upstreamNodeId === node.nodeId,
	);
	const [first] = under;
	if (first === undefined) return ok(title, "None does.");
	const isElsewhere = first.observed.upstreamNodeId !== null && first.observed.upstreamNodeId !== node.nodeId;
	return failed(
		title,
		`${listed(under.map(quoted))} ${under.length === 1 ? "is its downstream" : "are its downstreams"}.`,
		isElsewhere || first.observed.role === "witness"
			? `Register ${quoted(first)} again under its real upstream: register ${first.nodeName}`
			: `Give ${quoted(first)} another upstream: follow ${shellWords([first.nodeName])}`,
	);
}

function isOutOfUse(node: NodeView): Prerequisite {
	const { status, reachable } = node.observed;
	if (!reachable) return ok(`${quoted(node)} is out of use`, `It is ${status}.`);
	return warning(
		`${quoted(node)} is still in use`,
		`It is ${status}: its server runs on, but repmgr no longer manages it.`,
		node.repmgrd.running === true
			? `Stop its repmgrd first: repmgrd-stop ${shellWords([node.nodeName])}`
			: "Stop its server if it is to go.",
	);
}

/** An unused slot keeps WAL until the disk is full; repmgr does not drop it. */
function hasNoSlotLeft({ snapshot }: Facts, node: NodeView): Prerequisite {
	const title = `no slot of ${quoted(node)} holds back WAL`;
	const { slotName, type } = node.registered;
	if (slotName === null || type === "witness") return ok(title, "It is registered without a slot.");
	const holders = snapshot.nodes.flatMap((upstream) => {
		const server = current(upstream.state.server);
		const slot = server?.slots.find((one) => one.slotName === slotName);
		return slot === undefined ? [] : [{ upstream, slot }];
	});
	const [first] = holders;
	if (first === undefined) {
		return snapshot.nodes.some(({ observed }) => observed.role === "primary" && observed.reachable)
			? ok(title, `There is no slot "${slotName}" on any server that answers.`)
			: unknown(title, "Slots can't be seen.");
	}
	const { retainedBytes } = first.slot;
	const held = retainedBytes === null ? "" : `, which holds back ${formatBytes(retainedBytes)} now`;
	return warning(
		title,
		`There is "${slotName}" on ${quoted(first.upstream)}${held}; repmgr does not drop it.`,
		`Once the server of ${quoted(node)} is gone, on ${quoted(first.upstream)}: SELECT pg_catalog.pg_drop_replication_slot('${slotName.replaceAll("'", "''")}');`,
	);
}
