import { Box, Text } from "ink";
import { type ReactNode, useMemo } from "react";
import { EventList } from "../../components/event-list.tsx";
import { FindingLine } from "../../components/finding-line.tsx";
import { Rule } from "../../components/rule.tsx";
import { screenIf, type UiContext } from "../../context.ts";
import { useTheme } from "../../theme/theme.ts";
import { dayOf, nodeNames } from "../events/event-lines.ts";
import { findingLines } from "../findings/finding-lines.ts";
import { shownColumns } from "./columns.ts";
import { homeLayout } from "./home-layout.ts";
import { TopologyTable } from "./topology-table.tsx";
import { selectedNode, topologyView } from "./topology-view.ts";

/** Home: the nodes as a tree of what streams from what, what is wrong, and the latest events. */
export function TopologyScreen({ context }: { readonly context: UiContext }): ReactNode {
	const theme = useTheme();
	const { data, columns } = context;
	const names = useMemo(() => nodeNames(data.registrations), [data.registrations]);
	const screen = screenIf(context, "topology");
	if (screen === null) return null;
	const rows = topologyView(data, screen);
	const layout = homeLayout(context, rows);
	const hidden = data.snapshot.nodes.length - rows.length;
	return (
		<>
			<Rule
				columns={columns}
				note={[
					...(screen.sort === null ? [] : [`sorted by ${screen.sort}`]),
					...(screen.filter === "" ? [] : [`filter ${screen.filter}`]),
					...(screen.errorsOnly ? ["errors only"] : []),
					...(hidden > 0 ? [`${hidden} of ${data.snapshot.nodes.length} nodes hidden`] : []),
					...(rows.length > layout.tableRows
						? [`${rows.length - layout.tableRows} nodes further down or up`]
						: []),
				].join(", ")}
			/>
			<TopologyTable
				rows={rows.slice(layout.top, layout.top + layout.tableRows)}
				columns={shownColumns(context, rows)}
				selectedNodeId={selectedNode(rows, screen.nodeId)}
				width={columns}
			/>
			{rows.length === 0 && (
				<Text {...theme.muted}>
					{data.snapshot.nodes.length === 0
						? "  no node is known yet"
						: "  no node matches; esc clears the filter"}
				</Text>
			)}
			{layout.findings.length + layout.remarks.length > 0 && (
				// A heading as the table's, no rule: it comes and goes, and 160 columns of a rule are half a second at 9600 baud.
				<Text {...theme.muted} wrap="truncate">
					{`  ${layout.findings.length > 0 ? "FINDINGS" : "NOT KNOWN"}`}
					{layout.hiddenFindings > 0 ? `  ${layout.hiddenFindings} more: v` : ""}
				</Text>
			)}
			{findingLines(layout.findings, data.findingPeriods, data.now).map(({ key, ...texts }) => (
				<FindingLine key={key} {...texts} columns={columns} />
			))}
			{layout.remarks.map(({ text, role }) => (
				<Text key={text} {...theme[role]} wrap="truncate">
					{`  ${text}`}
				</Text>
			))}
			<Rule columns={columns} title="EVENTS" />
			<Box flexGrow={1} flexDirection="column" overflow="hidden">
				<EventList
					log={data.log}
					names={names}
					today={dayOf(data.now)}
					columns={columns}
					height={layout.eventRows}
				/>
			</Box>
		</>
	);
}
