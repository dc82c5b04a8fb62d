import type { ComparedRow } from "../operation/plan/plan.ts";
import type { RecoveryOptions } from "../operation/run/recovery-options.ts";
import {
	type CopyProgress,
	type Ending,
	isMainStepDone,
	nodeNamed,
	type RunState,
} from "../operation/run/run-state.ts";
import { formatBytes, formatSeconds, formatTime } from "../text/format.ts";
import { listed } from "../text/words.ts";

interface EndingText {
	readonly text: string;
	readonly severity: "ok" | "warning" | "critical";
}

const ENDINGS: Readonly<Record<RunState["outcome"], EndingText>> = {
	running: { text: "running", severity: "ok" },
	done: { text: "done and verified", severity: "ok" },
	failed: { text: "failed", severity: "critical" },
	stopped: { text: "stopped before all steps were done", severity: "warning" },
	detached: {
		text: "detached: the running step continues on its host, and no further step begins",
		severity: "warning",
	},
};

/** How an operation ended. */
export function runEnding(run: Pick<RunState, "outcome" | "plan" | "steps">): EndingText {
	if (run.outcome === "failed" && isMainStepDone(run))
		return { text: "done, but some steps failed", severity: "warning" };
	return ENDINGS[run.outcome];
}

/** When and from whom the recovery options were read: they are not read again. */
export function recoverySource({
	readAt,
	answered,
	silent,
}: Omit<RecoveryOptions, "state" | "ways">): string {
	const from =
		answered.length === 0
			? "no server answered"
			: `${listed(answered)} answered${silent.length === 0 ? "" : `, ${listed(silent)} did not`}`;
	return `Seen from here at ${formatTime(readAt)} UTC: ${from}.`;
}

/** "copies: 1.2 GB of 5.0 GB, 100 MB/s, 38 s left". */
export function copyText({ phase, bytes, totalBytes, bytesPerSecond, secondsLeft }: CopyProgress): string {
	const of = totalBytes === null ? "" : ` of ${formatBytes(totalBytes)}`;
	const rate = bytesPerSecond === null ? "" : `, ${formatBytes(bytesPerSecond)}/s`;
	const left = secondsLeft === null ? "" : `, ${formatSeconds(secondsLeft)} left`;
	return bytes === 0 ? phase : `${phase}: ${formatBytes(bytes)}${of}${rate}${left}`;
}

/** Where WAL was copied before a rewind discarded it, on which node; null: nowhere. */
export function savedWal({
	steps,
}: Pick<RunState, "steps">): { readonly nodeId: number; readonly path: string } | null {
	const saved = steps.find(({ step, status }) => step.key.startsWith("save-wal") && status === "done");
	const [, path] = /^saved in (\/.+)$/m.exec(saved?.output ?? "") ?? [];
	return saved === undefined || path === undefined ? null : { nodeId: saved.step.command.nodeId, path };
}

/** The same as a sentence; "": nothing was saved. */
export function savedWalText(run: Pick<RunState, "steps" | "plan">): string {
	const saved = savedWal(run);
	if (saved === null) return "";
	const isDumped = run.steps.some(({ step, status }) => step.key.startsWith("dump") && status === "done");
	const dump = isDumped ? " and a dump of all databases, dump.sql.gz" : "";
	return `The WAL that the rewind discards is saved on ${nodeNamed(run.plan, saved.nodeId)} in ${saved.path}, with the list of its commits${dump}.`;
}

/** What a rejoin sets right, before and after, one a line; below each other where the columns are too narrow. */
export function comparedLines(rows: readonly ComparedRow[], columns: number): readonly string[] {
	const cells = rows.map(({ title, before, after }) => [title, before, after ?? "not seen"] as const);
	const table = [["", "BEFORE", "AFTER"] as const, ...cells];
	const [first = 0, second = 0, third = 0] = [0, 1, 2].map((column) =>
		Math.max(...table.map((row) => row[column]?.length ?? 0)),
	);
	return first + second + third + 4 <= columns
		? table.map(([title, before, after]) =>
				`${title.padEnd(first)}  ${before.padEnd(second)}  ${after}`.trimEnd(),
			)
		: cells.flatMap(([title, before, after]) => [title, `  before: ${before}`, `  after:  ${after}`]);
}

export const STALLED = "no primary has been seen for long, and the command is still running";

/** Outcome of an operation in the journal. `isAlive` null: unknown, because it belongs to another machine. */
export function outcomeLabel({
	outcome,
	isAlive,
}: {
	readonly outcome: Ending | "interrupted";
	readonly isAlive: boolean | null;
}): Ending | "interrupted" | "running" | "running?" {
	if (outcome !== "interrupted" || isAlive === false) return outcome;
	return isAlive === true ? "running" : "running?";
}
