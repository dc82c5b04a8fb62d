import { Drill } from "../execution/drill.ts";
import { DrillRecord, drillRecordPath, readDrillRecord } from "../execution/drill-record.ts";
import type { OperationRecord } from "../execution/operation-record.ts";
import type { ClusterWatch, LocalSteps } from "../execution/run-context.ts";
import { type ProbeTarget, WriteProbe } from "../execution/write-probe.ts";
import type { LogEntry } from "../model/log-entry.ts";
import type { Facts } from "../operation/plan/facts.ts";
import type { Plan } from "../operation/plan/plan.ts";
import type { SetupTarget } from "../probe/setup/reader.ts";
import type { Query } from "../transport/ports.ts";

export interface DrillContext {
	readonly watch: ClusterWatch;
	readonly log: () => readonly LogEntry[];
	readonly facts: (drilledNodeId: number) => Promise<Facts>;
	/** Opens sessions that may write. */
	readonly writingQuery: Query;
	readonly targets: () => readonly SetupTarget[];
	readonly journalPath: string;
}

/** What a drill does beside commands; null for all other operations. */
export function drillSteps(
	{ intent, pausedBefore, steps }: Plan,
	operationId: string,
	{ watch, log, facts, writingQuery, targets, journalPath }: DrillContext,
): LocalSteps | null {
	if (intent.kind !== "drill") return null;
	const record = new DrillRecord(drillRecordPath(journalPath, operationId));
	return new Drill({
		...{ watch, log },
		facts: () => facts(intent.nodeId),
		nodeId: intent.nodeId,
		end: { pausedBefore, suffix: "" },
		probe: new WriteProbe(writingQuery, membersOf(targets()), record),
		record,
		resumed: null,
		planned: {
			intent,
			forecast: watch.snapshot().forecast,
			electionSeconds: steps.find(({ key }) => key === "election")?.settleSeconds ?? 0,
		},
	});
}

/** The same for a drill that is resumed: what was measured before is read where it was recorded, and nothing more is. */
export function resumedDrillSteps(
	{ operationId, drilledNodeId, drilledHow, pausedBefore }: Resumed,
	suffix: string,
	{ watch, log, facts, writingQuery, targets, journalPath }: DrillContext,
): LocalSteps | null {
	if (drilledNodeId === null) return null;
	const path = drillRecordPath(journalPath, operationId);
	const read = readDrillRecord(path);
	const past = read?.intent.nodeId === drilledNodeId ? read : null;
	return new Drill({
		...{ watch, log },
		facts: () => facts(drilledNodeId),
		nodeId: drilledNodeId,
		end: { pausedBefore, suffix },
		probe: past && WriteProbe.recorded(writingQuery, membersOf(targets()), past),
		record: new DrillRecord(path),
		planned: null,
		resumed: {
			intent: past?.intent ?? { kind: "drill", nodeId: drilledNodeId, how: drilledHow ?? "stop" },
			past,
		},
	});
}

type Resumed = Pick<OperationRecord, "operationId" | "drilledNodeId" | "drilledHow" | "pausedBefore">;

/** The servers that may be the primary. */
function membersOf(targets: readonly SetupTarget[]): readonly ProbeTarget[] {
	return targets
		.filter(({ registration }) => registration.type !== "witness")
		.map(({ registration: { nodeId }, parameters }) => ({ nodeId, parameters }));
}
