import type { NodeHistory } from "../cluster/node-history.ts";
import type { ClusterSnapshot, Severity } from "../cluster/snapshot.ts";
import { diagnose, severityOf } from "../diagnosis/index.ts";
import { DEFAULT_THRESHOLDS } from "../diagnosis/thresholds.ts";

/** The snapshot with what is wrong in it. */
export function judge(taken: ClusterSnapshot, history: NodeHistory): ClusterSnapshot {
	const findings = diagnose({ snapshot: taken, history, thresholds: DEFAULT_THRESHOLDS });
	return { ...taken, ...judgementOf({ findings }, taken) };
}

/**
 * Findings, and the severity that they and the plain look at the nodes make together: a cluster of which
 * no primary is seen is critical, even where no rule can tell why. Where nothing was read, all is unknown.
 */
export function judgementOf(
	{ findings }: Pick<ClusterSnapshot, "findings">,
	taken: ClusterSnapshot,
): Pick<ClusterSnapshot, "findings" | "severity"> {
	const isAnyRead = taken.nodes.some(({ observed }) => observed.reachable);
	return { findings, severity: isAnyRead ? worse(taken.severity, severityOf(findings, true)) : "unknown" };
}

const ORDER: readonly Severity[] = ["ok", "unknown", "warning", "critical"];

function worse(a: Severity, b: Severity): Severity {
	return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}
