import type { RowIntent } from "../../model/intent.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { byteCount, quoted } from "../../text/words.ts";
import { ok, unknown, warning } from "../checks/check.ts";
import { nobodyElse, onePrimary } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile } from "../checks/hosts.ts";
import { repmgr } from "../plan/commands.ts";
import { dryRunOf } from "../plan/dry-run.ts";
import { type Facts, nodeOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { noDisturbance, planOf, refused, refusedUnless, writablePrimary } from "../plan/refusal.ts";
import { nobodyUnderIt } from "./checks.ts";

/** `repmgr primary|standby|witness unregister --node-id`: run on the primary, so that the node itself may be gone. */
export function requestUnregister(intent: RowIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`, "", "");
	const title = `unregister ${quoted(node)}`;
	if (node.observed.role === "primary") {
		return refused(
			`${title} is refused: it runs as a primary`,
			"A cluster without a registered primary can't be worked on, and one that accepts writes must not be forgotten.",
			facts.snapshot.cluster.primaryNodeId === node.nodeId
				? "Make another one the primary first: switchover --to NODE"
				: `Stop it first: stop ${shellWords([node.nodeName])}`,
		);
	}
	const primary = writablePrimary(title, facts);
	if ("message" in primary) return { refusal: primary };
	const { type, active } = node.registered;
	if (type === "primary" && (active || node.observed.reachable)) {
		return refused(
			`${title} is refused: it is registered as ${active ? "the active" : "a"} primary`,
			node.observed.reachable
				? `It runs as a ${node.observed.role}.`
				: `${quoted(primary)} is the primary that is seen.`,
			node.observed.reachable
				? `Register it as what it is first: register ${shellWords([node.nodeName])}`
				: `Register the real primary first, which makes this one inactive: register ${primary.nodeName}`,
		);
	}
	const prerequisites = [
		nobodyElse(facts),
		onePrimary(facts),
		canRunOn(facts, primary),
		hasConfigFile(facts, primary),
		nobodyUnderIt(facts, node),
		isGone(node),
		itsSlot(facts, node),
	];
	const words = [type, "unregister", `--node-id=${node.nodeId}`];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				// "standby unregister" takes no notice of --dry-run, and does it (field notes 1.1).
				...(type === "standby" ? [] : [dryRunOf(repmgr(facts, primary, [...words, "--dry-run"]))]),
				{
					key: "unregister",
					title: `the row of ${quoted(node)} goes`,
					command: repmgr(facts, primary, words),
					expects: [{ kind: "unregistered", nodeId: node.nodeId }],
					settleSeconds: 15,
					verification: `repmgr.nodes on ${quoted(primary)} has no row of node ${node.nodeId}`,
					wayBack: `On ${quoted(node)}, once it runs: repmgr ${type} register.`,
					runs: "in order",
					rejoinLogOn: null,
				},
			],
			blastRadius: noDisturbance(
				`Only repmgr.nodes changes. ${quoted(node)} has no vote any more, nobody switches over to it or takes it along${node.observed.reachable ? ", and its repmgrd ends; its server goes on" : ""}.`,
			),
			confirmation: { kind: "name", name: node.nodeName },
		}),
	);
}

function isGone(node: NodeView): Prerequisite {
	const title = `${quoted(node)} is out of use`;
	const { status, reachable } = node.observed;
	if (!reachable) return ok(title, `It is ${status}.`);
	return warning(
		title,
		`It is ${status}: its server runs on, and nothing of repmgr takes it along any more.`,
		node.repmgrd.running === true
			? `Stop its repmgrd first: repmgrd-stop ${shellWords([node.nodeName])}`
			: "Stop its server if it is to go.",
	);
}

/** A slot that nobody uses keeps WAL until the disk is full; repmgr leaves it where it is. */
function itsSlot({ snapshot }: Facts, node: NodeView): Prerequisite {
	const title = `no slot of ${quoted(node)} holds back WAL`;
	const { slotName, type } = node.registered;
	if (slotName === null || type === "witness") return ok(title, "It is registered with none.");
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
	const held = retainedBytes === null ? "" : `, which holds back ${byteCount(retainedBytes)} now`;
	return warning(
		title,
		`There is "${slotName}" on ${quoted(first.upstream)}${held}; repmgr leaves it there.`,
		`Once the server of ${quoted(node)} is gone, on ${quoted(first.upstream)}: SELECT pg_catalog.pg_drop_replication_slot('${slotName.replaceAll("'", "''")}');`,
	);
}
