import type { CloneHostIntent } from "../../model/intent.ts";
import { DATABASE_OWNER } from "../../model/registration.ts";
import { resumedEndSteps } from "../change/password-steps.ts";
import { abortStep, endSteps } from "../clone/steps.ts";
import { targetOf, targetOn } from "../clone/target.ts";
import { maskAgain } from "../fence/steps.ts";
import { restorePauses } from "../pause/steps.ts";
import { confValue, type Facts, nodeOf } from "../plan/facts.ts";
import type { Plan, Step } from "../plan/plan.ts";
import { impact } from "../plan/refusal.ts";
import { isAsRoot } from "../rolling/upgrade-steps.ts";

/** What the record of an interrupted operation says (execution's OperationRecord). */
export interface Interrupted {
	readonly operationId: string;
	readonly title: string;
	readonly pausedBefore: Plan["pausedBefore"];
	readonly drilledNodeId: number | null;
	readonly clone?: ClonedNode;
	readonly changesPassword?: true;
	readonly steps: readonly (Pick<
		Step,
		"key" | "title" | "expects" | "settleSeconds" | "rejoinLogOn" | "by" | "together"
	> & { readonly nodeId: number })[];
}

/** What the end of a clone needs to know beside what lies on the host. */
export interface ClonedNode {
	readonly nodeId: number;
	readonly upstreamNodeId: number;
	readonly discardOld: boolean;
	/** Where it is found while it has no row. Only from this machine's own journal: no host may say where to log in. */
	readonly at?: Pick<CloneHostIntent, "host" | "configFile">;
}

/**
 * The plan that resumes an operation: a step that was begun is followed to its end, no other is begun (the record holds no
 * argv), and cleanup steps are planned again.
 */
export function resumedPlan(record: Interrupted, facts: Facts, systemIdentifier: string): Plan {
	const { snapshot } = facts;
	const ends = record.clone === undefined ? null : cloneEnds(record.clone, facts);
	return {
		intent: { kind: "resume", operationId: record.operationId },
		title: record.title,
		cluster: snapshot.cluster.name,
		systemIdentifier,
		madeAt: snapshot.takenAt,
		nodes: snapshot.nodes.map(({ nodeId, nodeName }) => ({ nodeId, nodeName })),
		prerequisites: [],
		steps: [
			...(ends?.before ?? []),
			...(record.drilledNodeId === null ? begunSteps(record, facts) : drillSteps(record, facts)),
			...(ends?.after ?? []),
			...maskTakenBack(record, facts),
			...(record.changesPassword ? (resumedEndSteps(facts, resumedSuffix(facts)) ?? []) : []),
			...restorePauses(facts, record.pausedBefore, resumedSuffix(facts)),
		],
		blastRadius: impact({ lossBytes: null }),
		confirmation: { kind: "yes" },
		pausedBefore: record.pausedBefore,
	};
}

/**
 * A copy that still runs would be for nothing, since no further step is begun: it is ended first. Afterwards what the clone made
 * is undone, unless its server streams. Null: the host can't be read, so that it is not known what there is to undo.
 */
export function cloneEnds(
	{ nodeId, upstreamNodeId, discardOld }: ClonedNode,
	facts: Facts,
): { readonly before: readonly Step[]; readonly after: readonly Step[] } | null {
	const node = nodeOf(facts, nodeId);
	const upstream = nodeOf(facts, upstreamNodeId);
	const target =
		node === null
			? targetOn(facts)
			: targetOf(facts, node, confValue(facts, nodeId, "data_directory")?.replace(/\/+$/, "") ?? "");
	if (upstream === null || target?.nodeId !== nodeId || target.dataDirectory === "") return null;
	const hasSlot = node?.registered.upstreamNodeId === upstreamNodeId;
	const old = discardOld ? "discard afterwards" : "keep";
	const suffix = resumedSuffix(facts);
	return {
		before: [abortStep(target, suffix)],
		after: endSteps(target, upstream, { old, hasSlot }, suffix),
	};
}

/** Makes the keys of steps that begin now differ from those of an earlier attempt. */
export function resumedSuffix({ snapshot }: Pick<Facts, "snapshot">): string {
	return `-${snapshot.takenAt.toString(36)}`;
}

/** A rejoin takes the mask of a fenced node back, and may have gone no further. */
function maskTakenBack({ steps }: Interrupted, facts: Facts): readonly Step[] {
	const unmask = steps.find(({ key }) => key === "unmask");
	const node = unmask === undefined ? null : nodeOf(facts, unmask.nodeId);
	const isRejoin = steps.some(({ key }) => key === "rejoin");
	return node === null || !isRejoin ? [] : maskAgain(facts, node, resumedSuffix(facts));
}

function begunSteps({ steps }: Interrupted, { ownerOn }: Facts): readonly Step[] {
	return steps.map(({ nodeId, ...step }) => ({
		...step,
		command: {
			...{ nodeId, argv: [], sharesSshTo: [] },
			user: isAsRoot(step) ? "root" : (ownerOn(nodeId) ?? DATABASE_OWNER),
		},
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
