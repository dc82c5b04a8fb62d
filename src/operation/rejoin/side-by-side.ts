import type { NodeView } from "../../model/snapshot.ts";
import { listed, quoted } from "../../text/words.ts";
import { type Facts, hostOf, nodeOf, serverOf } from "../plan/facts.ts";
import type { ComparedRow, StateRow } from "../plan/plan.ts";

/** What a rejoin sets right, as it is seen now: the node and its row, the slots that are left over, repmgrd, the witness. */
export function stateAround(facts: Facts, nodeId: number): readonly StateRow[] {
	const node = nodeOf(facts, nodeId);
	if (node === null) return [];
	const { nodes, cluster } = facts.snapshot;
	const primary = nodes.find((one) => one.nodeId === cluster.primaryNodeId && one !== node);
	const { type, active, upstreamNodeId } = node.registered;
	return [
		{ title: quoted(node), value: nodeNow(facts, node) },
		{
			title: `row of ${quoted(node)}`,
			value: `${active ? "active" : "inactive"} ${type}, ${under(facts, upstreamNodeId)}`,
		},
		{ title: `unused slots on ${quoted(node)}`, value: idleSlots(facts, node) },
		...(primary === undefined
			? []
			: [{ title: `unused slots on ${quoted(primary)}`, value: idleSlots(facts, primary) }]),
		{ title: `repmgrd on ${quoted(node)}`, value: repmgrdNow(node) },
		...nodes
			.filter(({ registered }) => registered.type === "witness")
			.map((witness) => ({
				title: `row of witness ${quoted(witness)}`,
				value: under(facts, witness.registered.upstreamNodeId),
			})),
	];
}

export function sideBySide(
	before: readonly StateRow[],
	after: readonly StateRow[] | null,
): readonly ComparedRow[] {
	return before.map(({ title, value }) => ({
		title,
		before: value,
		after: after?.find((row) => row.title === title)?.value ?? null,
	}));
}

function nodeNow(facts: Facts, { nodeId, observed }: NodeView): string {
	const look = hostOf(facts, nodeId).value?.look;
	if (!observed.reachable) {
		const control = look?.controlData;
		return look?.postmaster === false && control
			? `stopped; control data: "${control.state}", timeline ${control.timeline ?? "unknown"}`
			: `does not answer (${observed.status})`;
	}
	const timeline = observed.timeline === null ? "" : `, timeline ${observed.timeline}`;
	const upstream = nodeOf(facts, observed.upstreamNodeId ?? -1);
	return observed.role === "primary"
		? `runs as a primary${timeline}`
		: `standby, ${observed.status}${upstream === null ? "" : ` from ${quoted(upstream)}`}${timeline}`;
}

function under(facts: Facts, upstreamNodeId: number | null): string {
	if (upstreamNodeId === null) return "under no node";
	const upstream = nodeOf(facts, upstreamNodeId);
	return `under ${upstream === null ? `node ${upstreamNodeId}` : quoted(upstream)}`;
}

function idleSlots(facts: Facts, { nodeId }: NodeView): string {
	const slots = serverOf(facts, nodeId).value?.idleSlots ?? null;
	if (slots === null) return "not read: it does not answer";
	return slots.length === 0 ? "none" : listed(slots);
}

function repmgrdNow({ repmgrd: { running, paused } }: NodeView): string {
	if (running === null) return "not read";
	return running ? `runs${paused === true ? ", paused" : ""}` : "does not run";
}
