import { Box, Text, useApp, useInput, useWindowSize } from "ink";
import { type ReactNode, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { Session } from "../session.ts";
import { type TopologyRow, topologyRows } from "../store/topology.ts";
import { BINDINGS, commandFor } from "./bindings.ts";
import { fitColumns } from "./columns.ts";
import { EventList } from "./components/event-list.tsx";
import { Header } from "./components/header.tsx";
import { TopologyTable } from "./components/topology-table.tsx";
import { type Theme, ThemeContext, useTheme } from "./theme.ts";

const SMALLEST = { columns: 80, rows: 24 };

/** Lines that are always there: header 2, rules 2, table heading 1, footer 1. */
const FIXED_LINES = 6;

/** Lines of evidence and notices between table and events. */
const MOST_REMARKS = 6;

/** The whole screen. */
export function App({ session, theme }: { readonly session: Session; readonly theme: Theme }): ReactNode {
	const { columns, rows } = useWindowSize();
	// Only the height is set: Ink repaints a root of fixed width wrongly when the terminal shrinks.
	return (
		<ThemeContext value={theme}>
			<Box height={rows} flexDirection="column" overflow="hidden">
				{columns < SMALLEST.columns || rows < SMALLEST.rows ? (
					<TooSmall columns={columns} rows={rows} />
				) : (
					<Topology session={session} columns={columns} rows={rows} />
				)}
			</Box>
		</ThemeContext>
	);
}

function TooSmall({ columns, rows }: { readonly columns: number; readonly rows: number }): ReactNode {
	return (
		<Text>
			{`This terminal has ${columns}×${rows}; the console needs ${SMALLEST.columns}×${SMALLEST.rows}. Enlarge it, or use "repmgr-console status".`}
		</Text>
	);
}

interface TopologyProps {
	readonly session: Session;
	readonly columns: number;
	readonly rows: number;
}

function Topology({ session, columns, rows }: TopologyProps): ReactNode {
	const theme = useTheme();
	const snapshot = useStore(session.store, (state) => state.snapshot);
	const log = useStore(session.store, (state) => state.log);
	const names = useMemo(
		() => new Map(snapshot.nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName])),
		[snapshot],
	);
	const table = topologyRows(snapshot);
	const selectedNodeId = useSelection(table, session);
	const remarks = [
		...snapshot.nodes.flatMap(({ nodeName, detail }) => (detail === null ? [] : [`${nodeName}: ${detail}`])),
		...snapshot.notices,
	].slice(0, MOST_REMARKS);
	const tableHeight = Math.min(table.length, Math.max(3, rows - FIXED_LINES - remarks.length - 4));
	return (
		<>
			<Header snapshot={snapshot} />
			<Rule columns={columns} />
			<TopologyTable
				rows={table}
				columns={fitColumns(table, columns - 2)}
				selectedNodeId={selectedNodeId}
				height={tableHeight}
			/>
			{remarks.map((remark) => (
				<Text key={remark} {...theme.warning} wrap="truncate">
					{`  ${remark}`}
				</Text>
			))}
			<Rule columns={columns} title="EVENTS" />
			<Box flexGrow={1} flexDirection="column" overflow="hidden">
				<EventList log={log} names={names} height={rows - FIXED_LINES - remarks.length - tableHeight} />
			</Box>
			<Footer />
		</>
	);
}

/** The selected node, moved by keys; it is held by id, so that it stays selected when rows move. */
function useSelection(table: readonly TopologyRow[], session: Session): number | null {
	const { exit } = useApp();
	const [chosen, choose] = useState<number | null>(null);
	const position = Math.max(
		0,
		table.findIndex(({ nodeId }) => nodeId === chosen),
	);
	useInput((input, key) => {
		switch (commandFor(input, { ...key })) {
			case "up":
				choose(table[Math.max(0, position - 1)]?.nodeId ?? null);
				break;
			case "down":
				choose(table[Math.min(table.length - 1, position + 1)]?.nodeId ?? null);
				break;
			case "refresh":
				session.refresh();
				break;
			case "quit":
				exit();
				break;
			case null:
				break;
		}
	});
	return table[position]?.nodeId ?? null;
}

function Rule({ columns, title = "" }: { readonly columns: number; readonly title?: string }): ReactNode {
	const theme = useTheme();
	const label = title === "" ? "" : `─ ${title} `;
	return (
		<Text {...theme.border} wrap="truncate">
			{label + "─".repeat(Math.max(0, columns - label.length))}
		</Text>
	);
}

function Footer(): ReactNode {
	const theme = useTheme();
	return (
		<Text wrap="truncate">
			{BINDINGS.map(({ label, help }) => (
				<Text key={label}>
					<Text {...theme.key}>{` ${label} `}</Text>
					<Text {...theme.muted}>{`${help}  `}</Text>
				</Text>
			))}
		</Text>
	);
}
