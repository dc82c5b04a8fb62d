import { readFileSync } from "node:fs";
import type { Ending } from "../operation/run/run-state.ts";
import type { JournalEntry } from "./journal.ts";
import { type OperationRecord, recordOf } from "./operation-record.ts";

/** One operation, as far as this machine's journal or a lock on the hosts tells. */
export interface OperationSummary {
	readonly operationId: string;
	readonly title: string;
	readonly cluster: string;
	readonly who: string;
	/** What kind of operation, as an intent has it; null: a lock does not tell. */
	readonly kind: string | null;
	/** Why, as its operator said; null: they did not. */
	readonly reason: string | null;
	/** Epoch ms. */
	readonly startedAt: number;
	/** interrupted: begun, and nobody has brought it to its end. */
	readonly outcome: Ending | "interrupted";
	/** Who writes the journal of it, where this machine does. */
	readonly pid: number | null;
	/** Is it being carried out now, by another process here? Null: it is another machine's, which does not tell. */
	readonly isAlive: boolean | null;
}

interface Known extends OperationSummary {
	readonly record: OperationRecord;
	readonly systemIdentifier: string;
	/** When its pid was noted, epoch ms. */
	readonly notedAt: number;
}

/** Every operation of the journal, the newest first. */
export function operationsOf(entries: readonly JournalEntry[]): readonly Known[] {
	const known = new Map<string, Known>();
	for (const entry of entries) {
		const { operationId, cluster, systemIdentifier, who, at } = entry;
		if (entry.event === "approved") {
			const startedAt = Date.parse(at);
			const by = nameOf(who);
			known.set(operationId, {
				operationId,
				cluster,
				systemIdentifier,
				title: entry.plan.title,
				kind: entry.plan.intent.kind,
				reason: ("reason" in entry.plan.intent && entry.plan.intent.reason) || null,
				who: by,
				startedAt,
				outcome: "interrupted",
				pid: who.pid,
				notedAt: startedAt,
				isAlive: false,
				record: recordOf(operationId, entry.plan, by, startedAt),
			});
		}
		const before = known.get(operationId);
		if (before === undefined) continue;
		if (entry.event === "resumed") {
			known.set(operationId, { ...before, pid: who.pid, notedAt: Date.parse(at) });
		}
		if (entry.event === "ended") known.set(operationId, { ...before, outcome: entry.outcome });
	}
	return [...known.values()].reverse();
}

/** "alice on bastion1 (from 192.0.2.7)". */
export function nameOf({ osUser, host, sshFrom }: JournalEntry["who"]): string {
	return `${osUser} on ${host}${sshFrom === null ? "" : ` (from ${sshFrom})`}`;
}

/**
 * Does the program that carries an operation out still run here? Its pid may be another's by now: then that one has started
 * after it was noted. Its command line tells nothing: it may be started from anywhere.
 */
export function isAlive({ pid, notedAt }: Pick<Known, "pid" | "notedAt">): boolean {
	if (pid === null || pid === process.pid) return false;
	const startedAt = startOf(pid);
	return startedAt !== null && startedAt <= notedAt + CLOCK_SLACK_MS;
}

/** The time of the boot is known to the second. */
const CLOCK_SLACK_MS = 2000;

/** When a process started, epoch ms (proc(5): in hundredths of a second since the boot); null: it has ended. */
function startOf(pid: number): number | null {
	try {
		const boot = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1];
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		return state === "Z" || state === "X" ? null : Number(boot) * 1000 + Number(fields[18]) * 10;
	} catch {
		return null;
	}
}
