import type { RollingIntent } from "../../model/intent.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { restartChecks } from "../checks/restart.ts";
import { pausedNow, restorePauses } from "../pause/steps.ts";
import { type Facts, settingsOf } from "../plan/facts.ts";
import type { Plan, Requested, Step } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless } from "../plan/refusal.ts";
import { type Assignment, assignmentOf, holdsSecret, shownValue, written } from "./assignment.ts";
import { type Change, changeOf, mustNotBeLower, orderOf } from "./change.ts";
import { clusterChecks, once, primaryChecks } from "./checks.ts";
import { ending, restartsOf, wayBack } from "./restarts.ts";
import { settingChecks } from "./setting-checks.ts";
import { checkInEffect, reloadWith, waitForReplay, write } from "./setting-steps.ts";
import { inOrder, inPlaceSteps, restartSteps, type Takeover, takeoverSteps, tryTakeover } from "./steps.ts";

/**
 * ALTER SYSTEM on every data node: it stands above all files, is checked by the server, is the same on every distribution, and a
 * repetition changes nothing. A restart follows at once where the setting needs one, so that no node that restarts by itself
 * meanwhile has a value that does not fit yet.
 */
export function planSetting(
	intent: RollingIntent,
	facts: Facts,
	title: string,
	takeover: Takeover,
): Requested {
	const { primary } = takeover;
	const assignment = assignmentOf(intent.setting);
	if ("message" in assignment) return { refusal: assignment };
	const { name } = assignment;
	const known = settingsOf(facts, primary.nodeId).value;
	if (known !== undefined && known.setting === null) {
		return refused(`there is no setting "${name}"`, {
			detail: `${quoted(primary)} has none of that name, in PostgreSQL or in a library that it has loaded.`,
			hint: "SHOW ALL lists them.",
		});
	}
	if (known?.setting?.context === "internal") {
		return refused(`${name} can't be changed`, { detail: "The server only shows it (context internal)." });
	}
	const members = facts.snapshot.nodes.filter(
		({ registered }) => registered.active && registered.type !== "witness",
	);
	const changes = inOrder(members, takeover).flatMap((node) => changeOf(facts, node) ?? []);
	const open = changes.filter(({ needsWrite, needsRestart }) => needsWrite || needsRestart);
	const checked = settingChecks(facts, assignment, members, changes);
	if (open.length === 0 && checked.every(({ state }) => state !== "failed")) {
		return refused(`${title} changes nothing: every data node has this value already`, {
			detail: `${listed(members.map(quoted))}: ${known?.setting?.shown ?? ""}.`,
		});
	}
	const order = orderOf(name, open, primary);
	const restarted = open.filter(({ needsRestart }) => needsRestart).map(({ node }) => node);
	const prerequisites = once([
		...clusterChecks(facts),
		...checked,
		...restarted.flatMap((node) =>
			node === primary && order === "standbys first" ? [] : restartChecks(facts, node),
		),
		...(order === "standbys first" && restarted.includes(primary)
			? primaryChecks(intent, facts, takeover)
			: []),
	]);
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, title, facts, {
			prerequisites,
			...(order === "primary first"
				? loweredFirst(facts, assignment, open, takeover)
				: standbysFirst(intent, facts, assignment, open, takeover)),
			afterwards: [
				...undo(facts, assignment, changes),
				...(order === "standbys first" && restarted.includes(primary) ? wayBack(takeover) : []),
			],
		}),
	);
}

type Parts = Pick<Plan, "steps" | "blastRadius" | "confirmation" | "pausedBefore">;

function standbysFirst(
	intent: RollingIntent,
	facts: Facts,
	assignment: Assignment,
	changes: readonly Change[],
	takeover: Takeover,
): Parts {
	const { primary } = takeover;
	const restarted = changes.filter(({ needsRestart }) => needsRestart).map(({ node }) => node);
	const isMoved = restarted.includes(primary);
	return {
		steps: [
			...(isMoved ? [tryTakeover(intent, facts, takeover)] : []),
			...changes.flatMap((change): readonly Step[] => {
				const { node, needsRestart } = change;
				if (!needsRestart) return [reloadWith(facts, node, assignment)];
				if (node !== primary) return standbySteps(facts, assignment, change);
				return [
					write(facts, node, assignment),
					...takeoverSteps(intent, facts, takeover),
					checkInEffect(facts, node, assignment),
				];
			}),
			...(isMoved ? restorePauses(facts) : []),
		],
		...(restarted.length > 0
			? ending(facts, restarted, takeover)
			: {
					blastRadius: impact({ reasoning: "The servers read their files again; new values hold at once." }),
					confirmation: { kind: "yes" } as const,
					pausedBefore: [],
				}),
	};
}

function standbySteps(facts: Facts, assignment: Assignment, change: Change): readonly Step[] {
	const { node, value, wanted } = change;
	const isLowered = mustNotBeLower(assignment.name) && Number(wanted) < Number(value);
	return [
		...(isLowered ? [waitForReplay(facts, node, assignment.name, wanted)] : []),
		write(facts, node, assignment),
		...restartSteps(facts, node),
		checkInEffect(facts, node, assignment),
	];
}

function loweredFirst(
	facts: Facts,
	assignment: Assignment,
	changes: readonly Change[],
	{ primary }: Takeover,
): Parts {
	const standbys = changes.filter(({ node }) => node !== primary);
	return {
		steps: [
			write(facts, primary, assignment),
			...inPlaceSteps(facts, primary),
			checkInEffect(facts, primary, assignment),
			...standbys.flatMap((change) =>
				change.needsRestart
					? standbySteps(facts, assignment, change)
					: [reloadWith(facts, change.node, assignment)],
			),
			...restorePauses(facts),
		],
		blastRadius: impact({
			...restartsOf(facts, [
				primary,
				...standbys.filter(({ needsRestart }) => needsRestart).map(({ node }) => node),
			]),
			writeOutageSeconds: { from: 0.5, to: 10 },
			reasoning: `A standby with less than its primary does not start: ${quoted(primary)} has to write the lower value into its WAL first, and restarts where it is, without a switchover. How long that takes depends on its service manager. Each standby follows once it has replayed that.`,
		}),
		confirmation: { kind: "name", name: primary.nodeName },
		pausedBefore: pausedNow(facts),
	};
}

function undo(facts: Facts, { name }: Assignment, changes: readonly Change[]): readonly string[] {
	const before = new Map<string, string[]>();
	for (const { node } of changes) {
		const setting = settingsOf(facts, node.nodeId).value?.setting;
		const shown = setting == null ? "" : shownValue(name, setting.shown);
		const said = setting == null ? "unknown" : `${shown} (${setting.place ?? setting.source})`;
		before.set(said, [...(before.get(said) ?? []), quoted(node)]);
	}
	const [first] = changes;
	const old = first && settingsOf(facts, first.node.nodeId).value?.setting?.shown;
	const back =
		old === undefined || holdsSecret(name, old)
			? "in psql on each data node"
			: shellWords(["rolling", "set", written({ name, value: old })]);
	return [
		`${name} was ${[...before].map(([said, names]) => `${said} on ${listed(names)}`).join("; ")}. To go back, in the order that is safe then: ${back}`,
		`It is now set in postgresql.auto.conf on each data node, which overrides postgresql.conf: changing it in postgresql.conf has no effect until ALTER SYSTEM RESET ${name}.`,
	];
}
