import { parseLsn } from "../../../model/lsn.ts";
import type { NodeView } from "../../../model/snapshot.ts";
import {
	isStandby,
	isWitness,
	lsnOf,
	type TopologyColumn,
	type TopologyRow,
	topologyRows,
} from "../../../presentation/topology.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { lineFilter } from "../../../text/words.ts";
import type { TopologyState } from "../states.ts";

/** The rows of the table of nodes, filtered and sorted. */
export function narrowedRows(
	data: ConsoleState,
	{ filter, errorsOnly, sort, isReversed }: TopologyState,
): readonly TopologyRow[] {
	const rows = topologyRows(data.snapshot, data.lagHistory);
	const matches = lineFilter(filter) ?? (() => true);
	const narrowed = rows.filter((row) => (!errorsOnly || hasTrouble(row)) && matches(textOf(row)));
	if (sort === null) return narrowed;
	const rowsInOrder = sorted(narrowed, sort, data);
	return isReversed ? rowsInOrder.toReversed() : rowsInOrder;
}

function textOf({ cells }: TopologyRow): string {
	return Object.values(cells)
		.map(({ text }) => text)
		.join(" ");
}

function hasTrouble({ cells }: TopologyRow): boolean {
	return Object.values(cells).some(({ tone }) => tone === "warning" || tone === "critical");
}

/** Columns are sorted by the value behind the text, the worst first; an unknown value is worse than any known one. */
const SORT_KEYS: Partial<Record<TopologyColumn, (node: NodeView) => number>> = {
	id: ({ nodeId }) => nodeId,
	timeline: (node) => (isWitness(node) ? 1 : -(node.observed.timeline ?? Infinity)),
	lsn: (node) => {
		const reading = node.state.server.good?.value;
		const lsn = reading ? lsnOf(reading) : null;
		return isWitness(node) ? Infinity : Number((lsn === null ? null : parseLsn(lsn)) ?? -1);
	},
	lag: (node) => (isStandby(node) ? -(node.observed.lagBytes ?? Infinity) : 1),
	priority: ({ registered }) => -registered.priority,
	age: ({ ageMs }) => -(ageMs ?? Number.MAX_SAFE_INTEGER),
};

function sorted(
	rows: readonly TopologyRow[],
	column: TopologyColumn,
	data: ConsoleState,
): readonly TopologyRow[] {
	const nodes = new Map(data.snapshot.nodes.map((node) => [node.nodeId, node]));
	const key = SORT_KEYS[column];
	const { compare: compareTexts } = new Intl.Collator(undefined, { numeric: true });
	// A sorted list shows no tree.
	const flat = rows.map((row) => {
		const name = nodes.get(row.nodeId)?.nodeName ?? "";
		return { ...row, cells: { ...row.cells, node: { ...row.cells.node, text: name } } };
	});
	return flat.toSorted((a, b) => {
		const [left, right] = [nodes.get(a.nodeId), nodes.get(b.nodeId)];
		const order = key && left && right ? Math.sign(key(left) - key(right)) : 0;
		return order || compareTexts(a.cells[column].text, b.cells[column].text) || a.nodeId - b.nodeId;
	});
}
