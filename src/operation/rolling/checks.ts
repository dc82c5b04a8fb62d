import type { RollingIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted, sentence } from "../../text/words.ts";
import { failed, ok } from "../checks/check.ts";
import { everyNodeAnswers, noOtherOperation, onePrimary, pauseKnown } from "../checks/cluster.ts";
import { restartChecks } from "../checks/restart.ts";
import { type Facts, nodeOf, settingsOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { takeoverChecks } from "../switchover/checks.ts";
import { rolesOf, switchoverOf, type Takeover } from "./steps.ts";

/** What has to hold before node after node changes. */
export function clusterChecks(facts: Facts): readonly Prerequisite[] {
	return [
		noOtherOperation(facts),
		onePrimary(facts),
		everyNodeAnswers(facts),
		pauseKnown(facts),
		everyStandbyStreams(facts),
	];
}

/** Its restart must not take the last copy, or the last failover, from the cluster. */
function everyStandbyStreams({ snapshot }: Facts): Prerequisite {
	const title = "every standby streams";
	const standbys = snapshot.nodes.filter(
		({ nodeId, registered }) =>
			registered.active && registered.type !== "witness" && nodeId !== snapshot.cluster.primaryNodeId,
	);
	const others = standbys.filter(({ observed }) => observed.status !== "streaming");
	return others.length === 0
		? ok(title, standbys.length === 0 ? "There is none." : `${listed(standbys.map(quoted))}.`)
		: failed(
				title,
				`${listed(others.map((node) => `${quoted(node)} is ${node.observed.status}`))}.`,
				'See "status": and repair the cluster first.',
			);
}

/** repmgr's own login on the node's host: it tells what waits for a restart, and writes settings. */
export function settingsAreRead(facts: Facts, node: NodeView): Prerequisite {
	const title = `psql reads the settings of ${quoted(node)}`;
	const { fault } = settingsOf(facts, node.nodeId);
	return fault === undefined
		? ok(title, "On its own host, with repmgr's login.")
		: failed(
				title,
				sentence(fault),
				fault.hint ??
					(fault.kind === "command"
						? "repmgr's login is needed there without a password prompt, and as a superuser."
						: "Try again once the host answers."),
			);
}

/** Before nodes restart one after the other. @param read what is known of each. @param why the reason of a node's restart. */
export function restartsChecks(
	intent: RollingIntent,
	facts: Facts,
	takeover: Takeover,
	{
		nodes,
		read,
		why,
	}: {
		readonly nodes: readonly NodeView[];
		readonly read: readonly Prerequisite[];
		readonly why: (node: NodeView) => Prerequisite;
	},
): readonly Prerequisite[] {
	const { primary } = takeover;
	return once([
		...clusterChecks(facts),
		...read,
		...nodes.map(why),
		...nodes.filter((node) => node !== primary).flatMap((node) => restartChecks(facts, node)),
		...(nodes.includes(primary) ? primaryChecks(intent, facts, takeover) : []),
	]);
}

/** Before the primary restarts by a switchover. */
export function primaryChecks(
	intent: RollingIntent,
	facts: Facts,
	takeover: Takeover,
): readonly Prerequisite[] {
	const { primary, candidate } = takeover;
	return candidate === primary
		? [
				failed(
					"a standby can take over from the primary",
					"None streams from it with a priority above 0.",
					`To restart ${quoted(primary)} where it is, with the outage that this takes: restart ${shellWords([primary.nodeName])}`,
				),
			]
		: takeoverChecks(switchoverOf(intent), facts, rolesOf(facts, takeover));
}

/** What the console checks again before the switchover, when the standbys have restarted. */
export function readyChecks(intent: RollingIntent, facts: Facts): readonly Prerequisite[] {
	const candidate = nodeOf(facts, intent.nodeId);
	const { primaryNodeId } = facts.snapshot.cluster;
	const primary = primaryNodeId === null ? null : nodeOf(facts, primaryNodeId);
	return candidate === null || primary === null
		? [onePrimary(facts)]
		: [
				everyNodeAnswers(facts),
				everyStandbyStreams(facts),
				...primaryChecks(intent, facts, { primary, candidate }),
			];
}

/** Two nodes' checks may be the same one. */
export function once(checks: readonly Prerequisite[]): readonly Prerequisite[] {
	return [...new Map(checks.map((check) => [check.title, check])).values()];
}
