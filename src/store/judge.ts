import type { NodeHistory } from "../assess/node-history.ts";
import { forecastElection } from "../diagnosis/election/forecast.ts";
import { settlingOf } from "../diagnosis/grace.ts";
import { diagnose, severityOf } from "../diagnosis/index.ts";
import type { Finding } from "../model/finding.ts";
import type { ElectionForecast } from "../model/forecast.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Thresholds } from "../model/thresholds.ts";

/** The snapshot with what is wrong in it, and how bad that is. */
export function judge(taken: ClusterSnapshot, history: NodeHistory, thresholds: Thresholds): ClusterSnapshot {
	return withFindings(taken, history, thresholds, diagnose({ snapshot: taken, history, thresholds }));
}

/** The snapshot with these findings, which may be a moment older; how bad it is depends on what is seen now, too. */
export function withFindings(
	taken: ClusterSnapshot,
	history: NodeHistory,
	thresholds: Thresholds,
	findings: readonly Finding[],
): ClusterSnapshot {
	const settling = settlingOf({ snapshot: taken, history, thresholds }, findings);
	return { ...taken, findings, settling, severity: severityOf(findings, taken) };
}

/** What repmgrd would do if the primary died now. */
export function foresee(
	snapshot: ClusterSnapshot,
	history: NodeHistory,
	thresholds: Thresholds,
): ElectionForecast | null {
	return forecastElection({ snapshot, history, thresholds });
}
