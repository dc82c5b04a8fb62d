import type { RowIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { failed, ok } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile, sameVersion } from "../checks/hosts.ts";
import { repmgr } from "../plan/commands.ts";
import { type Facts, hostOf } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { planOf, refusedUnless } from "../plan/refusal.ts";
import { dryRunStep } from "../plan/step.ts";
import { registration, rowChange } from "./row.ts";

/** `repmgr witness register -F`: under the present primary, whose repmgr.nodes repmgr copies to the witness. */
export function planWitness(intent: RowIntent, facts: Facts, node: NodeView, primary: NodeView): Requested {
	const title = `register ${quoted(node)} as the witness of ${quoted(primary)}`;
	const prerequisites = [
		noOtherOperation(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sameVersion(facts, [node, primary]),
		isRegisteredPrimary(primary),
		hasHost(primary),
		repmgrdFollows(facts, node),
	];
	const words = witnessRegister(primary);
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				dryRunStep(repmgr(facts, node, [...words, "--dry-run"])),
				registration(facts, node, words, { as: "witness", upstreamNodeId: primary.nodeId }),
			],
			blastRadius: rowChange(
				node,
				{ type: "witness", upstreamNodeId: primary.nodeId },
				" repmgr copies the table to the witness again.",
			),
			confirmation: { kind: "yes" },
		}),
	);
}

export function witnessRegister(primary: NodeView): readonly string[] {
	const { host, port, user, database } = primary.registered;
	return [
		...["witness", "register", "-F", "-h", host ?? "", "-p", String(port)],
		...(user === null ? [] : ["-U", user]),
		...(database === null ? [] : ["-d", database]),
	];
}

/** repmgr registers the witness under the node that the table names as the primary. */
function isRegisteredPrimary(primary: NodeView): Prerequisite {
	const title = `${quoted(primary)} is registered as the primary`;
	const { type, active } = primary.registered;
	return type === "primary" && active
		? ok(title, "It is, and active.")
		: failed(
				title,
				`It is registered as ${active ? "an active" : "an inactive"} ${type}.`,
				`register ${primary.nodeName}`,
			);
}

function hasHost({ registered, nodeName }: NodeView): Prerequisite {
	const title = `the conninfo of ${quoted({ nodeName })} names a host`;
	return registered.host === null
		? failed(title, "It does not.", "Write the host into conninfo of its repmgr.conf, and register it again.")
		: ok(title, `It is ${registered.host}.`);
}

/** A witness's repmgrd that has lost its upstream may never notice a new primary (seen with 5.3.3); a restart helps. */
function repmgrdFollows(facts: Facts, node: NodeView): Prerequisite {
	const title = `repmgrd on ${quoted(node)} watches the primary afterwards`;
	const unseen = node.repmgrd.upstreamLastSeenSeconds;
	const again = `repmgrd-stop ${shellWords([node.nodeName])}, then repmgrd-start ${shellWords([node.nodeName])}`;
	if (hostOf(facts, node.nodeId).value?.look.repmgrd === false) {
		return {
			title,
			state: "warning",
			found: "It does not run.",
			fix: `repmgrd-start ${shellWords([node.nodeName])}`,
		};
	}
	return unseen !== null && unseen > 30
		? {
				title,
				state: "warning",
				found: `It has not seen its upstream for ${unseen} s, and may not notice the new one.`,
				fix: again,
			}
		: ok(title, "It runs.");
}
