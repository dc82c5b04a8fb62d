import { readFileSync } from "node:fs";
import type { JournalEntry } from "./journal.ts";
import { type OperationRecord, recordOf } from "./operation-record.ts";

/** One operation, as far as this machine's journal or a lock on the hosts tells. */
export interface OperationSummary {
	readonly operationId: string;
	readonly title: string;
	readonly cluster: string;
	readonly who: string;
	/** Epoch ms. */
	readonly startedAt: number;
	/** interrupted: begun, and nobody has brought it to its end. */
	readonly outcome: "done" | "failed" | "stopped" | "interrupted";
	/** Who writes the journal of it, where this machine does. */
	readonly pid: number | null;
	/** Is it being carried out now, by another process here? Null: it is another machine's, which does not tell. */
	readonly isAlive: boolean | null;
}

interface Known extends OperationSummary {
	readonly record: OperationRecord;
	readonly systemIdentifier: string;
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
				who: by,
				startedAt,
				outcome: "interrupted",
				pid: who.pid,
				isAlive: false,
				record: recordOf(operationId, entry.plan, by, startedAt),
			});
		}
		const before = known.get(operationId);
		if (before === undefined) continue;
		if (entry.event === "resumed") known.set(operationId, { ...before, pid: who.pid });
		if (entry.event === "ended") known.set(operationId, { ...before, outcome: entry.outcome });
	}
	return [...known.values()].reverse();
}

/** "alice on bastion1 (from 192.0.2.7)". */
export function nameOf({ osUser, host, sshFrom }: JournalEntry["who"]): string {
	return `${osUser} on ${host}${sshFrom === null ? "" : ` (from ${sshFrom})`}`;
}

/** Does the program that wrote the journal of an operation still run here? Its pid alone may be another's by now. */
export function isAlive({ pid }: Pick<OperationSummary, "pid">): boolean {
	if (pid === null || pid === process.pid) return false;
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("repmgr-console");
	} catch {
		return false;
	}
}
