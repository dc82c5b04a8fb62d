import type { NodeHistory } from "../assess/node-history.ts";
import { settlingOf } from "../diagnosis/grace.ts";
import { diagnose, severityOf } from "../diagnosis/index.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Thresholds } from "../model/thresholds.ts";

/** The snapshot with its findings and its severity. */
export function diagnoseSnapshot(
	taken: ClusterSnapshot,
	history: NodeHistory,
	thresholds: Thresholds,
): ClusterSnapshot {
	return withFindings(taken, history, thresholds, diagnose({ snapshot: taken, history, thresholds }));
}

/** The snapshot with findings that may be a moment older; the severity depends on both. */
export function withFindings(
	taken: ClusterSnapshot,
	history: NodeHistory,
	thresholds: Thresholds,
	{ findings, explained }: Pick<ClusterSnapshot, "findings" | "explained">,
): ClusterSnapshot {
	const settling = settlingOf({ snapshot: taken, history, thresholds }, findings);
	return { ...taken, findings, explained, settling, severity: severityOf(findings, taken) };
}
