import type { DrillReport } from "../operation/drill/report.ts";
import { wasBlind } from "../operation/drill/report.ts";
import { formatBytes } from "../text/format.ts";

/** A figure, as predicted and as measured. */
type Row = readonly [string, string, string];

const UNKNOWN = "unknown";

export function drillRows({ predicted, came, nodes }: DrillReport): readonly Row[] {
	const bound = wasBlind(came) ? " at most" : "";
	const seconds = (value: number | null): string =>
		value === null ? "not seen" : `${value.toFixed(2)} s${bound}`;
	const range = predicted.seconds;
	return [
		["new primary", predicted.winner ?? "none", came.winner ?? "none"],
		[
			"time to new primary",
			range === null ? UNKNOWN : `${range.least} to ${range.most} s`,
			seconds(came.secondsToPrimary),
		],
		[
			"write outage",
			range === null ? UNKNOWN : `${range.least} s and more`,
			seconds(came.writeOutageSeconds),
		],
		["acknowledged writes lost", lossText(predicted), lostText(came)],
		...nodes.map(({ nodeName, predicted: expected, came: measured }): Row => [nodeName, expected, measured]),
	];
}

function lossText({ lossBytes, isSynchronous }: DrillReport["predicted"]): string {
	if (isSynchronous) return "none: the winner is synchronous";
	return lossBytes === null ? UNKNOWN : `those in ${formatBytes(lossBytes)} of WAL at most`;
}

export function lostText({ lostWrites, acknowledgedWrites }: DrillReport["came"]): string {
	return lostWrites === null ? "not measured" : `${lostWrites} of ${acknowledgedWrites}`;
}

export function drillHeading({ cluster, how, primary, beganAt }: DrillReport): string {
	return `Failover drill of ${new Date(beganAt).toISOString()}, cluster ${cluster}: ${primary} ${how === "stop" ? "stopped" : "killed"}`;
}

/** How the figures were measured. */
export function drillMeasure({ came, notKnown }: DrillReport): string {
	if (came.acknowledgedWrites === null)
		return "Nothing was measured: the console that wrote was killed, and this machine has no record of it.";
	const killed =
		notKnown === undefined ? "" : " It was killed in the middle: these are its records until then.";
	const blind = wasBlind(came)
		? ` No server answered this console for ${came.longestSilenceSeconds.toFixed(2)} s: the times are upper bounds.`
		: "";
	return `Measured by writing one row after another to the current primary; apart from the outage, the longest time between two acknowledged writes was ${came.longestPauseSeconds.toFixed(2)} s.${killed}${blind}`;
}

const momentText = ({ seconds, by, text }: DrillReport["timeline"][number]): string =>
	`${seconds === null ? "" : `${seconds < 0 ? "" : "+"}${seconds.toFixed(2)} s`.padStart(10)}  ${by === "repmgr" ? "repmgr: " : ""}${text}`;

export function drillReportText(report: DrillReport): string {
	const rows: readonly Row[] = [["", "FORECAST", "ACTUAL"], ...drillRows(report)];
	const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
	return [
		drillHeading(report),
		"",
		...rows.map(([what, predicted, measured]) =>
			`  ${what.padEnd(width(0))}  ${predicted.padEnd(width(1))}  ${measured}`.trimEnd(),
		),
		"",
		drillMeasure(report),
		...(report.notKnown?.length ? ["", "Not known:", ...report.notKnown.map((line) => `  - ${line}`)] : []),
		"",
		"Timeline, from the last write that the old primary acknowledged:",
		...report.timeline.map(momentText),
		...(report.advice.length === 0
			? []
			: ["", "Conclusions:", ...report.advice.map((line) => `  - ${line}`)]),
	].join("\n");
}

export function drillReportMarkdown(report: DrillReport): string {
	const cell = (text: string): string => text.replaceAll("|", "\\|");
	return [
		`# ${drillHeading(report)}`,
		"",
		"| | forecast | actual |",
		"|---|---|---|",
		...drillRows(report).map((row) => `| ${row.map(cell).join(" | ")} |`),
		"",
		drillMeasure(report),
		...(report.notKnown?.length
			? ["", "## Not known", "", ...report.notKnown.map((line) => `- ${line}`)]
			: []),
		...(report.predicted.assumptions.length === 0
			? []
			: ["", "Assumptions of the forecast:", "", ...report.predicted.assumptions.map((line) => `- ${line}`)]),
		"",
		"## Timeline",
		"",
		"Seconds from the last write that the old primary acknowledged.",
		"",
		"```",
		...report.timeline.map(momentText),
		"```",
		...(report.advice.length === 0
			? []
			: ["", "## Conclusions", "", ...report.advice.map((line) => `- ${line}`)]),
		"",
	].join("\n");
}
