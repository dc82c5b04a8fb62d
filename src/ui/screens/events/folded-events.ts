import { FINDING_CODES } from "../../../model/finding.ts";
import type { LogEntry } from "../../../model/log-entry.ts";
import { outcomeLabel } from "../../../presentation/run-report.ts";
import type { OperationsState } from "../../../session/session.ts";
import { formatSeconds } from "../../../text/format.ts";

/** An entry of the log, or an operation in place of its own entries. */
export interface EventItem extends LogEntry {
	/** The operation whose events stand behind this line. */
	readonly operationId?: string;
}

/** The time of an operation, in which what happens is most likely its own work. */
export interface OperationTime {
	readonly operationId: string;
	readonly title: string;
	readonly outcome: string;
	readonly isTrouble: boolean;
	/** Epoch ms. */
	readonly from: number;
	readonly to: number;
}

/** What an operation did last is recorded, and seen by the next polls, after its end, ms. */
const AFTER_MS = 5000;

const CODES: ReadonlySet<string> = new Set(FINDING_CODES);

/** The operations that this console can tell the time of: those of this machine, oldest first. */
export function operationTimes({
	run,
	runs,
}: Pick<OperationsState, "run" | "runs">): readonly OperationTime[] {
	const past = (runs ?? [])
		.filter(({ operationId }) => operationId !== run?.operationId)
		.filter(({ endedAt, isAlive }) => endedAt !== null || isAlive === true)
		.map((one) => ({
			operationId: one.operationId,
			title: one.title,
			outcome: outcomeLabel(one),
			isTrouble: one.outcome === "failed",
			from: one.startedAt,
			to: one.endedAt ?? Number.POSITIVE_INFINITY,
		}));
	const here =
		run === null || run.outcome === "detached"
			? []
			: [
					{
						operationId: run.operationId,
						title: run.plan.title,
						outcome: run.outcome,
						isTrouble: run.outcome === "failed",
						from: run.startedAt,
						to:
							run.outcome === "running"
								? Number.POSITIVE_INFINITY
								: Math.max(run.startedAt, ...run.steps.map(({ endedAt }) => endedAt ?? 0)),
					},
				];
	return [...past, ...here].toSorted((a, b) => a.from - b.from);
}

/** The log, oldest first, with one line for the events of each operation; those that are opened keep their events below it. */
export function foldedEvents(
	log: readonly LogEntry[],
	times: readonly OperationTime[],
	opened: readonly string[],
): readonly EventItem[] {
	if (times.length === 0) return log;
	const own = new Map<OperationTime, LogEntry[]>();
	const ends = times.map(({ from, to }) => [textOf(from), textOf(to + AFTER_MS)] as const);
	let next = 0;
	const owners = log.map((entry) => {
		const { timestamp } = entry;
		while (next < times.length - 1 && timestamp > (ends[next]?.[1] ?? "")) next += 1;
		const [from = "", to = ""] = ends[next] ?? [];
		const time = times[next];
		if (time === undefined || timestamp < from || timestamp > to || isAlarm(entry)) return null;
		const known = own.get(time);
		if (known === undefined) own.set(time, [entry]);
		else known.push(entry);
		return time;
	});
	const begun = new Set<OperationTime>();
	return log.flatMap((entry, position): readonly EventItem[] => {
		const time = owners[position] ?? null;
		if (time === null) return [entry];
		const shown = opened.includes(time.operationId) ? [entry] : [];
		if (begun.has(time)) return shown;
		begun.add(time);
		return [headOf(time, own.get(time) ?? []), ...shown];
	});
}

/** Sorts like the timestamps of entries. */
function textOf(at: number): string {
	return Number.isFinite(at) ? new Date(at).toISOString().replace("Z", "000Z") : "~";
}

/** A finding that began is never folded: operations keep quiet what they do on purpose. */
function isAlarm({ source, successful, event }: LogEntry): boolean {
	return source === "console" && successful === false && CODES.has(event);
}

function headOf(time: OperationTime, events: readonly LogEntry[]): EventItem {
	const { operationId, title, outcome, isTrouble, from, to } = time;
	const lasted = Number.isFinite(to) ? ` after ${formatSeconds((to - from) / 1000)}` : "";
	const count = events.length === 1 ? "1 event" : `${events.length} events`;
	return {
		source: "console",
		timestamp: events[0]?.timestamp ?? textOf(from),
		nodeId: null,
		event: "operation",
		successful: isTrouble ? false : null,
		details: `${title}: ${outcome}${lasted}, ${count}`,
		operationId,
	};
}
