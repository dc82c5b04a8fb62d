import type { RunState } from "../operation/run/run-state.ts";
import type { ConsoleState } from "../store/console-store.ts";
import type { Mark } from "./entry.ts";

/** Entries of the event log that are older than this were only read late. */
const NEW_MS = 60_000;

/** What a reader looks for between two states. */
export function marksBetween(before: ConsoleState, after: ConsoleState): readonly Mark[] {
	const marks = [...findingMarks(before, after), ...eventMarks(before, after)];
	if (marks.length > 0) return marks;
	const isChanged =
		before.history !== after.history ||
		before.registrations !== after.registrations ||
		before.crosscheck !== after.crosscheck ||
		before.setupCheck.report !== after.setupCheck.report ||
		before.timelines.report !== after.timelines.report;
	return isChanged ? [{ of: "change" }] : [];
}

function findingMarks(before: ConsoleState, after: ConsoleState): readonly Mark[] {
	const [was, is] = [before.findingPeriods, after.findingPeriods];
	if (was === is) return [];
	const mark = (
		key: string,
		event: Extract<Mark, { of: "finding" }>["event"],
		{ severity, message }: Pick<Extract<Mark, { of: "finding" }>, "severity" | "message">,
	): Mark => {
		const [code = "", node = ""] = key.split(" ");
		const nodeId = node === "" ? null : Number(node);
		return { of: "finding", event, code, nodeId, severity, message };
	};
	return [
		...[...is].flatMap(([key, period]) => {
			const old = was.get(key);
			if (old === undefined) return [mark(key, "opened", period)];
			return old.severity !== period.severity ? [mark(key, "changed", period)] : [];
		}),
		...[...was].flatMap(([key, period]) => (is.has(key) ? [] : [mark(key, "ended", period)])),
	];
}

function eventMarks(before: ConsoleState, after: ConsoleState): readonly Mark[] {
	if (before.log === after.log) return [];
	const oldest = new Date(after.now - NEW_MS).toISOString();
	const known = new Set(before.log.slice(-1000));
	return after.log
		.slice(-1000)
		.filter((entry) => !known.has(entry) && entry.timestamp >= oldest)
		.map((entry) => ({ of: "event", entry }));
}

/** What an operation came to. */
export function runMark(before: RunState | null, after: RunState | null): Mark | null {
	const [was, is] = [before, after].map((run) => run && { run, step: stepOf(run) });
	if (!is) return null;
	const isSame =
		was?.run.operationId === is.run.operationId && was.step === is.step && was.run.outcome === is.run.outcome;
	const { operationId, outcome, plan } = is.run;
	return isSame ? null : { of: "operation", operationId, title: plan.title, outcome, step: is.step };
}

function stepOf({ steps }: RunState): string | null {
	return steps.find(({ status }) => status === "running" || status === "verifying")?.step.title ?? null;
}
