import type { OwnCommit, OwnCommits } from "../model/own-wal.ts";
import type { Alternative, Confirmation, Plan, Prerequisite, Step } from "../operation/plan/plan.ts";
import { losesNoCommit } from "../operation/rejoin/own-commits.ts";
import { nodeNamed } from "../operation/run/run-state.ts";
import { formatBytes } from "../text/format.ts";
import { shellWords } from "../text/shell.ts";
import { listed } from "../text/words.ts";

/** A part of a plan, which the screen draws, a command prints and a runbook writes as Markdown. */
export interface PlanSection {
	/** e.g. "Pre-flight checks". */
	readonly title: string;
	/** Follows the title, e.g. ": 12 of 14 passed". */
	readonly suffix: string;
	readonly items: readonly PlanItem[];
}

export type PlanItem =
	| { readonly kind: "line"; readonly text: string }
	| { readonly kind: "check"; readonly check: Prerequisite }
	| { readonly kind: "step"; readonly number: string; readonly step: Step };

/** @param mostCommits how many transactions that would be lost are listed. */
export function planReport(plan: Plan, mostCommits?: number): readonly PlanSection[] {
	const inOrder = plan.steps.filter(({ runs }) => runs === "in order");
	const always = plan.steps.filter(({ runs }) => runs === "always");
	const sections: readonly PlanSection[] = [
		checksSection(plan.prerequisites),
		...(plan.ownCommits === undefined ? [] : [commitsSection(plan.ownCommits, mostCommits)]),
		...(plan.alternatives === undefined ? [] : [alternativesSection(plan.alternatives)]),
		{ title: "Impact", suffix: "", items: impactLines(plan).map((text) => ({ kind: "line", text })) },
		{
			title: "Steps",
			suffix: "",
			items: inOrder.map((step, position) => ({ kind: "step", number: `${position + 1}.`, step })),
		},
		{
			title: "Cleanup",
			suffix: " (always runs, also after a failure; skipped if already done)",
			items: always.map((step) => ({ kind: "step", number: "-", step })),
		},
		{
			title: "Afterwards",
			suffix: "",
			items: (plan.afterwards ?? []).map((text) => ({ kind: "line", text })),
		},
	];
	return sections.filter(({ items }) => items.length > 0);
}

export function checksSection(checks: readonly Prerequisite[]): PlanSection {
	const passed = checks.filter(({ state }) => state === "ok").length;
	return {
		title: "Pre-flight checks",
		suffix: `: ${passed} of ${checks.length} passed`,
		items: checks.map((check) => ({ kind: "check", check })),
	};
}

/** The ways to the same end, side by side; the first that is possible suffices. */
export function alternativesSection(ways: readonly Alternative[]): PlanSection {
	const least = ways.find(({ isPossible }) => isPossible);
	return {
		title: "Ways back",
		suffix: least === undefined ? "" : `: the least that suffices is ${least.command}`,
		items: ways.map(({ title, isPossible, why }) => ({
			kind: "line",
			text: `${title}: ${isPossible ? "possible" : "not possible"}. ${why}`,
		})),
	};
}

/** The transactions that would be lost, one a line. */
export function commitsSection(commits: OwnCommits, most = commits.list.length): PlanSection {
	const { count, prepared, list, unread } = commits;
	const shown = list.slice(0, most);
	const left = count + prepared - shown.length;
	const lines = [
		...shown.map(commitLine),
		...(left > 0 ? [`and ${left} later ones${shown.length < list.length ? ": see --json" : ""}`] : []),
		...(unread === null ? [] : [`there may be more: ${unread}`]),
		...(losesNoCommit(commits) ? ["none: that WAL holds only what the server writes by itself"] : []),
	];
	return {
		title: "Transactions that only it has",
		suffix: `: ${unread === null ? "" : "at least "}${count + prepared}`,
		items: lines.map((text) => ({ kind: "line", text })),
	};
}

/** "2026-11-30 06:53:03.625 UTC  xid 727  repmgr.public.t1". */
function commitLine({ kind, xid, at, lsn, relations, hasMore }: OwnCommit): string {
	const when = at === null ? lsn : `${at.slice(0, 10)} ${at.slice(11, 23)} UTC`;
	const tables = [...relations, ...(hasMore ? ["and more"] : [])];
	return [
		...[when, `xid ${xid}`, ...(kind === "commit" ? [] : [kind])],
		tables.length === 0 ? "no table seen" : tables.join(", "),
	].join("  ");
}

/** "PRE-FLIGHT CHECKS: 12 of 14 passed". */
export function headingOf({ title, suffix }: Pick<PlanSection, "title" | "suffix">): string {
	return title.toUpperCase() + suffix;
}

/** Over the output of repmgr's dry run. */
export function dryRunHeading(exitCode: number | null): string {
	return `REPMGR DRY RUN: exit code ${exitCode ?? "unknown"}`;
}

/** 'on "node2", as postgres: repmgr …'. */
export function commandLine(step: Pick<Step, "command" | "by">, plan: Pick<Plan, "nodes">): string {
	if (step.by === "this console") return "by this console; nothing is run on a host";
	return `${commandPlace(step, plan)}: ${commandText(step).join("; ")}`;
}

/** The command, or what a script does as commands, line by line. */
export function commandText({ command: { argv, shown } }: Pick<Step, "command">): readonly string[] {
	return shown ?? [shellWords(argv)];
}

/** 'on "node2", as postgres'. */
export function commandPlace({ command }: Pick<Step, "command">, plan: Pick<Plan, "nodes">): string {
	return `on ${nodeNamed(plan, command.nodeId)}, as ${command.user}`;
}

export function impactLines({ blastRadius, nodes }: Pick<Plan, "blastRadius" | "nodes">): readonly string[] {
	const { restarts, dropped, writeOutageSeconds: outage, reasoning } = blastRadius;
	const names = restarts.map((nodeId) => nodeNamed({ nodes }, nodeId));
	return [
		restarts.length === 0 ? "no server restarts" : `restarts: ${listed(names)}`,
		dropped === "" ? "no connection drops" : `dropped: ${dropped}`,
		outage === null
			? "no write outage of its own"
			: `write outage: about ${outage.from.toFixed(1)} to ${outage.to.toFixed(1)} s`,
		lossLine(blastRadius),
		...(reasoning === "" ? [] : [reasoning]),
	];
}

function lossLine({ lossBytes, mayLoseMore }: Plan["blastRadius"]): string {
	if (lossBytes === 0 && !mayLoseMore) return "no committed WAL is lost";
	const loss =
		lossBytes === null
			? "unknown"
			: mayLoseMore
				? `${formatBytes(lossBytes)}, and what was written since`
				: `${formatBytes(lossBytes)} at most`;
	return `committed WAL that may be lost: ${loss}`;
}

/** What an operator is asked before a plan is run, and whether an answer confirms it. */
export function confirmationQuestion(confirmation: Confirmation): {
	readonly question: string;
	readonly isRight: (answer: string) => boolean;
} {
	switch (confirmation.kind) {
		case "yes":
			return { question: "Proceed? (y/n)", isRight: (answer) => /^y(es)?$/i.test(answer) };
		case "name":
			return {
				question: `Type ${confirmation.name} to proceed:`,
				isRight: (answer) => answer === confirmation.name,
			};
		case "name and loss": {
			const { name, lossBytes, lossCommits } = confirmation;
			const words = `${name} ${lossCommits ?? lossBytes ?? "unknown"}`;
			const loss =
				lossCommits === undefined
					? `${lossBytes ?? "unknown"} bytes may be lost`
					: `${lossCommits} transactions lost`;
			return {
				// Short enough for an answer and a note beside it on 80 columns.
				question: `Type "${words}" (${loss}) to proceed:`,
				isRight: (answer) => answer === words,
			};
		}
	}
}
