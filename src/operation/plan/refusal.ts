import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { type Facts, nodeOf, serverOf } from "./facts.ts";
import type { BlastRadius, Plan, Prerequisite, Refusal, Requested } from "./plan.ts";

/** A refusal before anything was checked. */
export function refusalOf(
	message: string,
	{ detail = "", hint = "" }: Partial<Pick<Refusal, "detail" | "hint">> = {},
): Refusal {
	return { message, detail, hint, prerequisites: [] };
}

export function refused(message: string, more?: Partial<Pick<Refusal, "detail" | "hint">>): Requested {
	return { refusal: refusalOf(message, more) };
}

/** The plan, unless a check has failed. */
export function refusedUnless(
	title: string,
	prerequisites: readonly Prerequisite[],
	plan: () => Plan,
): Requested {
	const failures = prerequisites.filter(({ state }) => state === "failed");
	const [first] = failures;
	if (first === undefined) return { plan: plan() };
	const others = failures.length === 1 ? "" : ` ${failures.length - 1} more have failed.`;
	return {
		refusal: {
			message: `${title} is refused: check failed: ${first.title}`,
			detail: `${first.found}${others}`,
			hint: first.fix ?? "",
			prerequisites,
		},
	};
}

/** A plan with what all plans say about the cluster. request() refuses every plan while the system identifier is unknown. */
export function planOf(
	intent: Plan["intent"],
	title: string,
	{ snapshot }: Facts,
	parts: Pick<Plan, "prerequisites" | "steps" | "blastRadius" | "confirmation"> &
		Partial<Pick<Plan, "pausedBefore" | "ownCommits" | "alternatives" | "afterwards" | "before">>,
): Plan {
	return {
		intent,
		title,
		cluster: snapshot.cluster.name,
		systemIdentifier: snapshot.cluster.systemIdentifier ?? "",
		madeAt: snapshot.takenAt,
		nodes: snapshot.nodes.map(({ nodeId, nodeName }) => ({ nodeId, nodeName })),
		pausedBefore: [],
		...parts,
	};
}

/** The impact of an operation: none but what is given. */
export function impact(parts: Partial<BlastRadius>): BlastRadius {
	return { restarts: [], dropped: "", writeOutageSeconds: null, lossBytes: 0, reasoning: "", ...parts };
}

/** What drops where a server stops or restarts. */
export function connectionsTo(facts: Facts, node: NodeView): string {
	const sessions = serverOf(facts, node.nodeId).value?.clientSessions ?? null;
	return `all connections to ${quoted(node)}${sessions === null ? "" : ` (now ${sessions} from clients)`}`;
}

/** The node where repmgr.nodes can be written, or why there is none. */
export function writablePrimary(title: string, facts: Facts): NodeView | Refusal {
	const { primaryNodeId } = facts.snapshot.cluster;
	return (
		(primaryNodeId === null ? null : nodeOf(facts, primaryNodeId)) ??
		refusalOf(`${title} is refused: no primary is seen, or more than one`, {
			detail: "repmgr.nodes is written on the primary.",
			hint: 'See "status" for why.',
		})
	);
}
