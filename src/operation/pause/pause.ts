import type { PauseNote } from "../../model/host-reading.ts";
import type { Intent, PauseIntent } from "../../model/intent.ts";
import { formatClock } from "../../text/format.ts";
import { endTime } from "../../text/typed-time.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok, warning } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { canRunOn, psqlLogsIn } from "../checks/hosts.ts";
import type { CommandOption } from "../command-line.ts";
import type { Operation } from "../operation.ts";
import type { Facts } from "../plan/facts.ts";
import { LONGEST_REASON } from "../plan/host-note.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { pauseWithNote, renewNote, unpauseWithNote } from "./steps.ts";

type UnpauseIntent = Extract<Intent, { kind: "unpause" }>;

const REASON: CommandOption = {
	flags: "--reason <text>",
	about: "why; noted in the journal, and seen by every user of this machine (ps) while this runs",
	key: "reason",
};

export const PAUSE: Operation<PauseIntent> = {
	kind: "pause",
	title: "pause failover",
	about:
		"repmgrd starts no failover until it is unpaused, on every node: for maintenance. Findings go on; to silence one, acknowledge it instead.",
	commandLine: {
		about: "keep repmgrd from failing over, on every node",
		options: [
			{
				...REASON,
				about:
					"why; noted in the journal and on the hosts, and seen by every user of these machines (ps) while this runs",
			},
			{
				flags: "--until <time>",
				about:
					"when it is to end: 06:00 or 2026-12-01 06:00 (UTC), or 90min, 2h, 1d; nothing unpauses by itself, but every console reminds then",
				key: "until",
			},
		],
	},
	unfit: ({ nodes }) => (nodes.some(({ repmgrd }) => repmgrd.paused !== null) ? null : NONE_TELLS),
	questions: () => [
		{ key: "reason", kind: "text", title: "Why", empty: "is noted in the journal and on the hosts" },
		{
			key: "until",
			kind: "text",
			title: "Until",
			empty: "06:00 or 2026-12-01 06:00, in UTC, or 90min, 2h, 1d: then a reminder",
		},
	],
	intent: ({ reason, until }, now) => {
		const typed = String(until ?? "").trim();
		return {
			kind: "pause",
			reason: String(reason ?? ""),
			...(typed !== "" && { until: endTime(typed, now) ?? typed }),
		};
	},
	needs: { psqlLogins: true },
	plan: planPause,
};

export const UNPAUSE: Operation<UnpauseIntent> = {
	kind: "unpause",
	title: "unpause failover",
	about:
		"repmgrd may fail over again, on every node. A primary that is dead already is not failed over by it.",
	commandLine: { about: "let repmgrd fail over again, on every node", options: [REASON] },
	unfit: ({ nodes }) => {
		const active = nodes.filter(({ registered }) => registered.active);
		const told = active.filter(({ repmgrd }) => repmgrd.paused !== null);
		if (told.length === 0) return NONE_TELLS;
		const isDone = told.length === active.length && told.every(({ repmgrd }) => repmgrd.paused === false);
		return isDone ? "repmgrd is paused nowhere already" : null;
	},
	questions: () => [{ key: "reason", kind: "text", title: "Why", empty: "is noted in the journal" }],
	intent: ({ reason }) => ({ kind: "unpause", reason: String(reason ?? "") }),
	needs: { psqlLogins: true },
	plan: planUnpause,
};

/** A plan would change nothing then. */
const NONE_TELLS = "no node says whether repmgrd is paused";

/**
 * Like `repmgr service pause`, but only on nodes where that changes something, and each node is verified. Where repmgrd is paused
 * already, a reason or an end only renews what its host says.
 */
function planPause(intent: PauseIntent, facts: Facts): Requested {
	const title = "pause repmgrd";
	const { members, silent, others } = membersOf(facts, true);
	const reason = intent.reason.trim();
	const renewed =
		reason === "" && intent.until === undefined
			? []
			: members.filter(({ repmgrd }) => repmgrd.paused === true);
	if (others.length === 0 && renewed.length === 0 && silent.length === 0) {
		return refused("repmgrd is paused everywhere already", {
			hint: "To say who pauses it, why and until when, give a reason or an end.",
		});
	}
	const now = facts.snapshot.takenAt;
	const until = intent.until === undefined ? null : Date.parse(endTime(intent.until, now) ?? "");
	if (Number.isNaN(until)) {
		return refused(`${title} is refused: "${intent.until}" is neither a time nor a duration`, {
			hint: "E.g. 06:00 or 2026-12-01 06:00 (UTC), or 90min, 2h, 1h30m, 2d.",
		});
	}
	if (until !== null && until <= now) {
		return refused(`${title} is refused: its end, ${formatClock(until, now)}, is over`);
	}
	if (reason.length > LONGEST_REASON) {
		return refused(`${title} is refused: its reason has more than ${LONGEST_REASON} characters`);
	}
	const note: Omit<PauseNote, "since" | "nodeId"> = {
		systemIdentifier: facts.snapshot.cluster.systemIdentifier ?? "",
		who: facts.operator,
		reason,
		until,
	};
	const prerequisites = [
		noOtherOperation(facts),
		...[...others, ...renewed].map((node) => canRunOn(facts, node)),
		...others.flatMap((node) => psqlLogsIn(facts, node)),
		everyNodeCanBeAsked(silent.map(quoted)),
		hasAnEnd(until, now),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...others.map((node) => pauseWithNote(facts, node, note)),
				...renewed.map((node) => renewNote(facts, node, note)),
			],
			blastRadius: impact({ reasoning: "While it is paused, there is no failover if the primary dies." }),
			confirmation: { kind: "yes" },
		}),
	);
}

function planUnpause(intent: UnpauseIntent, facts: Facts): Requested {
	const title = "unpause repmgrd";
	const { silent, others } = membersOf(facts, false);
	if (others.length === 0 && silent.length === 0) return refused("repmgrd is paused nowhere already");
	const prerequisites = [
		noOtherOperation(facts),
		...others.map((node) => canRunOn(facts, node)),
		...others.flatMap((node) => psqlLogsIn(facts, node)),
		everyNodeCanBeAsked(silent.map(quoted)),
		primaryRuns(facts),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: others.map((node) => unpauseWithNote(facts, node)),
			blastRadius: impact({
				reasoning: "From then on repmgrd fails over by itself where repmgr.conf says so.",
			}),
			confirmation: { kind: "yes" },
		}),
	);
}

/** The active nodes: those that don't tell, and those where it is to be changed. */
function membersOf({ snapshot }: Facts, isPaused: boolean) {
	const members = snapshot.nodes.filter(({ registered }) => registered.active);
	return {
		members,
		silent: members.filter(({ repmgrd }) => repmgrd.paused === null),
		others: members.filter(({ repmgrd }) => repmgrd.paused === !isPaused),
	};
}

function hasAnEnd(until: number | null, now: number): Prerequisite {
	const title = "the pause has an end";
	return until === null
		? warning(title, "None is given: nothing reminds anybody of it.", "Give one: --until TIME.")
		: ok(title, `From ${formatClock(until, now)} on every console reminds; nothing unpauses by itself.`);
}

function everyNodeCanBeAsked(silent: readonly string[]): Prerequisite {
	const title = "every node can be asked";
	return silent.length === 0
		? ok(title, "All say whether repmgrd is paused.")
		: warning(title, `${listed(silent)} can't: they stay as they are.`);
}

/** A repmgrd that is unpaused after the primary has died starts no failover (doc/repmgrd-operation.xml). */
function primaryRuns({ snapshot }: Facts): Prerequisite {
	const title = "a primary runs";
	const primary = snapshot.nodes.find(({ nodeId }) => nodeId === snapshot.cluster.primaryNodeId);
	return primary === undefined
		? failed(
				title,
				"None is seen, or more than one. A repmgrd that is unpaused now does not fail over a primary that is dead already.",
				"Start the primary again, or promote a standby; then unpause.",
			)
		: ok(title, `It is ${quoted(primary)}.`);
}
