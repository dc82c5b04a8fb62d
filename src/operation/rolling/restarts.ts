import type { RollingIntent } from "../../model/intent.ts";
import type { PendingSetting } from "../../model/setting.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { ok } from "../checks/check.ts";
import { pausedNow, restorePauses } from "../pause/steps.ts";
import { type Facts, settingsOf } from "../plan/facts.ts";
import type { BlastRadius, Plan, Prerequisite, Requested } from "../plan/plan.ts";
import { connectionsTo, impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { switchoverImpact } from "../switchover/impact.ts";
import { shownValue } from "./assignment.ts";
import { restartsChecks, settingsAreRead } from "./checks.ts";
import { inOrder, restartSteps, rolesOf, type Takeover, takeoverSteps, tryTakeover } from "./steps.ts";

/** Nodes where a restart is pending, or all: one after the other, the primary by a switchover at the end. */
export function planRestarts(
	intent: RollingIntent,
	facts: Facts,
	title: string,
	takeover: Takeover,
): Requested {
	const { primary } = takeover;
	const active = facts.snapshot.nodes.filter(({ registered }) => registered.active);
	const read = active.map((node) => settingsAreRead(facts, node));
	const nodes = inOrder(
		active.filter((node) => intent.all || pendingOn(facts, node).length > 0),
		takeover,
	);
	if (nodes.length === 0 && read.every(({ state }) => state === "ok")) {
		return refused(`${title} is refused: no restart is pending on any node`, {
			detail: "On no node does pg_settings show a setting with pending_restart.",
			hint: "To restart all of them: rolling restart --all",
		});
	}
	const others = nodes.filter((node) => node !== primary);
	const isMoved = nodes.includes(primary);
	const prerequisites = restartsChecks(intent, facts, takeover, {
		nodes,
		read,
		why: (node) => whyItRestarts(facts, node),
	});
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			steps: [
				...(isMoved ? [tryTakeover(intent, facts, takeover)] : []),
				...others.flatMap((node) => restartSteps(facts, node)),
				...(isMoved ? takeoverSteps(intent, facts, takeover) : []),
				...(isMoved ? restorePauses(facts) : []),
			],
			...ending(facts, nodes, takeover),
			afterwards: isMoved ? wayBack(takeover) : [],
		}),
	);
}

export function pendingOn(facts: Facts, { nodeId }: NodeView): readonly PendingSetting[] {
	return settingsOf(facts, nodeId).value?.pending ?? [];
}

function whyItRestarts(facts: Facts, node: NodeView): Prerequisite {
	const title = `why ${quoted(node)} restarts`;
	const pending = pendingOn(facts, node);
	return ok(title, pending.length === 0 ? "--all was given." : `${pending.map(pendingText).join("; ")}.`);
}

/** "max_connections is 100, and 200 in /etc/postgresql/15/main/postgresql.conf:65". */
function pendingText({ name, value, inFile, place }: PendingSetting): string {
	const now = shownValue(name, value);
	return inFile === null
		? `${name} is ${now}, and no file sets it any more`
		: `${name} is ${now}, and ${shownValue(name, inFile)} in ${place ?? "the files"}`;
}

/** What a plan says of its impact where the primary's turn is a switchover. @param nodes those that restart. */
export function ending(
	facts: Facts,
	nodes: readonly NodeView[],
	takeover: Takeover,
): Pick<Plan, "blastRadius" | "confirmation" | "pausedBefore"> {
	const { primary, candidate } = takeover;
	if (!nodes.includes(primary)) {
		return {
			blastRadius: impact({ ...restartsOf(facts, nodes), reasoning: ONE_BY_ONE }),
			confirmation: { kind: "yes" },
			pausedBefore: [],
		};
	}
	const ofSwitchover = switchoverImpact(facts, rolesOf(facts, takeover));
	return {
		blastRadius: {
			...ofSwitchover,
			...restartsOf(facts, nodes),
			reasoning: `${ONE_BY_ONE} Then ${quoted(candidate)} becomes the primary. ${ofSwitchover.reasoning}`,
		},
		confirmation: { kind: "name", name: candidate.nodeName },
		pausedBefore: pausedNow(facts),
	};
}

const ONE_BY_ONE = "One node at a time, the next only when every node is back in its place.";

export function restartsOf(
	facts: Facts,
	nodes: readonly NodeView[],
): Pick<BlastRadius, "restarts" | "dropped"> {
	return {
		restarts: nodes.map(({ nodeId }) => nodeId),
		dropped: nodes.map((node) => connectionsTo(facts, node)).join("; "),
	};
}

export function wayBack({ primary, candidate }: Takeover): readonly string[] {
	return [
		`${quoted(candidate)} is the primary now, and ${quoted(primary)} its standby. To change them back: switchover --to ${shellWords([primary.nodeName])}`,
	];
}
