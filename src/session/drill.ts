import { Drill } from "../execution/drill.ts";
import type { OperationRecord } from "../execution/operation-record.ts";
import type { ClusterWatch, LocalSteps } from "../execution/run-context.ts";
import { WriteProbe } from "../execution/write-probe.ts";
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
}

/** What a drill does beside commands; null for all other operations. */
export function drillSteps(
	{ intent, pausedBefore, steps }: Plan,
	{ watch, log, facts, writingQuery, targets }: DrillContext,
): LocalSteps | null {
	if (intent.kind !== "drill") return null;
	const members = targets().filter(({ registration }) => registration.type !== "witness");
	return new Drill({
		...{ watch, log },
		facts: () => facts(intent.nodeId),
		nodeId: intent.nodeId,
		end: { pausedBefore, suffix: "" },
		probe: new WriteProbe(
			writingQuery,
			members.map(({ registration: { nodeId }, parameters }) => ({ nodeId, parameters })),
		),
		planned: {
			intent,
			forecast: watch.snapshot().forecast,
			electionSeconds: steps.find(({ key }) => key === "election")?.settleSeconds ?? 0,
		},
	});
}

/** The same for a drill that is resumed: there is nothing left to measure, only the recovery. */
export function resumedDrillSteps(
	{ drilledNodeId, pausedBefore }: Pick<OperationRecord, "drilledNodeId" | "pausedBefore">,
	suffix: string,
	{ watch, log, facts }: DrillContext,
): LocalSteps | null {
	return drilledNodeId === null
		? null
		: new Drill({
				...{ watch, log },
				facts: () => facts(drilledNodeId),
				nodeId: drilledNodeId,
				end: { pausedBefore, suffix },
				probe: null,
				planned: null,
			});
}
