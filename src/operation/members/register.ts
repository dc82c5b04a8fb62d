import type { Intent, RowIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { nobodyElse, onePrimary } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile, sameVersion } from "../checks/hosts.ts";
import { repmgr } from "../plan/commands.ts";
import { dryRunOf } from "../plan/dry-run.ts";
import { type Facts, nodeOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { planOf, refused, refusedUnless, writablePrimary } from "../plan/refusal.ts";
import { nobodyElseIsPrimary } from "./checks.ts";
import { registration, rowChange } from "./register-row.ts";
import { requestWitness } from "./register-witness.ts";

/**
 * `repmgr primary|standby|witness register -F`: a registered node's row is written again, as what the node is seen to be and as
 * its repmgr.conf says. No server is changed by it.
 */
export function requestRegister(intent: RowIntent, facts: Facts): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`, "", "");
	const title = `register ${quoted(node)}`;
	const primary = writablePrimary(title, facts);
	if ("message" in primary) return { refusal: primary };
	const { role } = node.observed;
	if (role === null) {
		return refused(
			`${title} is refused: what it is can't be seen`,
			`It is ${node.observed.status}, and it is registered as what it is seen to be.`,
			`If it is stopped: start ${shellWords([node.nodeName])}, or rejoin ${shellWords([node.nodeName])}. If it is gone for good: unregister ${shellWords([node.nodeName])}`,
		);
	}
	if (role === "witness") return requestWitness(intent, facts, node, primary);
	if (intent.kind === "witness-register") {
		return refused(
			`${quoted(node)} is no witness`,
			`It runs as a ${role}. A witness is a server of its own, with a system identifier other than the cluster's.`,
			`register ${node.nodeName}`,
		);
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
	const prerequisites = [...always(facts, node), onePrimary(facts), nobodyElseIsPrimary(facts, node)];
	const words = ["primary", "register", "-F"];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				dryRunOf(repmgr(facts, node, [...words, "--dry-run"])),
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
		return refused(
			`${title} is refused: from whom it receives can't be seen`,
			`It is ${status}. Under whom it is registered decides whom it follows, and whose votes count with it.`,
			`Attach it first, which registers it, too: follow ${shellWords([node.nodeName])}`,
		);
	}
	const prerequisites = [...always(facts, node), sameVersion(facts, [node, primary])];
	const words = ["standby", "register", "-F", `--upstream-node-id=${upstream.nodeId}`];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, `${title} of ${quoted(upstream)}`, facts, {
			prerequisites,
			steps: [
				dryRunOf(repmgr(facts, node, [...words, "--dry-run"])),
				registration(facts, node, words, { as: "standby", upstreamNodeId: upstream.nodeId }),
			],
			blastRadius: rowChange(node, { type: "standby", upstreamNodeId: upstream.nodeId }),
			confirmation: { kind: "yes" },
		}),
	);
}

function always(facts: Facts, node: NodeView): readonly Prerequisite[] {
	return [nobodyElse(facts), canRunOn(facts, node), hasConfigFile(facts, node)];
}
