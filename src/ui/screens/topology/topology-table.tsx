import { Box, Text } from "ink";
import { memo, type PropsWithChildren, type ReactNode } from "react";
import { Table } from "#ink-table";
import type { Tone } from "../../../presentation/grid.ts";
import type { TopologyColumn, TopologyRow } from "../../../presentation/topology.ts";
import { fitText } from "../../text/fit-text.ts";
import { styleIn, useTheme } from "../../theme/theme.ts";
import { COLUMN_GAP, type SizedColumn } from "./columns.ts";

interface TopologyTableProps {
	/** Those that fit on the screen. */
	readonly rows: readonly TopologyRow[];
	readonly columns: readonly SizedColumn[];
	readonly selectedNodeId: number | null;
	/** The cursor is in this table, and not among the findings. */
	readonly isFocused: boolean;
	/** The selection spans it completely. */
	readonly width: number;
}

/** The table of nodes. */
export function TopologyTable({
	rows,
	columns,
	selectedNodeId,
	isFocused,
	width,
}: TopologyTableProps): ReactNode {
	const free = width - 2 - columns.reduce((sum, column) => sum + column.width + COLUMN_GAP, 0);
	return (
		<LiveTable
			data={[Object.fromEntries(columns.map(({ column, title }) => [column, title]))]}
			sized={columns}
			header={Heading}
			skeleton={Nothing}
		>
			{rows.map((row) => (
				<Row
					key={row.nodeId}
					row={row}
					columns={columns}
					free={free}
					cursor={row.nodeId !== selectedNodeId ? "elsewhere" : isFocused ? "here" : "waiting"}
				/>
			))}
		</LiveTable>
	);
}

type TableProps = ConstructorParameters<typeof Table<Record<string, string>>>[0];

/**
 * ink-table 3.1.0 for a table that changes all the time. Its own rows are measured in UTF-16 units, always padded by one
 * column, and mounted again whenever a cell changes, so here columns come measured, and the rows that fit come as
 * memoised children.
 */
class LiveTable extends Table<Record<string, string>> {
	declare props: PropsWithChildren<TableProps & { readonly sized: readonly SizedColumn[] }>;

	override getColumns() {
		return this.props.sized.map(({ column, width }) => ({ key: column, column, width: width + COLUMN_GAP }));
	}

	override render() {
		return (
			<Box flexDirection="column" flexShrink={0}>
				<Box paddingLeft={1}>
					{this.heading({ key: "heading", columns: this.getColumns(), data: this.getHeadings() })}
				</Box>
				{this.props.children}
			</Box>
		);
	}

	override getHeadings() {
		return this.props.data[0] ?? {};
	}
}

/** No rules between columns and rows. */
function Nothing(): null {
	return null;
}

function Heading({ children }: PropsWithChildren): ReactNode {
	return <Text {...useTheme().muted}>{children}</Text>;
}

interface RowProps {
	readonly row: TopologyRow;
	readonly columns: readonly SizedColumn[];
	/** Terminal columns after the last one. */
	readonly free: number;
	/** waiting: this row is selected, and the cursor is among the findings. */
	readonly cursor: "here" | "waiting" | "elsewhere";
}

const Row = memo(function Row({ row, columns, free, cursor }: RowProps): ReactNode {
	const theme = useTheme();
	const isSelected = cursor === "here";
	const mark = isSelected ? theme.glyphs.selected : cursor === "waiting" ? theme.glyphs.waiting : " ";
	return (
		<Text wrap="truncate" {...(isSelected && theme.selection)}>
			{`${mark} `}
			{columns.map(({ column, width }) => (
				<Text key={column} {...styleIn(theme, toneOf(row, column), isSelected)}>
					{fitText(row.cells[column].text, width) + " ".repeat(COLUMN_GAP)}
				</Text>
			))}
			{isSelected && " ".repeat(Math.max(0, free))}
		</Text>
	);
}, isSameRow);

/** A stale row is dimmed, except for its problems. */
function toneOf({ cells, isStale }: TopologyRow, column: TopologyColumn): Tone {
	const { tone } = cells[column];
	return isStale && tone === "plain" ? "muted" : tone;
}

function isSameRow(before: RowProps, after: RowProps): boolean {
	return (
		before.cursor === after.cursor &&
		before.free === after.free &&
		before.row.isStale === after.row.isStale &&
		before.columns.length === after.columns.length &&
		after.columns.every(({ column, width }, position) => {
			const was = before.columns[position];
			const [old, now] = [before.row.cells[column], after.row.cells[column]];
			return was?.column === column && was.width === width && old.text === now.text && old.tone === now.tone;
		})
	);
}
