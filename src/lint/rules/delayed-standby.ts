import type { NodeSetup, ServerSetup, Setup } from "../../model/setup.ts";
import { quoted } from "../../text/words.ts";
import { editLine, registerAgain, reloadServer, settingLine } from "../changes.ts";
import { settingOf, settingPlace } from "../conf.ts";
import { nodeRule, primaryOf, repmgrManual, settingManual } from "../rule.ts";
import { mayWaitFor } from "./sync-standby-names.ts";

const NAME = "recovery_min_apply_delay";

/** Seconds; 0 where there is none, on PostgreSQL 11, which has it in recovery.conf, and on a primary, which does not use it. */
function delayOf({ registration: { type } }: NodeSetup, server: ServerSetup): number {
	return type === "standby" ? Number(settingOf(server, NAME)) / 1000 : 0;
}

/** DELAYED_STANDBY: a standby with a replay delay may be promoted like any other. */
export const delayedStandby = nodeRule("DELAYED_STANDBY", ["server"], ({ server }, node, setup) => {
	const delay = delayOf(node, server);
	const { priority } = node.registration;
	if (delay === 0 || priority === 0) return [];
	return [
		{
			severity: "warning",
			message: `${quoted(node.registration)} replays with a delay of ${delay} s and may be promoted: its priority is ${priority}`,
			place: settingPlace(node, server, NAME),
			why: "A promotion first replays the backlog, which prolongs the outage, and with it the mistakes that the delay should protect from. It receives as fast as the others, so it may win the election. repmgrd never promotes a node with priority 0.",
			link: repmgrManual("appendix-faq"),
			change: [priorityZero(node), registerAgain(node, setup)],
		},
	];
});

function priorityZero(node: NodeSetup) {
	const conf = node.sources.conf.value;
	const own = conf?.entries.findLast(({ name }) => name === "priority")?.place;
	return editLine(node, own ?? { file: node.registration.configFile, line: null }, "priority='0'");
}

/** DELAYED_STANDBY_SYNCHRONOUS: with remote_apply a commit waits until the standby has replayed it. */
export const delayedStandbySynchronous = nodeRule(
	"DELAYED_STANDBY_SYNCHRONOUS",
	["server"],
	({ server }, node, setup) => {
		const delay = delayOf(node, server);
		const primary = delay === 0 ? null : waitingPrimary(node, setup);
		if (primary === null) return [];
		return [
			{
				severity: "error",
				message: `commits on ${quoted(primary.node.registration)} may wait ${delay} s each, until ${quoted(node.registration)} has replayed them`,
				place: settingPlace(node, server, NAME),
				why: `${quoted(node.registration)} is among synchronous_standby_names, and synchronous_commit is remote_apply: ${NAME} then delays every commit that waits for it.`,
				link: settingManual("replication", NAME),
				change: [
					settingLine(primary.node, primary.server, "synchronous_commit", "on"),
					reloadServer(primary.node),
				],
			},
		];
	},
);

/** The primary, if its commits may wait for this node to replay. */
function waitingPrimary({ registration }: NodeSetup, setup: Setup) {
	const node = primaryOf(setup);
	const server = node?.sources.server.value;
	if (node === null || server === undefined) return null;
	const isWaiting =
		settingOf(server, "synchronous_commit") === "remote_apply" &&
		mayWaitFor(settingOf(server, "synchronous_standby_names"), registration.nodeName);
	return isWaiting ? { node, server } : null;
}
