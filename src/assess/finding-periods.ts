import { type Finding, type FindingSeverity, findingKey } from "../model/finding.ts";
import { consoleEntry, type LogEntry } from "../model/log-entry.ts";

/** An operator's acknowledgement of a finding. */
export interface Acknowledgement {
	readonly note: string;
	/** Epoch ms. */
	readonly at: number;
	/** It ends when the finding gets worse than this. */
	readonly severity: FindingSeverity;
}

/** Since when a finding exists. */
export interface FindingPeriod {
	/** Epoch ms. */
	readonly since: number;
	/** Was it seen to begin? Otherwise it existed when this console started. */
	readonly isExact: boolean;
	readonly severity: FindingSeverity;
	readonly message: string;
	readonly acknowledgement: Acknowledgement | null;
}

/** By `findingKey`. */
export type FindingPeriods = ReadonlyMap<string, FindingPeriod>;

/** How long the first reading of a cluster takes: findings from that time existed before. */
const FIRST_READING_MS = 3000;

const GRAVITY: Readonly<Record<FindingSeverity, number>> = { critical: 3, warning: 2, unknown: 1, notice: 0 };

/** The periods after a new diagnosis, with entries for the event log: findings that began, got worse or ended. */
export function recordFindings(
	periods: FindingPeriods,
	findings: readonly Finding[],
	now: number,
	startedAt: number,
): { readonly periods: FindingPeriods; readonly entries: readonly LogEntry[] } {
	const entries: LogEntry[] = [];
	const present = new Map(findings.map((finding) => [findingKey(finding), finding]));
	const next = new Map<string, FindingPeriod>();
	for (const [key, { code, nodeId, severity, message }] of present) {
		const period = periods.get(key);
		const isExact = period?.isExact ?? now - startedAt > FIRST_READING_MS;
		const isWorse = period !== undefined && GRAVITY[severity] > GRAVITY[period.severity];
		if (isWorse) entries.push(consoleEntry(now, nodeId, code, false, `now ${severity}: ${message}`));
		if (period === undefined && isExact)
			entries.push(consoleEntry(now, nodeId, code, GRAVITY[severity] > 1 ? false : null, message));
		next.set(key, {
			since: period?.since ?? now,
			isExact,
			severity,
			message,
			acknowledgement: stillValid(period?.acknowledgement ?? null, severity),
		});
	}
	for (const [key, { since, isExact, message }] of periods) {
		if (present.has(key)) continue;
		// Found before all nodes had answered.
		if (!isExact && now - startedAt <= FIRST_READING_MS) continue;
		const [code = "", node = ""] = key.split(" ");
		const lasted = `${isExact ? "" : "at least "}${Math.round((now - since) / 1000)} s`;
		const nodeId = node === "" ? null : Number(node);
		entries.push(consoleEntry(now, nodeId, code, true, `over after ${lasted}: ${message}`));
	}
	return { periods: isSame(periods, next) ? periods : next, entries };
}

function stillValid(known: Acknowledgement | null, severity: FindingSeverity): Acknowledgement | null {
	return known !== null && GRAVITY[severity] <= GRAVITY[known.severity] ? known : null;
}

/** Acknowledges a finding, or with a null note withdraws that; without a finding of this key nothing changes. */
export function acknowledge(
	periods: FindingPeriods,
	key: string,
	note: string | null,
	at: number,
): FindingPeriods {
	const period = periods.get(key);
	if (period === undefined) return periods;
	const acknowledgement = note === null ? null : { note, at, severity: period.severity };
	return new Map([...periods, [key, { ...period, acknowledgement }]]);
}

function isSame(one: FindingPeriods, other: FindingPeriods): boolean {
	return (
		one.size === other.size &&
		[...other].every(([key, { severity, message, acknowledgement }]) => {
			const was = one.get(key);
			return was?.severity === severity && was.message === message && was.acknowledgement === acknowledgement;
		})
	);
}
