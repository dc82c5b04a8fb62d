import type { DrillIntent } from "../../model/intent.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { siblingsOf } from "../checks/cluster.ts";
import { ACCEPT_LOSS } from "../command-line.ts";
import type { Operation } from "../operation.ts";
import { pausedNow } from "../pause/steps.ts";
import { repmgr } from "../plan/commands.ts";
import { type Facts, hostOf, nodeOf, serverOf } from "../plan/facts.ts";
import type { BlastRadius, Command, Requested, Step } from "../plan/plan.ts";
import { planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { byConsole, step } from "../plan/step.ts";
import { NO_PRIMARY, nodeIdOf, nodeQuestion } from "../questions.ts";
import { afterElection } from "./aftermath.ts";
import { type DrillRoles, drillChecks, inSeconds } from "./checks.ts";
import { createProbe } from "./probe.ts";

export const DRILL: Operation<DrillIntent> = {
	kind: "drill",
	title: "failover drill",
	about:
		"The primary is taken away on purpose; what repmgrd makes of it is measured, held against the forecast, and put right again.",
	commandLine: {
		about: "take the primary away on purpose, and measure what repmgrd makes of it",
		options: [
			{
				flags: "--node <node>",
				about: "the primary; refused where it is another node",
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
				about: "write the report there, too, as Markdown",
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
			title: "How it is taken away",
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

/** Twice the forecast, and time for a look, are given to repmgrd; then nobody is promoted any more. */
const PATIENCE = 2;
const MORE_SECONDS = 10;

/** A failover on purpose: the primary is taken away, and what comes is measured and held against the forecast. */
function planDrill(intent: DrillIntent, facts: Facts): Requested {
	const primary = nodeOf(facts, intent.nodeId);
	if (primary === null) return refused(`node ${intent.nodeId} is not registered`);
	const title = `failover drill: ${intent.how} ${quoted(primary)}`;
	if (facts.snapshot.cluster.primaryNodeId !== primary.nodeId) {
		return refused(`${title} is refused: it is not the one primary`, {
			detail: `It is ${primary.observed.role ?? primary.observed.status}.`,
			hint: "A drill takes the primary away; leave out --node, or name it.",
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
		title: "begin to write to it, wherever the primary is, and look at the forecast once more",
		...byConsole(primary),
		expects: [{ kind: "primary", nodeId: primary.nodeId }],
		settleSeconds: 10,
		verification: "writes are acknowledged, and the forecast is as it was",
		wayBack: "Nothing has been taken away.",
	});
}

function outage(facts: Facts, { primary, how }: DrillRoles): Step {
	return step({
		key: "outage",
		title:
			how === "stop" ? `stop PostgreSQL on ${quoted(primary)}` : `kill the postmaster on ${quoted(primary)}`,
		command:
			how === "stop" ? repmgr(facts, primary, ["node", "service", "--action=stop"]) : kill(facts, primary),
		// Not "stopped": repmgrd does not wait until we have seen it, and by then somebody may be promoted.
		verification: "the command ends with 0",
		wayBack: `Start ${quoted(primary)} again, as long as nobody is promoted: it is the primary as before.`,
	});
}

/** Only if it is still the one that was looked at: a number alone may be another process by now. */
const KILL_SCRIPT = '[ "$(head -n 1 "$1/postmaster.pid")" = "$2" ] && kill -KILL "$2"';

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
		wayBack: `If nobody is promoted: repmgrd is paused, and ${quoted(primary)} is started again.`,
		looksAgain: true,
	});
}

function impactOf(facts: Facts, { primary, winner, how }: DrillRoles): BlastRadius {
	const { forecast } = facts.snapshot;
	const sessions = serverOf(facts, primary.nodeId).value?.clientSessions;
	const crash = forecast?.seconds?.crash;
	const isSafe = how === "stop" || forecast?.isSynchronous === true;
	return {
		restarts: [primary.nodeId],
		dropped: `all client connections to ${quoted(primary)}${sessions == null ? "" : ` (now ${sessions})`}`,
		writeOutageSeconds: crash === undefined ? null : { from: crash.least, to: crash.most },
		lossBytes: isSafe ? 0 : (forecast?.lossBytes ?? null),
		...(isSafe ? {} : { mayLoseMore: true }),
		reasoning: `Afterwards ${winner === null ? "another node" : quoted(winner)} is the primary and ${quoted(primary)} its standby. ${
			how === "stop"
				? "A server that stops cleanly sends all it has to standbys that stream first."
				: isSafe
					? "The winner is a synchronous standby."
					: "Replication is asynchronous: commits of the last moment may be lost, of every database."
		}`,
	};
}
