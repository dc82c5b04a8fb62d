import { TOPOLOGY_COLUMNS, type TopologyColumn, type TopologyRow } from "../../../presentation/topology.ts";
import type { UiContext } from "../../context.ts";
import { textWidth } from "../../text/fit-text.ts";

const TITLES: Readonly<Record<TopologyColumn, string>> = {
	id: "ID",
	node: "NODE",
	role: "ROLE",
	status: "STATUS",
	upstream: "UPSTREAM",
	timeline: "TL",
	lsn: "LSN",
	lag: "LAG",
	trend: "",
	repmgrd: "REPMGRD",
	location: "LOCATION",
	priority: "PRI",
	age: "AGE",
};

/** Columns to drop first on narrow terminals; the tree shows the upstream, too. */
const DISPENSABLE: readonly TopologyColumn[] = [
	"priority",
	"trend",
	"location",
	"upstream",
	"lsn",
	"id",
	"timeline",
];

/** Minimum widths, if there is room, so that columns do not move when a node fails. */
const STEADY: Partial<Readonly<Record<TopologyColumn, number>>> = {
	role: "(standby)".length,
	status: "unreachable".length,
	timeline: "(10)".length,
	lsn: "(0/50560880)".length,
	lag: "999.9 MB".length,
	repmgrd: "not running".length,
	age: "never".length,
};

/** The same for wrong registrations and lag, if there is still more room. */
const ROOMY: typeof STEADY = {
	...STEADY,
	role: "standby ≠ inactive".length,
	lag: "999.9 MB  59.9 s".length,
};

/** The maximum width, however long a name is. */
const WIDEST = 28;

export interface SizedColumn {
	readonly column: TopologyColumn;
	readonly title: string;
	/** In terminal columns, without the gap between columns. */
	readonly width: number;
}

export const COLUMN_GAP = 2;

/** The columns of the table of nodes. */
export function shownColumns(
	{ topologyColumns }: UiContext,
	rows: readonly TopologyRow[],
	/** Of the table. */
	width: number,
): readonly SizedColumn[] {
	return fitColumns(rows, width - 2, topologyColumns);
}

/** As many of the chosen columns as fit into `width`, each as wide as its widest cell. */
export function fitColumns(
	rows: readonly TopologyRow[],
	width: number,
	chosen: readonly TopologyColumn[] = TOPOLOGY_COLUMNS,
): readonly SizedColumn[] {
	let columns = chosen.map((column): SizedColumn => {
		const title = TITLES[column];
		const widest = Math.max(textWidth(title), ...rows.map(({ cells }) => textWidth(cells[column].text)));
		return { column, title, width: Math.min(WIDEST, widest) };
	});
	for (const least of [ROOMY, STEADY]) {
		const steady = columns.map((sized) => ({
			...sized,
			width: Math.max(sized.width, least[sized.column] ?? 0),
		}));
		if (totalWidth(steady) <= width) return steady;
	}
	for (const dispensable of DISPENSABLE) {
		if (totalWidth(columns) <= width) break;
		columns = columns.filter(({ column }) => column !== dispensable);
	}
	return columns;
}

function totalWidth(columns: readonly SizedColumn[]): number {
	return columns.reduce((sum, column) => sum + column.width + COLUMN_GAP, 0);
}
