import type { Intent } from "../../model/intent.ts";
import type { ClusterSnapshot } from "../../model/snapshot.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok, warning } from "../checks/check.ts";
import { noOtherOperation } from "../checks/cluster.ts";
import { canRunOn, psqlLogsIn } from "../checks/hosts.ts";
import type { Operation } from "../operation.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite, Requested } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { setPaused } from "./steps.ts";

type PauseIntent = Extract<Intent, { kind: "pause" | "unpause" }>;

export const PAUSE = setPausedOperation(
	"pause",
	"repmgrd starts no failover until it is unpaused, on every node: for maintenance.",
	"keep repmgrd from failing over, on every node",
);

export const UNPAUSE = setPausedOperation(
	"unpause",
	"repmgrd may fail over again, on every node. A primary that is dead already is not failed over by it.",
	"let repmgrd fail over again, on every node",
);

function setPausedOperation(
	kind: PauseIntent["kind"],
	about: string,
	commandAbout: string,
): Operation<PauseIntent> {
	return {
		kind,
		title: `${kind} failover`,
		about,
		commandLine: {
			about: commandAbout,
			options: [
				{
					flags: "--reason <text>",
					about: "why; noted in the journal, and seen by every user of this machine (ps) while this runs",
					key: "reason",
				},
			],
		},
		unfit: (snapshot) => unfitToSetPaused(snapshot, kind === "pause"),
		questions: () => [{ key: "reason", kind: "text", title: "Why", empty: "is noted in the journal" }],
		intent: ({ reason }) => ({ kind, reason: String(reason ?? "") }),
		needs: { psqlLogins: true },
		plan: planPause,
	};
}

/** Without a node that says whether repmgrd is paused, a plan would change nothing. */
function unfitToSetPaused({ nodes }: ClusterSnapshot, isPaused: boolean): string | null {
	const active = nodes.filter(({ registered }) => registered.active);
	const told = active.filter(({ repmgrd }) => repmgrd.paused !== null);
	if (told.length === 0) return "no node says whether repmgrd is paused";
	const isDone = told.length === active.length && told.every(({ repmgrd }) => repmgrd.paused === isPaused);
	return isDone ? `repmgrd is paused ${isPaused ? "everywhere" : "nowhere"} already` : null;
}

/** Like `repmgr service pause`, but only on nodes where that changes something, and each node is verified. */
function planPause(intent: PauseIntent, facts: Facts): Requested {
	const isPaused = intent.kind === "pause";
	const title = `${intent.kind} repmgrd`;
	const members = facts.snapshot.nodes.filter(({ registered }) => registered.active);
	const silent = members.filter(({ repmgrd }) => repmgrd.paused === null);
	const others = members.filter(({ repmgrd }) => repmgrd.paused === !isPaused);
	if (others.length === 0 && silent.length === 0) {
		return refused(`repmgrd is paused ${isPaused ? "everywhere" : "nowhere"} already`);
	}
	const prerequisites = [
		noOtherOperation(facts),
		...others.map((node) => canRunOn(facts, node)),
		...others.flatMap((node) => psqlLogsIn(facts, node)),
		everyNodeCanBeAsked(silent.map(quoted)),
		...(isPaused ? [] : [primaryRuns(facts)]),
	];
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: others.map((node) => setPaused(facts, node, isPaused)),
			blastRadius: impact({
				reasoning: isPaused
					? "While it is paused, there is no failover if the primary dies."
					: "From then on repmgrd fails over by itself where repmgr.conf says so.",
			}),
			confirmation: { kind: "yes" },
		}),
	);
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
