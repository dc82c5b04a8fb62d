import { type Finding, type FindingSeverity, findingKey } from "../model/finding.ts";
import { consoleEntry, type LogEntry } from "../model/log-entry.ts";

/** That an operator knows of a finding. */
export interface Acknowledgement {
	readonly note: string;
	/** Epoch ms. */
	readonly at: number;
	/** A worse one is news again. */
	readonly severity: FindingSeverity;
}

/** From when on a finding was there. */
export interface FindingPeriod {
	/** Epoch ms. */
	readonly since: number;
	/** Was it seen to begin? Else it was there as soon as there was something to see. */
	readonly isExact: boolean;
	readonly severity: FindingSeverity;
	readonly message: string;
	readonly acknowledgement: Acknowledgement | null;
}

/** By `findingKey`. */
export type FindingPeriods = ReadonlyMap<string, FindingPeriod>;

/** How long the first look at a cluster takes: what is found meanwhile was there before. */
const FIRST_LOOK_MS = 3000;

const GRAVITY: Readonly<Record<FindingSeverity, number>> = { critical: 3, warning: 2, unknown: 1, notice: 0 };

/** The findings that began, grew worse and ended, and what the event log says of them. */
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
		const isExact = period?.isExact ?? now - startedAt > FIRST_LOOK_MS;
		const isWorse = period !== undefined && GRAVITY[severity] > GRAVITY[period.severity];
		if (isWorse) entries.push(consoleEntry(now, nodeId, code, false, `now ${severity}: ${message}`));
		if (period === undefined && isExact)
			entries.push(consoleEntry(now, nodeId, code, GRAVITY[severity] > 1 ? false : null, message));
		next.set(key, {
			since: period?.since ?? now,
			isExact,
			severity,
			message,
			acknowledgement: stillKnown(period?.acknowledgement ?? null, severity),
		});
	}
	for (const [key, { since, isExact, message }] of periods) {
		if (present.has(key)) continue;
		// Half a picture: other nodes had not answered yet.
		if (!isExact && now - startedAt <= FIRST_LOOK_MS) continue;
		const [code = "", node = ""] = key.split(" ");
		const lasted = `${isExact ? "" : "at least "}${Math.round((now - since) / 1000)} s`;
		const nodeId = node === "" ? null : Number(node);
		entries.push(consoleEntry(now, nodeId, code, true, `over after ${lasted}: ${message}`));
	}
	return { periods: isSame(periods, next) ? periods : next, entries };
}

/** What an operator knows of, unless it grew worse since. */
function stillKnown(known: Acknowledgement | null, severity: FindingSeverity): Acknowledgement | null {
	return known !== null && GRAVITY[severity] <= GRAVITY[known.severity] ? known : null;
}

/** The periods with one finding acknowledged, or with a null note no longer; unchanged when there is none of this key. */
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
