import { findingKey } from "../model/finding.ts";
import { lintKey } from "../model/lint-result.ts";
import { keyOf } from "../model/log-entry.ts";
import { screenIf, type UiContext } from "./context.ts";
import type { UiEvent } from "./reduce.ts";
import { eventsView, selectedEvent } from "./screens/events/events-view.ts";
import { findingsLayout } from "./screens/findings/finding-lines.ts";
import { lintLayout } from "./screens/lint-results/lint-view.ts";
import { homeLayout, LINES_ABOVE_TABLE } from "./screens/topology/home-layout.ts";
import { selectedNode, topologyView } from "./screens/topology/topology-view.ts";
import { windowTop } from "./window.ts";

/** Selects what stands in a line of the screen; "open" when it is selected already. */
export function click(context: UiContext, row: number): UiEvent | "open" | null {
	const line = row - (context.rows - context.bodyRows - 1);
	return line < 0
		? null
		: (clickNode(context, line) ??
				clickEvent(context, line) ??
				clickFinding(context, line) ??
				clickLint(context, line));
}

function clickNode(context: UiContext, line: number): UiEvent | "open" | null {
	const screen = screenIf(context, "topology");
	if (screen === null) return null;
	const rows = topologyView(context.data, screen);
	const { top, tableRows } = homeLayout(context, rows);
	const position = line - LINES_ABOVE_TABLE;
	const row = position < 0 || position >= tableRows ? undefined : rows[top + position];
	if (row === undefined) return null;
	return row.nodeId === selectedNode(rows, screen.nodeId)
		? "open"
		: { event: "change", screen: { ...screen, nodeId: row.nodeId } };
}

function clickEvent(context: UiContext, line: number): UiEvent | "open" | null {
	const screen = screenIf(context, "events");
	if (screen === null || line < 2) return null;
	const entries = eventsView(context.data, screen);
	const selected = selectedEvent(entries, screen.entry);
	const position = windowTop(selected, entries.length, Math.max(1, context.bodyRows - 2)) + line - 2;
	const entry = entries[position];
	if (entry === undefined) return null;
	return position === selected ? "open" : { event: "change", screen: { ...screen, entry: keyOf(entry) } };
}

function clickFinding(context: UiContext, line: number): UiEvent | "open" | null {
	const screen = screenIf(context, "findings");
	if (screen === null) return null;
	const { findings, top, selected } = findingsLayout(context, screen.finding);
	const finding = line < 1 ? undefined : findings[line - 1];
	if (finding === undefined) return null;
	return top + line - 1 === selected
		? "open"
		: { event: "change", screen: { ...screen, finding: findingKey(finding) } };
}

function clickLint(context: UiContext, line: number): UiEvent | "open" | null {
	const screen = screenIf(context, "lint");
	if (screen === null) return null;
	const { results, top, selected } = lintLayout(context, screen);
	const result = line < 1 ? undefined : results[line - 1];
	if (result === undefined) return null;
	return top + line - 1 === selected
		? "open"
		: { event: "change", screen: { ...screen, result: lintKey(result) } };
}
