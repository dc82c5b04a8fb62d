import { DATABASE_OWNER } from "../../model/registration.ts";
import { restorePauses } from "../pause/steps.ts";
import type { Facts } from "../plan/facts.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { impact } from "../plan/refusal.ts";

/** What the record of an interrupted operation says (execution's OperationRecord). */
export interface Interrupted {
	readonly operationId: string;
	readonly title: string;
	readonly pausedBefore: Plan["pausedBefore"];
	readonly drilledNodeId: number | null;
	readonly steps: readonly (Pick<
		Step,
		"key" | "title" | "expects" | "settleSeconds" | "rejoinLogOn" | "by" | "together"
	> & { readonly nodeId: number })[];
}

/**
 * The plan that resumes an operation: a step that was begun is followed to its end, no other is begun (the record holds no
 * argv), and cleanup steps are planned again.
 */
export function resumedPlan(record: Interrupted, facts: Facts, systemIdentifier: string): Plan {
	const { snapshot } = facts;
	return {
		intent: { kind: "resume", operationId: record.operationId },
		title: record.title,
		cluster: snapshot.cluster.name,
		systemIdentifier,
		madeAt: snapshot.takenAt,
		nodes: snapshot.nodes.map(({ nodeId, nodeName }) => ({ nodeId, nodeName })),
		prerequisites: [],
		steps: [
			...(record.drilledNodeId === null ? begunSteps(record, facts) : drillSteps(record, facts)),
			...restorePauses(facts, record.pausedBefore, resumedSuffix(facts)),
		],
		blastRadius: impact({ lossBytes: null }),
		confirmation: { kind: "yes" },
		pausedBefore: record.pausedBefore,
	};
}

/** Makes the keys of steps that begin now differ from those of an earlier attempt. */
export function resumedSuffix({ snapshot }: Pick<Facts, "snapshot">): string {
	return `-${snapshot.takenAt.toString(36)}`;
}

function begunSteps({ steps }: Interrupted, { ownerOn }: Facts): readonly Step[] {
	return steps.map(({ nodeId, ...step }) => ({
		...step,
		command: { nodeId, user: ownerOn(nodeId) ?? DATABASE_OWNER, argv: [], sharesSshTo: [] },
		verification: "",
		wayBack: "",
		runs: "in order",
	}));
}

/**
 * Of a drill only the outage matters: if it was not begun, it never will be; if it was, a standby may still be promoted. All
 * later steps are planned from what is seen then.
 */
function drillSteps(record: Interrupted, facts: Facts): readonly Step[] {
	const begun = begunSteps(record, facts);
	const outage = begun.filter(({ key }) => key === "outage");
	const election = begun.filter(({ key }) => key === "election");
	return [
		...outage.map((step): Step => ({ ...step, runs: "if begun" })),
		...election.map(
			(step): Step => ({
				...step,
				key: `election${resumedSuffix(facts)}`,
				title: "there is a primary, or repmgrd promotes one",
				by: "this console",
				expects: [{ kind: "one primary", nodeId: step.command.nodeId }],
				runs: "always",
				looksAgain: true,
			}),
		),
	];
}
