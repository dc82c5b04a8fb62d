import type { FindingPeriods } from "../../../assess/finding-periods.ts";
import { type Finding, findingKey } from "../../../model/finding.ts";
import { sshAge } from "../../../presentation/headline.ts";
import { formatElapsed } from "../../../text/format.ts";
import type { UiContext } from "../../context.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import { windowTop } from "../../window.ts";

/** A finding on one line. */
export interface FindingLine {
	readonly key: string;
	/** Told by a sign, too: "!!" critical, "!" warning, "?" unknown, "·" notice, "✓" acknowledged. */
	readonly mark: string;
	readonly code: string;
	readonly message: string;
	/** How long it has been there; "≥" where nobody saw it begin. Before that, how old the look at the host is that it rests on. */
	readonly lasted: string;
	readonly role: SemanticRole;
	readonly isAcknowledged: boolean;
}

const MARKS = { critical: "!!", warning: "!", unknown: "?", notice: "·" } as const;

/** Findings as lines, the worst first. */
export function findingLines(
	findings: readonly Finding[],
	periods: FindingPeriods,
	now: number,
): readonly FindingLine[] {
	return findings.map((finding) => {
		const key = findingKey(finding);
		const period = periods.get(key);
		const isAcknowledged = (period?.acknowledgement ?? null) !== null;
		const { code, severity, message } = finding;
		return {
			key,
			mark: isAcknowledged ? "✓" : MARKS[severity],
			code,
			message,
			lasted: [
				sshAge(finding, now),
				period === undefined
					? ""
					: `${period.isExact ? "" : "≥"}${formatElapsed((now - period.since) / 1000)}`,
			]
				.filter(Boolean)
				.join("  "),
			role: isAcknowledged ? "muted" : severity === "notice" ? "plain" : severity,
			isAcknowledged,
		};
	});
}

/** The part of the list of findings that fits into a third of the screen; the rest is to read the selected one. */
export function findingsLayout({ data, bodyRows }: UiContext, key: string | null) {
	const all = data.snapshot.findings;
	const finding = selectedFinding(all, key);
	const selected = finding === null ? -1 : all.indexOf(finding);
	const height = Math.min(all.length, Math.max(3, Math.floor(bodyRows / 3)));
	const top = windowTop(Math.max(0, selected), all.length, height);
	return { finding, selected, top, height, findings: all.slice(top, top + height) };
}

/** The finding with this key, else the first one; null when there is none. */
export function selectedFinding(findings: readonly Finding[], key: string | null): Finding | null {
	return findings.find((finding) => findingKey(finding) === key) ?? findings[0] ?? null;
}
