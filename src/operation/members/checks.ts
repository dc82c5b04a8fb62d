import type { NodeView } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok } from "../checks/check.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";

/** Rows are only written on the primary; which that is has to be beyond doubt. */
export function nobodyElseIsPrimary({ snapshot }: Facts, primary: NodeView): Prerequisite {
	const title = "nobody else may be the primary";
	const doubtful = snapshot.nodes.filter(
		({ nodeId, observed, registered }) =>
			nodeId !== primary.nodeId &&
			observed.role === null &&
			observed.status !== "stopped" &&
			registered.type !== "witness",
	);
	return doubtful.length === 0
		? ok(title, "Every other node is seen as something else, or stopped.")
		: failed(
				title,
				`${listed(doubtful.map(quoted))} can't be read, and may be one that accepts writes.`,
				"Find out what became of it first.",
			);
}

/** repmgr takes no node away that others are registered under, and one that serves others is needed. */
export function nobodyUnderIt({ snapshot }: Facts, node: NodeView): Prerequisite {
	const title = `no node receives from ${quoted(node)}, or is registered to`;
	const under = snapshot.nodes.filter(
		(other) =>
			other.registered.upstreamNodeId === node.nodeId || other.observed.upstreamNodeId === node.nodeId,
	);
	const [first] = under;
	if (first === undefined) return ok(title, "None does.");
	const isElsewhere = first.observed.upstreamNodeId !== null && first.observed.upstreamNodeId !== node.nodeId;
	return failed(
		title,
		`${listed(under.map(quoted))} ${under.length === 1 ? "is its downstream" : "are its downstreams"}.`,
		isElsewhere || first.observed.role === "witness"
			? `Register ${quoted(first)} again under its real upstream: register ${first.nodeName}`
			: `Give ${quoted(first)} another upstream: follow ${shellWords([first.nodeName])}`,
	);
}
