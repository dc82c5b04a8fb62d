import type { FindingPeriods } from "../../../assess/finding-periods.ts";
import { type Finding, findingKey } from "../../../model/finding.ts";
import { sshAge } from "../../../presentation/headline.ts";
import { formatDuration } from "../../../text/format.ts";
import type { SemanticRole } from "../../theme/theme.ts";

/** A finding on one line. */
export interface FindingLine {
	readonly key: string;
	/** "!!" critical, "!" warning, "?" unknown, "·" notice, "✓" acknowledged: never shown by colour alone. */
	readonly mark: string;
	readonly code: string;
	readonly message: string;
	/** For how long, with "≥" where its beginning was not seen; before that the age of the SSH reading it relies on. */
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
					: `${period.isExact ? "" : "≥"}${formatDuration((now - period.since) / 1000)}`,
			]
				.filter(Boolean)
				.join("  "),
			role: isAcknowledged ? "muted" : severity === "notice" ? "plain" : severity,
			isAcknowledged,
		};
	});
}
