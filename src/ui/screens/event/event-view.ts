import { isTrouble, type LogEntry } from "../../../model/log-entry.ts";
import { formatAge } from "../../../text/format.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import { type NodeNames, nameOf } from "../events/event-lines.ts";
import { fullTime } from "../events/events-view.ts";

const LABEL_WIDTH = 11;

/** Everything recorded about one event, in `width` terminal columns. */
export function eventView(
	entry: LogEntry,
	names: NodeNames,
	now: number,
	width: number,
): readonly StyledLine[] {
	const { timestamp, nodeId, source, event, details } = entry;
	const age = formatAge(now - Date.parse(timestamp));
	const field = (label: string, value: string, role: SemanticRole = "plain"): readonly StyledLine[] =>
		wrapText(value, Math.max(1, width - LABEL_WIDTH - 3)).map((text, line) => ({
			key: `${label} ${line}`,
			spans: [
				{ text: `  ${(line === 0 ? label : "").padEnd(LABEL_WIDTH)}`, role: "muted" },
				{ text, role },
			],
		}));
	return [
		...field("event", event, "title"),
		...field("node", nodeText(names, nodeId)),
		...field("time", fullTime(timestamp)),
		...field("how old", age === "now" ? "just now" : age),
		...field("result", ...resultOf(entry)),
		...field(
			"source",
			source === "repmgr" ? "repmgr (table repmgr.events)" : "seen by this console, not in repmgr.events",
		),
		{ key: "space", spans: [] },
		...field("details", details === "" ? "none" : details, details === "" ? "muted" : "plain"),
	];
}

function nodeText(names: NodeNames, nodeId: number | null): string {
	if (nodeId === null) return "the cluster as a whole";
	return names.has(nodeId) ? `${nameOf(names, nodeId)} (id ${nodeId})` : `id ${nodeId}`;
}

function resultOf(entry: LogEntry): [string, SemanticRole] {
	const { source, successful } = entry;
	switch (successful) {
		case true:
			if (isTrouble(entry)) return ['bad news, though repmgr recorded "successful"', "critical"];
			return [source === "repmgr" ? "successful" : "good", "ok"];
		case false:
			return ["failed", "critical"];
		case null:
			return ["–", "muted"];
	}
}
