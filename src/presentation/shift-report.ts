import type { Incident } from "../assess/incident.ts";
import { newestPause, pauseWords } from "../assess/pause.ts";
import type { IncidentMaterial } from "../model/incident.ts";
import { formatDateTime, formatSeconds } from "../text/format.ts";
import { sanitiseText } from "../text/sanitise.ts";
import { outageText } from "./incident-report.ts";
import { CAUSES } from "./timelines.ts";
import { verdictOf } from "./verdict.ts";

const LONGEST_LINE = 160;
/** Together with what stands above them 23 lines at most: one screen of a terminal, and one message of a chat. */
const MOST_DONE = 9;
const MOST_LEFT = 6;

/** What the next shift has to know, as one screen of plain text. */
export function shiftReport(
	{ snapshot, range, operations, watched }: IncidentMaterial,
	incident: Incident,
): string {
	const { takenAt, cluster, nodes, findings } = snapshot;
	const nameOf = (nodeId: number | null): string =>
		nodeId === null ? "?" : (nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? `node ${nodeId}`);
	const { word, text } = verdictOf(snapshot);
	const [worst] = findings;
	const done = [
		...operations.map(({ startedAt, endedAt, title, who, outcome, reason }) => ({
			at: startedAt,
			text: `${title} by ${who}: ${outcome}${endedAt === null ? "" : ` after ${formatSeconds((endedAt - startedAt) / 1000)}`}${reason === null ? "" : ` (${reason})`}`,
		})),
		...incident.changes
			.filter(({ operation }) => operation === null)
			.map(({ at, fromNodeId, toNodeId, cause, outages: [outage] }) => ({
				at,
				text: `primary ${nameOf(fromNodeId)} → ${nameOf(toNodeId)}: ${cause === null ? "how is not known" : CAUSES[cause]}${outage === undefined ? "" : `; ${outageText(outage)}`}`,
			})),
		...(watched?.findings ?? [])
			.filter(({ until, severity }) => until !== null && severity === "critical")
			.map(({ since, until, unread, code, message }) => ({
				at: since,
				text: `${code}: ${message}, ${unread.length === 0 ? "over" : `not seen any more (${unread.join(", ")} unread)`} after ${formatSeconds(((until ?? since) - since) / 1000)}`,
			})),
	].toSorted((a, b) => a.at - b.at);
	const pause = newestPause(nodes);
	const left = [
		...operations
			.filter(({ outcome }) => outcome === "interrupted")
			.map(({ title, operationId }) => `${title} is not over: repmgr-console runs resume ${operationId}`),
		...(pause === null ? [] : [`repmgrd is paused, ${pauseWords(pause, takenAt)}: repmgr-console unpause`]),
		...findings.map(({ severity, code, message, remedy }) => {
			const next =
				remedy === null
					? ""
					: `; next: ${remedy.title}${remedy.intent === undefined ? "" : ` (repmgr-console ${remedy.intent.kind})`}`;
			return `${severity} ${code}: ${message}${next}`;
		}),
	];
	const hours = Math.round((range.to - range.from) / 360_000) / 10;
	return [
		`${cluster.name}, ${formatDateTime(takenAt).slice(0, 16)} UTC`,
		`NOW    ${word.toUpperCase()}: ${text}`,
		...(worst === undefined
			? []
			: [`WORST  ${worst.severity} ${worst.code}: ${worst.message}`, `       ${worst.hint}`]),
		...(worst?.doNot == null ? [] : [`       ${worst.doNot}`]),
		...listed(
			`DONE   in the last ${hours} h`,
			done.map(({ at, text: what }) => `${formatDateTime(at).slice(11, 16)} ${what}`),
			-MOST_DONE,
		),
		...listed("LEFT", left, MOST_LEFT),
		...(incident.unread.length === 0
			? []
			: [`NOT READ  ${incident.unread.length} sources; repmgr-console report names them`]),
	]
		.map((line) => cut(sanitiseText(line)))
		.join("\n");
}

/** A title and its lines: the first ones, or with a negative number the last. */
function listed(title: string, lines: readonly string[], most: number): readonly string[] {
	if (lines.length === 0) return [`${title}: nothing`];
	const shown = most < 0 ? lines.slice(most) : lines.slice(0, most);
	const more = lines.length - shown.length;
	return [`${title}${more === 0 ? "" : ` (${more} more)`}`, ...shown.map((line) => `  - ${line}`)];
}

function cut(line: string): string {
	return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line;
}
