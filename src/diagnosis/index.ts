import type { Finding, FindingSeverity } from "../cluster/finding.ts";
import type { Severity } from "../cluster/snapshot.ts";
import { unmasked } from "./masks.ts";
import { splitBrain } from "./rules/split-brain.ts";
import type { Rule, World } from "./world.ts";

/** What this console knows of what can go wrong: the table of contents. */
export const RULES: readonly Rule[] = [splitBrain];

const ORDER: readonly FindingSeverity[] = ["critical", "warning", "unknown", "notice"];

/** Everything that is wrong, the worst first, without what something else explains. */
export function diagnose(world: World): readonly Finding[] {
	return unmasked(RULES.flatMap((rule) => rule(world))).toSorted(
		(a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity),
	);
}

/** One word for all findings. A notice is no reason to worry. */
export function severityOf(findings: readonly Finding[], isAnyNodeRead: boolean): Severity {
	if (!isAnyNodeRead) return "unknown";
	const worst = findings.find(({ severity }) => severity !== "notice");
	return worst === undefined || worst.severity === "notice" ? "ok" : worst.severity;
}
