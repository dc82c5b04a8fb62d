import type { DrillIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { siblingsOf } from "../checks/cluster.ts";
import { ACCEPT_LOSS } from "../command-line.ts";
import type { Operation } from "../operation.ts";
import { pausedNow } from "../pause/steps.ts";
import { repmgr } from "../plan/commands.ts";
import { type Facts, hostOf, nodeOf } from "../plan/facts.ts";
import type { BlastRadius, Command, Requested, Step } from "../plan/plan.ts";
import { connectionsTo, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { byConsole, step } from "../plan/step.ts";
import { NO_PRIMARY, nodeIdOf, nodeQuestion } from "../questions.ts";
import { serviceCommand } from "../service/command.ts";
import { afterElection } from "./aftermath.ts";
import { type DrillRoles, drillChecks, inSeconds } from "./checks.ts";
import { createProbe } from "./probe.ts";

export const DRILL: Operation<DrillIntent> = {
	kind: "drill",
	title: "failover drill",
	about:
		"Stops the primary on purpose, measures repmgrd's failover, compares it with the forecast, and restores the cluster.",
	commandLine: {
		about: "stop the primary on purpose, and measure repmgrd's failover",
		options: [
			{
				flags: "--node <node>",
				about: "the primary; refused if it is not",
				key: "node",
				takes: "node",
				noPrimary: NO_PRIMARY,
			},
			{
				flags: "--how <how>",
				about: "stop it cleanly, or kill its postmaster as a crash would",
				key: "how",
				choices: ["stop", "kill"],
				default: "stop",
			},
			ACCEPT_LOSS,
			{
				flags: "--report <file>",
				about: "also write the report to this file, as Markdown",
				key: "report",
			},
		],
	},
	questions: ({ nodes, cluster }) => [
		nodeQuestion(
			"node",
			"The primary",
			nodes.filter(({ nodeId }) => nodeId === cluster.primaryNodeId),
			({ observed }) => ({ note: observed.status, unfit: null }),
		),
		{
			key: "how",
			kind: "choice",
			title: "How it is stopped",
			choices: [
				{ value: "stop", label: "stop", note: "PostgreSQL stops cleanly", unfit: null },
				{
					value: "kill",
					label: "kill",
					note: "the postmaster is killed, as the OOM killer does it; commits may be lost",
					unfit: null,
				},
			],
		},
	],
	intent: (values) => ({
		kind: "drill",
		nodeId: nodeIdOf(values),
		how: values.how === "kill" ? "kill" : "stop",
	}),
	needs: { forecast: true },
	plan: planDrill,
};

/** repmgrd gets twice the forecast time and this margin; after that a promotion is no longer expected. */
const PATIENCE = 2;
const MORE_SECONDS = 10;

function planDrill(intent: DrillIntent, facts: Facts): Requested {
	const primary = nodeOf(facts, intent.nodeId);
	if (primary === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `failover drill: ${intent.how} ${quoted(primary)}`;
	if (facts.snapshot.cluster.primaryNodeId !== primary.nodeId) {
		return refused(`${title} is refused: it is not the one primary`, {
			detail: `It is ${primary.observed.role ?? primary.observed.status}.`,
			hint: "A drill stops the primary; leave out --node, or name the primary.",
		});
	}
	const roles = rolesOf(intent, facts, primary);
	const prerequisites = drillChecks(facts, roles);
	return refusedUnless(title, prerequisites, () => {
		const blastRadius = impactOf(facts, roles);
		return planOf(intent, title, facts, {
			prerequisites,
			steps: [
				createProbe(facts, primary),
				writes(primary),
				outage(facts, roles),
				election(facts, roles),
				...afterElection(facts, { ...roles, pausedBefore: pausedNow(facts), suffix: "" }),
			],
			blastRadius,
			confirmation: { kind: "name and loss", name: primary.nodeName, lossBytes: blastRadius.lossBytes },
			pausedBefore: pausedNow(facts),
		});
	});
}

function rolesOf({ how }: DrillIntent, facts: Facts, primary: NodeView): DrillRoles {
	const [winnerId, ...more] = facts.snapshot.forecast?.promotedNodeIds ?? [];
	const winner = winnerId === undefined || more.length > 0 ? null : nodeOf(facts, winnerId);
	return { primary, winner, others: siblingsOf(facts, primary), how };
}

function writes(primary: NodeView): Step {
	return step({
		key: "writes",
		title: "begin to write to the primary, wherever it is, and read the forecast again",
		...byConsole(primary),
		expects: [{ kind: "primary", nodeId: primary.nodeId }],
		settleSeconds: 10,
		verification: "writes are acknowledged, and the forecast is as it was",
		wayBack: "Nothing was stopped.",
	});
}

function outage(facts: Facts, { primary, how }: DrillRoles): Step {
	return step({
		key: "outage",
		title:
			how === "stop" ? `stop PostgreSQL on ${quoted(primary)}` : `kill the postmaster on ${quoted(primary)}`,
		command: how === "stop" ? serviceCommand(facts, primary, "stop") : kill(facts, primary),
		// No expectation "stopped": the election runs meanwhile, and must be watched.
		verification: "the command ends with 0",
		wayBack: `As long as no standby is promoted, start ${quoted(primary)} again: it is the primary as before.`,
	});
}

/** Kills only the postmaster that was seen: its pid may belong to another process by now. */
export const KILL_SCRIPT = '[ "$(head -n 1 "$1/postmaster.pid")" = "$2" ] && kill -KILL "$2"';

function kill(facts: Facts, primary: NodeView): Command {
	const look = hostOf(facts, primary.nodeId).value?.look;
	const pid = look?.postmaster ? String(look.postmaster.pid) : "";
	return {
		...repmgr(facts, primary, []),
		argv: ["sh", "-c", KILL_SCRIPT, "sh", look?.dataDirectory ?? "", pid],
	};
}

function election({ snapshot: { forecast } }: Facts, { primary, winner }: DrillRoles): Step {
	const most = forecast?.seconds?.crash.most ?? 0;
	return step({
		key: "election",
		title:
			winner === null || forecast === null
				? "let repmgrd elect"
				: `let repmgrd promote ${quoted(winner)}, after ${inSeconds(forecast)}`,
		...byConsole(primary),
		expects: [{ kind: "succeeded", nodeId: primary.nodeId }],
		settleSeconds: PATIENCE * most + MORE_SECONDS,
		verification: "another server is the only primary, and acknowledges writes",
		wayBack: `If no standby is promoted: repmgrd is paused, and ${quoted(primary)} is started again.`,
		looksAgain: true,
	});
}

function impactOf(facts: Facts, { primary, winner, how }: DrillRoles): BlastRadius {
	const { forecast } = facts.snapshot;
	const crash = forecast?.seconds?.crash;
	const isSafe = how === "stop" || forecast?.isSynchronous === true;
	return {
		restarts: [primary.nodeId],
		dropped: connectionsTo(facts, primary),
		writeOutageSeconds: crash === undefined ? null : { from: crash.least, to: crash.most },
		lossBytes: isSafe ? 0 : (forecast?.lossBytes ?? null),
		...(isSafe ? {} : { mayLoseMore: true }),
		reasoning: `Afterwards ${winner === null ? "another node" : quoted(winner)} is the primary and ${quoted(primary)} its standby. ${
			how === "stop"
				? "A server that stops cleanly sends all it has to standbys that stream first."
				: isSafe
					? "The winner is a synchronous standby."
					: "Replication is asynchronous: commits of the last moment may be lost, in every database."
		}`,
	};
}
