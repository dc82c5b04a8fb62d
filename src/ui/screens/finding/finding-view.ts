import { type Finding, findingKey, type Remedy } from "../../../model/finding.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { formatDuration, formatTime } from "../../../text/format.ts";
import { shellWords } from "../../../text/shell.ts";
import { pageHeading, type StyledLine, textIn } from "../../text/styled-line.ts";
import type { SemanticRole } from "../../theme/theme.ts";
import { nameOf, nodeNames } from "../events/event-lines.ts";

/** One finding in full: since when, the evidence, what to do and what not to do. */
export function findingView(
	data: ConsoleState,
	finding: Finding,
	columns: number,
	isOpen: boolean,
): readonly StyledLine[] {
	const { code, nodeId, severity, message, detail, hint, evidence, remedy, doNot, form } = finding;
	const operation = form ?? remedy?.intent?.kind;
	const names = nodeNames(data.registrations);
	const indented = textIn(columns);
	const text = (part: string, content: string, role?: SemanticRole) => indented(part, 3, content, role);
	return [
		{
			key: "code",
			spans: [
				{ text: ` ${severity.toUpperCase()}`, role: severity === "notice" ? "plain" : severity },
				{ text: `  ${code}`, role: "title" },
				{ text: `  ${nameOf(names, nodeId)}${sinceText(data, finding)}`, role: "muted" },
			],
		},
		...text("message", message, "title"),
		...text("detail", detail),
		...acknowledgementLines(data, finding).flatMap((line) => text("acknowledged", line, "muted")),
		...(doNot === null ? [] : [pageHeading("DO NOT"), ...text("do not", doNot, "critical")]),
		pageHeading("WHAT TO DO"),
		...text("hint", hint),
		...(remedy === null
			? []
			: text("remedy", remedyText(remedy, remedy.host ?? nameOf(names, remedy.nodeId)), "key")),
		...(operation === undefined
			? []
			: text(
					"plan",
					`${isOpen ? "Press enter" : "Press enter twice"} for this console's own ${form === undefined ? "plan" : "form and plan"} (${operation}), with its own checks and steps. Nothing changes before you confirm it.`,
					"muted",
				)),
		pageHeading("EVIDENCE"),
		...evidence.flatMap(({ at, by, nodeId: from, text: seen }, position) =>
			text(
				`evidence ${position}`,
				`${formatTime(at)}  ${from === null ? "console" : nameOf(names, from)}  ${by.toUpperCase()}  ${seen}`,
			),
		),
	];
}

/** "restart repmgrd: on node2 as postgres: repmgr …". */
function remedyText(remedy: Remedy, where: string): string {
	return `${remedy.intent === undefined ? "" : "by hand: "}${remedy.title}: on ${where} as ${remedy.user}: ${shellWords(remedy.argv)}`;
}

function sinceText({ findingPeriods, now }: ConsoleState, finding: Finding): string {
	const period = findingPeriods.get(findingKey(finding));
	if (period === undefined) return "";
	const lasted = formatDuration((now - period.since) / 1000);
	return `  since ${period.isExact ? "" : "before "}${formatTime(period.since)} UTC (${lasted})`;
}

function acknowledgementLines({ findingPeriods }: ConsoleState, finding: Finding): readonly string[] {
	const known = findingPeriods.get(findingKey(finding))?.acknowledgement ?? null;
	if (known === null) return [];
	return [
		`acknowledged at ${formatTime(known.at)} UTC${known.note === "" ? "" : `: ${known.note}`}; it comes back if it worsens`,
	];
}
