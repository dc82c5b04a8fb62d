import { nodeNamed, type RunState, type StepState } from "../../../operation/run/run-state.ts";
import { commandLine } from "../../../presentation/plan-report.ts";
import { copyText, recoverySource, STALLED } from "../../../presentation/run-report.ts";
import { formatSeconds } from "../../../text/format.ts";
import { quoted } from "../../../text/words.ts";
import type { UiContext } from "../../context.ts";
import { listOf } from "../../list.ts";
import { fitText } from "../../text/fit-text.ts";
import { pageHeading, type StyledLine, textIn } from "../../text/styled-line.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import type { RunState as RunScreenState } from "../states.ts";

const MARKS: Readonly<
	Record<StepState["status"], { readonly mark: string; readonly role: SemanticRole; readonly word: string }>
> = {
	waiting: { mark: "·", role: "muted", word: "" },
	running: { mark: "▶", role: "key", word: "runs" },
	verifying: { mark: "▶", role: "key", word: "waiting" },
	done: { mark: "✓", role: "ok", word: "" },
	failed: { mark: "✗", role: "critical", word: "failed" },
	"not needed": { mark: "✓", role: "muted", word: "not needed" },
	skipped: { mark: "-", role: "muted", word: "not begun" },
};

/** The largest part of the screen for steps. */
const MOST_OF_STEPS = 1 / 2;

/** The steps, the result, and below them the log of the current step. */
export interface RunLayout {
	readonly title: string;
	readonly operationId: string;
	readonly elapsed: string;
	readonly steps: readonly StyledLine[];
	readonly result: readonly StyledLine[];
	readonly logTitle: string;
	readonly log: readonly StyledLine[];
	/** The number of the log's bottom line, and how many lines there are. */
	readonly foot: number;
	readonly logCount: number;
	readonly logHeight: number;
}

/** Of a running operation. */
export function runLayout(context: UiContext, run: RunState, screen: RunScreenState): RunLayout {
	const { columns, bodyRows, now } = context;
	const current = currentStep(run);
	const all = run.steps.map((state) => stepLine(state, run, now, columns));
	const height = Math.min(all.length, Math.max(3, Math.floor(bodyRows * MOST_OF_STEPS)));
	const steps = listOf(all, current === null ? 0 : run.steps.indexOf(current), height).visible;
	const lines = logLines(run, current, screen.showsAll, columns);
	const result = resultLines(context, run);
	// Two rules; some lines are always left for the log.
	const logHeight = Math.max(1, bodyRows - height - Math.min(result.length, bodyRows - height - 4) - 2);
	const foot = Math.min(lines.length, Math.max(logHeight, screen.foot ?? lines.length));
	return {
		title: run.plan.title,
		operationId: run.operationId,
		elapsed: formatSeconds(Math.max(0, (endOf(run) ?? now) - run.startedAt) / 1000),
		steps,
		result: result.slice(0, Math.max(0, bodyRows - height - 4)),
		logTitle: screen.showsAll
			? "all steps"
			: current === null
				? ""
				: hasCommand(current)
					? commandLine(current.step, run.plan)
					: current.step.title,
		log: lines.slice(Math.max(0, foot - logHeight), foot),
		foot,
		logCount: lines.length,
		logHeight,
	};
}

/** The running step, otherwise the failed one, otherwise the last with output. */
export function currentStep({ steps }: RunState): StepState | null {
	const isBusy = ({ status }: StepState): boolean => status === "running" || status === "verifying";
	return (
		steps.find(isBusy) ??
		steps.find(({ status }) => status === "failed") ??
		steps.findLast(({ output }) => output !== "") ??
		steps[0] ??
		null
	);
}

/** All steps under their heading, in an operation that has ended. */
export function stepLines(run: RunState, now: number, columns: number): readonly StyledLine[] {
	const done = run.steps.filter(({ status }) => status === "done" || status === "not needed").length;
	return [
		pageHeading(`STEPS: ${done} of ${run.steps.length} done`),
		...run.steps.map((state) => stepLine(state, run, now, columns)),
	];
}

function stepLine(state: StepState, run: RunState, now: number, columns: number): StyledLine {
	const { step, status, startedAt, endedAt } = state;
	const { mark, role, word } = MARKS[status];
	const node = run.plan.nodes.find(({ nodeId }) => nodeId === step.command.nodeId);
	const lasted = startedAt === null ? "" : formatSeconds(Math.max(0, (endedAt ?? now) - startedAt) / 1000);
	const wait = status === "verifying" && state.waitsFor ? `of ${state.waitsFor.seconds} s` : "";
	const note = [word, step.runs === "always" && status === "waiting" ? "always" : "", lasted, wait]
		.filter((part) => part !== "")
		.join("  ");
	const where = node === undefined || step.title.includes(quoted(node)) ? "" : `  ${node.nodeName}`;
	const free = columns - 3 - note.length - 2;
	return {
		key: step.key,
		spans: [
			{ text: ` ${mark} `, role },
			{ text: fitText(`${step.title}${where}`, free), role: status === "waiting" ? "muted" : "plain" },
			{ text: ` ${note}`, role },
		],
	};
}

/** What the running step waits for, notes, and how to end a stall. */
function resultLines({ operationStore, columns }: UiContext, run: RunState): readonly StyledLine[] {
	const text = textIn(columns);
	const notes = [
		...run.steps
			.filter(({ status }) => status === "failed" || status === "done")
			.flatMap(({ notes: said }) => said),
		...run.notes,
	].flatMap((note, position) => text(`note ${position}`, 1, `! ${note}`, "warning"));
	const waits = run.steps.flatMap(({ step, status, waitsFor, copied }) =>
		status === "running" && copied
			? text(`copy ${step.key}`, 1, copyText(copied), "key")
			: status === "verifying" && waitsFor
				? text(`waits ${step.key}`, 1, `waiting: ${waitsFor.missing.join("; ")}`, "muted")
				: [],
	);
	const ways = operationStore.recoveryOptions;
	if (ways === null) return [...waits, ...notes];
	return [
		...waits,
		...notes,
		...text("stalled", 1, STALLED, "warning"),
		...text("state", 1, ways.state, "title"),
		...text("source", 1, recoverySource(ways), "muted"),
		...ways.ways.flatMap(({ title, command }, position) =>
			text(`way ${position}`, 1, `${position + 1}. ${title}: ${command}`, "key"),
		),
	];
}

/** The output of one step, or of all under their titles. */
export function logLines(
	run: RunState,
	current: StepState | null,
	showsAll: boolean,
	columns: number,
): readonly StyledLine[] {
	const text = textIn(columns);
	const outputOf = ({ step, output }: StepState): readonly StyledLine[] =>
		output.trim() === ""
			? []
			: output
					.trimEnd()
					.split("\n")
					.flatMap((line, position) => text(`${step.key} ${position}`, 1, line));
	const rejoinLogs = run.rejoinLogs.flatMap(({ nodeId, path, text: said }) => [
		...text(`rejoin ${path}`, 1, `${path} on ${nodeNamed(run.plan, nodeId)}:`, "title"),
		...said
			.trimEnd()
			.split("\n")
			.flatMap((line, position) => text(`${path} ${position}`, 1, line)),
	]);
	if (!showsAll) return [...(current === null ? [] : outputOf(current)), ...rejoinLogs];
	return [
		...run.steps.flatMap((state) => {
			const lines = outputOf(state);
			return state.startedAt === null
				? []
				: [
						...text(`title ${state.step.key}`, 1, state.step.title, "title"),
						...(hasCommand(state)
							? text(`command ${state.step.key}`, 1, commandLine(state.step, run.plan), "key")
							: []),
						...lines,
					];
		}),
		...rejoinLogs,
	];
}

/** False for a step that another console began: only its output is known. */
function hasCommand({ step }: StepState): boolean {
	return step.command.argv.length > 0 || step.by !== undefined;
}

/** Epoch ms; null while it runs, here or without this console, and if no step has ended. */
export function endOf({ outcome, steps }: RunState): number | null {
	if (outcome === "running" || outcome === "detached") return null;
	const ends = steps.flatMap(({ endedAt }) => endedAt ?? []);
	return ends.length === 0 ? null : Math.max(...ends);
}
