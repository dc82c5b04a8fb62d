import type { DrillReport } from "../operation/drill/report.ts";
import { wasBlind } from "../operation/drill/report.ts";
import { formatBytes } from "../text/format.ts";

/** A figure of the report: what it is, what was foretold, what came. */
type Row = readonly [string, string, string];

const NOT_KNOWN = "not known";

export function drillRows({ predicted, came, nodes }: DrillReport): readonly Row[] {
	const bound = wasBlind(came) ? " at most" : "";
	const seconds = (value: number | null): string =>
		value === null ? "not seen" : `${value.toFixed(2)} s${bound}`;
	const range = predicted.seconds;
	return [
		["new primary", predicted.winner ?? "nobody", came.winner ?? "nobody"],
		[
			"until there is one",
			range === null ? NOT_KNOWN : `${range.least} to ${range.most} s`,
			seconds(came.secondsToPrimary),
		],
		[
			"write outage",
			range === null ? NOT_KNOWN : `${range.least} s and more`,
			seconds(came.writeOutageSeconds),
		],
		["acknowledged writes lost", lossText(predicted), lostText(came)],
		...nodes.map(({ nodeName, predicted: foretold, came: seen }): Row => [nodeName, foretold, seen]),
	];
}

function lossText({ lossBytes, isSynchronous }: DrillReport["predicted"]): string {
	if (isSynchronous) return "none: the winner is synchronous";
	return lossBytes === null ? NOT_KNOWN : `what is in ${formatBytes(lossBytes)} of WAL at most`;
}

function lostText({ lostWrites, acknowledgedWrites }: DrillReport["came"]): string {
	return lostWrites === null ? "not measured" : `${lostWrites} of ${acknowledgedWrites}`;
}

export function drillHeading({ cluster, how, primary, beganAt }: DrillReport): string {
	return `Failover drill of ${new Date(beganAt).toISOString()}, cluster ${cluster}: ${primary} ${how === "stop" ? "stopped" : "killed"}`;
}

/** On what the figures rest. */
export function drillMeasure({ came }: DrillReport): string {
	const blind = wasBlind(came)
		? ` No server answered it for ${came.longestSilenceSeconds.toFixed(2)} s: the times are upper bounds.`
		: "";
	return `Measured by this console, writing one row after the other to whoever was the primary; apart from the outage the longest time between two acknowledged writes was ${came.longestPauseSeconds.toFixed(2)} s.${blind}`;
}

const momentText = ({ seconds, by, text }: DrillReport["timeline"][number]): string =>
	`${seconds === null ? "" : `${seconds < 0 ? "" : "+"}${seconds.toFixed(2)} s`.padStart(10)}  ${by === "repmgr" ? "repmgr: " : ""}${text}`;

/** For a terminal. */
export function drillReportText(report: DrillReport): string {
	const rows: readonly Row[] = [["", "FORETOLD", "CAME"], ...drillRows(report)];
	const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
	return [
		drillHeading(report),
		"",
		...rows.map(([what, foretold, came]) =>
			`  ${what.padEnd(width(0))}  ${foretold.padEnd(width(1))}  ${came}`.trimEnd(),
		),
		"",
		drillMeasure(report),
		"",
		"What happened, from the last write that the old primary acknowledged:",
		...report.timeline.map(momentText),
		...(report.advice.length === 0
			? []
			: ["", "What to make of it:", ...report.advice.map((line) => `  - ${line}`)]),
	].join("\n");
}

/** For those who were not there. */
export function drillReportMarkdown(report: DrillReport): string {
	const cell = (text: string): string => text.replaceAll("|", "\\|");
	return [
		`# ${drillHeading(report)}`,
		"",
		"| | foretold | came |",
		"|---|---|---|",
		...drillRows(report).map((row) => `| ${row.map(cell).join(" | ")} |`),
		"",
		drillMeasure(report),
		...(report.predicted.assumptions.length === 0
			? []
			: [
					"",
					"The forecast took for granted:",
					"",
					...report.predicted.assumptions.map((line) => `- ${line}`),
				]),
		"",
		"## What happened",
		"",
		"Seconds from the last write that the old primary acknowledged.",
		"",
		"```",
		...report.timeline.map(momentText),
		"```",
		...(report.advice.length === 0
			? []
			: ["", "## What to make of it", "", ...report.advice.map((line) => `- ${line}`)]),
		"",
	].join("\n");
}
