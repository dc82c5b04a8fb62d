import type { Intent } from "../../model/intent.ts";
import { quoted } from "../../text/words.ts";
import { failed, ok } from "../checks/check.ts";
import { nobodyElse } from "../checks/cluster.ts";
import { canRunOn, hasConfigFile, programsExist, sudoWorks } from "../checks/hosts.ts";
import { repmgr } from "../plan/commands.ts";
import { confValue, type Facts, nodeOf } from "../plan/facts.ts";
import type { Requested } from "../plan/plan.ts";
import { noDisturbance, planOf, refused, refusedUnless } from "../plan/refusal.ts";

/** `repmgr daemon start|stop`: what its repmgr.conf says; whether it came of it is read from the server. */
export function requestRepmgrd(
	intent: Extract<Intent, { kind: "repmgrd-start" | "repmgrd-stop" }>,
	facts: Facts,
): Requested {
	const node = nodeOf(facts, intent.nodeId);
	if (node === null) return refused(`node ${intent.nodeId} is not registered`, "", "");
	const isRunning = intent.kind === "repmgrd-start";
	const action = isRunning ? "start" : "stop";
	const title = `${action} repmgrd on ${quoted(node)}`;
	if (node.repmgrd.running === isRunning) {
		return refused(`repmgrd on ${quoted(node)} ${isRunning ? "runs" : "is stopped"} already`, "", "");
	}
	const parameter = `repmgrd_service_${action}_command`;
	const command = confValue(facts, node.nodeId, parameter);
	const prerequisites = [
		nobodyElse(facts),
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		command === null
			? failed(`${parameter} is set`, "It is not, or repmgr.conf can't be read.", "Set it in repmgr.conf.")
			: ok(`${parameter} is set`, `${command}.`),
		sudoWorks(facts, node),
		programsExist(facts, node, parameter),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				{
					key: intent.kind,
					title,
					command: repmgr(facts, node, ["daemon", action]),
					expects: [{ kind: "repmgrd", nodeId: node.nodeId, isRunning }],
					settleSeconds: 30,
					verification: `the server of ${quoted(node)} says that repmgrd ${isRunning ? "runs" : "does not run"}`,
					wayBack: `daemon ${isRunning ? "stop" : "start"}.`,
					runs: "in order",
					rejoinLogOn: null,
				},
			],
			blastRadius: noDisturbance(isRunning ? "" : `Without it ${quoted(node)} takes no part in a failover.`),
			confirmation: { kind: "yes" },
		}),
	);
}
