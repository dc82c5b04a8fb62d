import type { FindingPeriod } from "../assess/finding-periods.ts";
import { isLossUnexplained } from "../diagnosis/index.ts";
import { type Finding, type FindingCode, findingKey } from "../model/finding.ts";
import type { Severity } from "../model/snapshot.ts";
import type { ConsoleState } from "../store/console-store.ts";
import { formatDuration } from "../text/format.ts";
import { verdictOf } from "./verdict.ts";

/** The verdict in one line, always visible: the worst that nobody acknowledged yet. */
export interface Headline {
	readonly severity: Severity;
	readonly word: string;
	/** Null where no rule, but the plain look at the nodes says it. */
	readonly code: FindingCode | null;
	readonly text: string;
	/** Of the finding. */
	readonly period: FindingPeriod | null;
	/** How old the look at a host is that the finding rests on, or "". */
	readonly seen?: string;
	/** Findings that are no mere notices, besides. */
	readonly more: number;
}

export function headlineOf({
	snapshot,
	findingPeriods,
}: Pick<ConsoleState, "snapshot" | "findingPeriods">): Headline {
	const { severity, word, text } = verdictOf(snapshot);
	const isSilent = snapshot.nodes.length > 0 && snapshot.nodes.every(({ observed }) => !observed.reachable);
	const periodOf = (finding: Finding): FindingPeriod | null =>
		findingPeriods.get(findingKey(finding)) ?? null;
	const findings = snapshot.findings.filter((finding) => finding.severity !== "notice");
	const first = findings.find((finding) => (periodOf(finding)?.acknowledgement ?? null) === null);
	if (findings.length === 0 || isSilent) return { severity, word, code: null, text, period: null, more: 0 };
	// That no primary is seen comes before whatever else is wrong, from the first moment on.
	if (isLossUnexplained(snapshot.findings, snapshot))
		return { severity, word, code: null, text, period: null, more: findings.length };
	if (first === undefined) {
		const all = findings.length === 1 ? "the finding is" : `all ${findings.length} findings are`;
		return { severity, word, code: null, text: `${all} acknowledged; ${text}`, period: null, more: 0 };
	}
	return {
		severity,
		word,
		code: first.code,
		text: first.message,
		period: periodOf(first),
		seen: sshAge(first, snapshot.takenAt),
		more: findings.length - 1,
	};
}

/** "SSH 12 s ago" for a finding that rests on a look at a host, which comes only now and then; "" for any other. */
export function sshAge({ evidence: [first] }: Pick<Finding, "evidence">, now: number): string {
	return first?.by === "ssh" ? `SSH ${formatDuration(Math.max(0, now - first.at) / 1000)} ago` : "";
}
