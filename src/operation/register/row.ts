import type { Registration } from "../../model/registration.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { quoted } from "../../text/words.ts";
import { repmgr } from "../plan/commands.ts";
import type { Facts } from "../plan/facts.ts";
import type { BlastRadius, Step } from "../plan/plan.ts";
import { impact } from "../plan/refusal.ts";
import { step } from "../plan/step.ts";

/** Writes the row, and expects it on the primary. */
export function registration(
	facts: Facts,
	node: NodeView,
	words: readonly string[],
	row: { readonly as: Registration["type"]; readonly upstreamNodeId: number | null },
): Step {
	return step({
		key: "register",
		title: `register ${quoted(node)} as ${row.as === "primary" ? "the" : "a"} ${row.as}`,
		command: repmgr(facts, node, words),
		expects: [{ kind: "registered", nodeId: node.nodeId, ...row }],
		settleSeconds: 15,
		verification: `repmgr.nodes on the primary has ${quoted(node)} as an active ${row.as}${row.upstreamNodeId === null ? "" : ` under node ${row.upstreamNodeId}`}`,
		wayBack: `The row before: ${described(node.registered)}.`,
	});
}

/** The impact: how the row changes. */
export function rowChange(
	{ registered }: NodeView,
	row: Pick<Registration, "type" | "upstreamNodeId">,
	more = "",
): BlastRadius {
	const isSame = described(registered) === described({ ...row, active: true });
	return impact({
		reasoning: `Only repmgr.nodes changes: ${isSame ? "type, upstream and active stay as they are" : `${described(registered)} becomes ${described({ ...row, active: true })}`}; name, conninfo, priority, location and slot are taken from repmgr.conf.${more}`,
	});
}

function described({
	type,
	upstreamNodeId,
	active,
}: Pick<Registration, "type" | "upstreamNodeId" | "active">): string {
	return `${active ? "active" : "inactive"} ${type} under ${upstreamNodeId === null ? "no node" : `node ${upstreamNodeId}`}`;
}
