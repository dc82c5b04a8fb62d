import { CHANGES_PRIMARY } from "../../../model/intent.ts";
import type { LogEntry } from "../../../model/log-entry.ts";
import type { RunState } from "../../../operation/run/run-state.ts";
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
	/** It takes the primary's role from one node to another. */
	readonly changesPrimary: boolean;
	/** Epoch ms: its start, or its last resumption: who did what before that is not known. */
	readonly from: number;
	readonly to: number;
}

/** What an operation did last is recorded, and seen by the next polls, after its end, ms. */
const AFTER_MS = 5000;

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
			changesPrimary: one.kind !== null && CHANGES_PRIMARY.includes(one.kind),
			from: one.resumedAt ?? one.startedAt,
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
						changesPrimary: CHANGES_PRIMARY.includes(run.plan.intent.kind),
						from: beginningOf(run),
						to:
							run.outcome === "running"
								? Number.POSITIVE_INFINITY
								: Math.max(run.startedAt, ...run.steps.map(({ endedAt }) => endedAt ?? 0)),
					},
				];
	return [...past, ...here].toSorted((a, b) => a.from - b.from);
}

/** A resumed one has the time of its original start: its first step here began later. */
function beginningOf({ plan, startedAt, steps }: RunState): number {
	if (plan.intent.kind !== "resume") return startedAt;
	return Math.min(...steps.map((step) => step.startedAt ?? Number.POSITIVE_INFINITY));
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
		if (time === undefined || timestamp < from || timestamp > to || !isOwn(entry, time)) return null;
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

/**
 * May it be the operation's own work? A failure, such as a finding that began, is shown in any case; a change of the primary belongs
 * only to an operation that changes it: otherwise a failover during a long clone would be one of its events.
 */
function isOwn({ source, successful, event }: LogEntry, { changesPrimary }: OperationTime): boolean {
	// The console's own entry has the mark of a failure even if it was intended.
	if (source === "console" && event === "role") return changesPrimary;
	if (successful === false) return false;
	return changesPrimary || source === "console" || !CHANGE_OF_PRIMARY.test(event);
}

/** repmgr's events: standby_promote, standby_switchover, repmgrd_failover_promote, repmgrd_promote_error and their like. */
const CHANGE_OF_PRIMARY = /promot|failover|switchover/;

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
