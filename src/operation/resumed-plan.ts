import type { Facts } from "./facts.ts";
import { restorePausesTo } from "./pause-steps.ts";
import type { Plan, Step } from "./plan.ts";

/** What is left of an operation that was interrupted: execution's OperationRecord has it. */
export interface Interrupted {
	readonly operationId: string;
	readonly title: string;
	readonly pausedBefore: Plan["pausedBefore"];
	readonly steps: readonly (Pick<Step, "key" | "title" | "expects" | "settleSeconds" | "rejoinLogOn"> & {
		readonly nodeId: number;
	})[];
}

/**
 * The plan to take it up: each step that was begun is looked after to its end, none is begun (its argv is not even here),
 * and what must not stay is undone by commands made anew.
 */
export function resumedPlan(record: Interrupted, facts: Facts, systemIdentifier: string): Plan {
	const { snapshot, ownerOn } = facts;
	return {
		intent: { kind: "resume", operationId: record.operationId },
		title: record.title,
		cluster: snapshot.cluster.name,
		systemIdentifier,
		madeAt: snapshot.takenAt,
		nodes: snapshot.nodes.map(({ nodeId, nodeName }) => ({ nodeId, nodeName })),
		prerequisites: [],
		steps: [
			...record.steps.map(
				({ nodeId, ...step }): Step => ({
					...step,
					command: { nodeId, user: ownerOn(nodeId) ?? "postgres", argv: [], sharesSshTo: [] },
					verification: "",
					wayBack: "",
					runs: "in order",
				}),
			),
			...restorePausesTo(record.pausedBefore, facts, `-${snapshot.takenAt.toString(36)}`),
		],
		blastRadius: { restarts: [], dropped: "", writeOutageSeconds: null, lossBytes: null, reasoning: "" },
		confirmation: { kind: "yes" },
		pausedBefore: record.pausedBefore,
	};
}
