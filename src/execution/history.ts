import { readFileSync } from "node:fs";
import type { Ending } from "../operation/run/run-state.ts";
import type { JournalEntry } from "./journal.ts";
import { type OperationRecord, recordOf } from "./operation-record.ts";

/** One operation, as this machine's journal or a lock on the hosts has it. */
export interface OperationSummary {
	readonly operationId: string;
	readonly title: string;
	readonly cluster: string;
	readonly who: string;
	/** The intent's kind; null: known only from a lock, which does not have it. */
	readonly kind: string | null;
	/** The operator's reason; null: none was given. */
	readonly reason: string | null;
	/** Epoch ms. */
	readonly startedAt: number;
	/** When it was last resumed, epoch ms; missing: it was not, or not here. */
	readonly resumedAt?: number;
	/** Epoch ms; null: it has not ended, or its end is not known here. */
	readonly endedAt: number | null;
	/** interrupted: it was begun and has not ended. */
	readonly outcome: Ending | "interrupted";
	/** The process that carries it out, or did, if it is this machine's. */
	readonly pid: number | null;
	/** Of a bootstrap: the command that goes on with it, and its hosts, by the names that nodes have for them. */
	readonly again?: string;
	readonly hosts?: readonly string[];
	/** Is another process on this machine carrying it out now? Null: it is another machine's, and not known. */
	readonly isAlive: boolean | null;
}

interface Known extends OperationSummary {
	readonly record: OperationRecord;
	readonly systemIdentifier: string;
	/** When its pid was noted, epoch ms. */
	readonly notedAt: number;
}

/** The operations of the journal, the newest first. */
export function operationsOf(entries: readonly JournalEntry[]): readonly Known[] {
	const known = new Map<string, Known>();
	for (const entry of entries) {
		const { operationId, cluster, systemIdentifier, who, at } = entry;
		const startedAt = Date.parse(at);
		const by = nameOf(who);
		const begun = {
			...{ operationId, cluster, systemIdentifier, who: by, startedAt, endedAt: null },
			...{ pid: who.pid, notedAt: startedAt, isAlive: false },
			outcome: "interrupted" as const,
		};
		if (entry.event === "approved") {
			known.set(operationId, {
				...begun,
				title: entry.plan.title,
				kind: entry.plan.intent.kind,
				reason: ("reason" in entry.plan.intent && entry.plan.intent.reason) || null,
				record: recordOf(operationId, entry.plan, by, startedAt),
			});
		}
		if (entry.event === "bootstrap begun") {
			const { title, kind, again, hosts } = entry;
			known.set(operationId, {
				...{ ...begun, title, kind, again, hosts, reason: null },
				record: {
					...{ operationId, title, who: by, startedAt, pausedBefore: [], drilledNodeId: null, steps: [] },
				},
			});
		}
		const before = known.get(operationId);
		if (before === undefined) continue;
		if (entry.event === "resumed") {
			const resumedAt = Date.parse(at);
			known.set(operationId, { ...before, pid: who.pid, notedAt: resumedAt, resumedAt });
		}
		if (entry.event === "ended")
			known.set(operationId, { ...before, outcome: entry.outcome, endedAt: Date.parse(at) });
	}
	return [...known.values()].reverse();
}

/**
 * Bootstraps of this machine on some of these hosts (null: on any) that have not ended, the newest first; of several on the same hosts
 * only the newest counts.
 */
export function unendedBootstraps(
	entries: readonly JournalEntry[],
	hosts: readonly string[] | null,
): readonly OperationSummary[] {
	const bootstraps = operationsOf(entries).filter(
		(one) => one.hosts !== undefined && (hosts === null || one.hosts.some((host) => hosts.includes(host))),
	);
	return bootstraps.filter(
		(one, index) =>
			one.outcome !== "done" &&
			!bootstraps.slice(0, index).some((later) => later.hosts?.join() === one.hosts?.join()),
	);
}

/** "alice on bastion1 (from 192.0.2.7)". */
export function nameOf({ osUser, host, sshFrom }: JournalEntry["who"]): string {
	return `${osUser} on ${host}${sshFrom === null ? "" : ` (from ${sshFrom})`}`;
}

/**
 * Does the process that carries an operation out still run? A process that started after the pid was noted is another one. The
 * command line proves nothing: the console may be started in any way.
 */
export function isAlive({ pid, notedAt }: Pick<Known, "pid" | "notedAt">): boolean {
	if (pid === null || pid === process.pid) return false;
	const startedAt = startOf(pid);
	return startedAt !== null && startedAt <= notedAt + CLOCK_SLACK_MS;
}

/** btime in /proc/stat has whole seconds. */
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
