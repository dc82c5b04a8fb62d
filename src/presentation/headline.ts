import type { FindingPeriod } from "../assess/finding-periods.ts";
import { isLossUnexplained } from "../diagnosis/index.ts";
import { type Finding, type FindingCode, findingKey } from "../model/finding.ts";
import type { Severity } from "../model/snapshot.ts";
import type { ConsoleState } from "../store/console-store.ts";
import { formatDuration } from "../text/format.ts";
import { verdictOf } from "./verdict.ts";

/** The header's verdict: the worst finding that is not acknowledged. */
export interface Headline {
	readonly severity: Severity;
	readonly word: string;
	/** Null: the text comes from the nodes' statuses, not from a finding. */
	readonly code: FindingCode | null;
	readonly text: string;
	/** How the nodes are, whatever the findings say. */
	readonly state: string;
	readonly period: FindingPeriod | null;
	/** Age of the evidence if it came over SSH, or "". */
	readonly seen?: string;
	/** Number of other findings, without notices. */
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
	const ofNodes = { severity, word, code: null, text, state: text, period: null };
	if (findings.length === 0 || isSilent) return { ...ofNodes, more: 0 };
	// A missing primary comes first, even before a finding explains it.
	if (isLossUnexplained(snapshot.findings, snapshot)) return { ...ofNodes, more: findings.length };
	if (first === undefined) {
		const all = findings.length === 1 ? "the finding is" : `all ${findings.length} findings are`;
		const acknowledged = `${all} acknowledged; ${text}`;
		return { ...ofNodes, text: acknowledged, state: acknowledged, more: 0 };
	}
	return {
		severity,
		word,
		code: first.code,
		text: first.message,
		state: text,
		period: periodOf(first),
		seen: sshAge(first, snapshot.takenAt),
		more: findings.length - 1,
	};
}

/** "SSH 12 s ago" for a finding from a host, which is read less often than SQL; "" for any other. */
export function sshAge({ evidence: [first] }: Pick<Finding, "evidence">, now: number): string {
	return first?.by === "ssh" ? `SSH ${formatDuration(Math.max(0, now - first.at) / 1000)} ago` : "";
}
