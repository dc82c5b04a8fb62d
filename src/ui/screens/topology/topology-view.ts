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
import type { ScreenOf } from "../../ui-state.ts";

let last: { data: ConsoleState; screen: ScreenOf<"topology">; rows: readonly TopologyRow[] } | null = null;

/**
 * The rows of the topology table as the operator narrowed and sorted them. Screen, footer and keys ask for
 * the same ones many times a second: the last answer is kept.
 */
export function topologyView(data: ConsoleState, screen: ScreenOf<"topology">): readonly TopologyRow[] {
	if (last?.data !== data || last.screen !== screen)
		last = { data, screen, rows: narrowedRows(data, screen) };
	return last.rows;
}

function narrowedRows(data: ConsoleState, screen: ScreenOf<"topology">): readonly TopologyRow[] {
	const rows = topologyRows(data.snapshot, data.lagHistory);
	const matches = lineFilter(screen.filter) ?? (() => true);
	const narrowed = rows.filter((row) => (!screen.errorsOnly || hasTrouble(row)) && matches(textOf(row)));
	return screen.sort === null ? narrowed : sorted(narrowed, screen.sort, data);
}

/** The selected node's id: the chosen one while it is shown, else the first. */
export function selectedNode(rows: readonly TopologyRow[], chosen: number | null): number | null {
	return rows.some(({ nodeId }) => nodeId === chosen) ? chosen : (rows[0]?.nodeId ?? null);
}

function textOf({ cells }: TopologyRow): string {
	return Object.values(cells)
		.map(({ text }) => text)
		.join(" ");
}

function hasTrouble({ cells }: TopologyRow): boolean {
	return Object.values(cells).some(({ tone }) => tone === "warning" || tone === "critical");
}

/** What a column is sorted by: the value behind the text, the worst first where there is a worst; unknown is worse. */
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
	// A sorted list is no tree any more.
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
