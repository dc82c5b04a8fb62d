import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { roomFor } from "../checks/candidate.ts";
import { failed, ok, warning } from "../checks/check.ts";
import { canRunOn, hasConfigFile, programsExist, stopsItsServer, sudoWorks } from "../checks/hosts.ts";
import { followChecks } from "../follow.ts";
import { confValue, type Facts, isUsingSlots } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { holdersText, type Removal } from "./steps.ts";

/** repmgr deletes no row that others name as their upstream: it would fail once the server is stopped. */
export function noRowLeftUnder({ snapshot }: Facts, { node, downstreams }: Removal): Prerequisite {
	const title = `no row stays under ${quoted(node)}`;
	const stays = snapshot.nodes.filter(
		(other) => other.registered.upstreamNodeId === node.nodeId && !downstreams.includes(other),
	);
	const [first] = stays;
	return first === undefined
		? ok(title, "None does.")
		: failed(
				title,
				`${listed(stays.map(quoted))} ${stays.length === 1 ? "is" : "are"} registered under it: repmgr would not delete its row.`,
				`Register ${quoted(first)} again under its real upstream: register ${shellWords([first.nodeName])}`,
			);
}

function runsAsStandby(node: NodeView): Prerequisite {
	const title = `${quoted(node)} runs, and can get another upstream`;
	const { role, status } = node.observed;
	return role === "standby"
		? ok(title, `It is ${status}.`)
		: failed(title, `It is ${status}.`, "Bring it back first, or remove it first.");
}

export function downstreamChecks(facts: Facts, { downstreams, primary }: Removal): readonly Prerequisite[] {
	const [first] = downstreams;
	return [
		...downstreams.flatMap((one) => [
			runsAsStandby(one),
			...followChecks(facts, one, primary),
			programsExist(facts, one, "service_reload_command"),
		]),
		...(first === undefined ? [] : [roomFor(facts, primary, downstreams, isUsingSlots(facts, first.nodeId))]),
	];
}

/** What has to be stopped can be; a host that does not answer is left as it is. */
export function nodeChecks(
	facts: Facts,
	{ node, hasRepmgrd, stopsServer, keepsServer }: Removal,
): readonly Prerequisite[] {
	if (!hasRepmgrd && !stopsServer && !keepsServer) {
		return [
			warning(
				`${quoted(node)} is not seen to run`,
				`It is ${node.observed.status}: nothing is stopped there. If it comes back, it is no member any more.`,
			),
		];
	}
	const command = confValue(facts, node.nodeId, "repmgrd_service_stop_command");
	return [
		canRunOn(facts, node),
		hasConfigFile(facts, node),
		sudoWorks(facts, node),
		...(hasRepmgrd
			? [
					command === null
						? failed(
								"repmgrd_service_stop_command is set",
								"It is not, or repmgr.conf can't be read.",
								"Set it in repmgr.conf.",
							)
						: ok("repmgrd_service_stop_command is set", `${command}.`),
				]
			: []),
		...(stopsServer ? [programsExist(facts, node), stopsItsServer(facts, node)] : []),
	];
}

/** Commits wait for ever where the last synchronous standby leaves. */
export function leavesEnough({ snapshot }: Facts, { node, primary }: Removal): Prerequisite {
	const title = `the cluster is well without ${quoted(node)}`;
	const server = current(primary.state.server);
	const names = server?.settings.synchronous_standby_names?.trim() ?? "";
	const others = (server?.walSenders ?? []).filter(
		({ applicationName, syncState }) =>
			applicationName !== node.nodeName && /^(?:sync|quorum|potential)$/.test(syncState ?? ""),
	);
	// "FIRST 2 (a, b)" waits for two; a mere list of names for one.
	const wanted = Number(/^(?:(?:FIRST|ANY)\s+)?(\d+)\s*\(/i.exec(names)?.[1] ?? 1);
	if (node.registered.type !== "witness" && names !== "" && others.length < wanted) {
		const left =
			others.length === 0
				? "No other standby is"
				: `Only ${others.length} other${others.length === 1 ? " is" : "s are"}`;
		return failed(
			title,
			`${left} synchronous (synchronous_standby_names is ${names}): commits would wait for ever.`,
			"Change it first: rolling set synchronous_standby_names=VALUE",
		);
	}
	const left = snapshot.nodes.filter((other) => other !== node && other.registered.active);
	const standbys = left.filter(({ registered }) => registered.type === "standby");
	if (standbys.length === 0) return warning(title, "No standby is left: there is no failover any more.");
	const voters = `${listed(left.map(quoted))} are left.`;
	return left.length % 2 === 0
		? warning(
				title,
				`${voters} With ${left.length} votes a network split can leave two equal halves, neither with a majority.`,
				left.length === 2 ? "A witness would decide." : null,
			)
		: ok(title, voters);
}

/** An unused slot keeps WAL until the disk is full. */
export function slotIsDropped({ snapshot }: Facts, { node, slot, keepsServer }: Removal): Prerequisite {
	const title = "no slot of it is left";
	if (slot === null) return ok(title, "It uses none.");
	const sharer = snapshot.nodes.find((other) => other !== node && other.registered.slotName === slot.name);
	if (sharer !== undefined) {
		return failed(
			title,
			`${quoted(sharer)} is registered with the same slot, ${slot.name}.`,
			`Register both again, each with its own repmgr.conf: register ${shellWords([sharer.nodeName])}`,
		);
	}
	if (slot.holders.length === 0) return ok(title, `No server that answers has a slot ${slot.name}.`);
	const found = `${slot.name} on ${holdersText(slot)}`;
	return keepsServer
		? warning(title, `${found} stays, for the server that runs on.`)
		: ok(title, `${found} is dropped at the end.`);
}
