import { Drill } from "../execution/drill.ts";
import type { ClusterWatch, LocalSteps } from "../execution/run-context.ts";
import { WriteProbe } from "../execution/write-probe.ts";
import type { Facts } from "../operation/plan/facts.ts";
import type { Plan } from "../operation/plan/plan.ts";
import type { SetupTarget } from "../probe/setup/reader.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import type { Query } from "../transport/ports.ts";

export interface DrillNeeds {
	readonly store: ConsoleStore;
	readonly watch: ClusterWatch;
	readonly facts: () => Promise<Facts>;
	/** Sessions that may write. */
	readonly writingQuery: Query;
	readonly targets: () => readonly SetupTarget[];
}

/** What a drill needs beside its steps; null for all other operations. */
export function localStepsOf({ intent, pausedBefore, steps }: Plan, needs: DrillNeeds): LocalSteps | null {
	if (intent.kind !== "drill") return null;
	const { store } = needs;
	const members = needs.targets().filter(({ registration }) => registration.type !== "witness");
	return new Drill({
		...needs,
		nodeId: intent.nodeId,
		end: { pausedBefore, suffix: "" },
		log: () => store.getState().log,
		probe: new WriteProbe(
			needs.writingQuery,
			members.map(({ registration: { nodeId }, parameters }) => ({ nodeId, parameters })),
		),
		planned: {
			intent,
			forecast: needs.watch.snapshot().forecast,
			electionSeconds: steps.find(({ key }) => key === "election")?.settleSeconds ?? 0,
		},
	});
}

/** The same for one that is taken up: there is nothing to measure any more, only the way back. */
export function resumedLocalSteps(
	drilledNodeId: number | null,
	pausedBefore: Plan["pausedBefore"],
	suffix: string,
	{ watch, facts, store }: DrillNeeds,
): LocalSteps | null {
	if (drilledNodeId === null) return null;
	return new Drill({
		nodeId: drilledNodeId,
		end: { pausedBefore, suffix },
		watch,
		facts,
		log: () => store.getState().log,
		probe: null,
		planned: null,
	});
}
