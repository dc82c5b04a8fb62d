import type { ClusterSnapshot } from "../model/snapshot.ts";
import { electionReport } from "./election-report.ts";

/** `failover --preview --json`, schema 1, as reference/json.md documents it. Null is unknown, or that there is no such thing. */
export function failoverRecord(snapshot: ClusterSnapshot) {
	const { takenAt, cluster, forecast } = snapshot;
	const { severity, verdict } = electionReport(snapshot);
	return {
		schema: 1,
		takenAt: new Date(takenAt).toISOString(),
		cluster,
		severity,
		verdict,
		forecast,
	};
}
