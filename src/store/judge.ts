import type { ElectionForecast } from "../cluster/forecast.ts";
import type { NodeHistory } from "../cluster/node-history.ts";
import type { ClusterSnapshot } from "../cluster/snapshot.ts";
import { forecastElection } from "../diagnosis/election/forecast.ts";
import { diagnose } from "../diagnosis/index.ts";
import { DEFAULT_THRESHOLDS } from "../diagnosis/thresholds.ts";

/**
 * The snapshot with what is wrong in it. Its severity stays that of the plain look at the nodes until the
 * rules have met their faults on the real cluster (issue Verdict): scripts rely on the exit code.
 */
export function judge(taken: ClusterSnapshot, history: NodeHistory): ClusterSnapshot {
	return { ...taken, findings: diagnose({ snapshot: taken, history, thresholds: DEFAULT_THRESHOLDS }) };
}

/** What repmgrd would do if the primary died now. */
export function foresee(snapshot: ClusterSnapshot, history: NodeHistory): ElectionForecast | null {
	return forecastElection({ snapshot, history, thresholds: DEFAULT_THRESHOLDS });
}
