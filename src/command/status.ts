import { type Finding, findingKey } from "../model/finding.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import { sshAge } from "../presentation/headline.ts";
import { statusNotices, statusRecord } from "../presentation/status-record.ts";
import { topologyRows } from "../presentation/topology.ts";
import { verdictOf } from "../presentation/verdict.ts";
import type { Session } from "../session/session.ts";
import { cutName } from "../text/words.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { nagiosLine } from "./nagios.ts";
import { prometheusText } from "./prometheus.ts";
import { csvLine, textTable } from "./table.ts";
import { isRead, type Output, untilAborted } from "./terminal.ts";

/** nagios and prometheus are for monitoring: one line of a check plugin, and metrics as text. */
export type StatusFormat = "text" | "json" | "csv" | "nagios" | "prometheus";

/** Prints the status once. @returns the severity as an exit code. */
export async function statusCommand(session: Session, format: StatusFormat, output: Output): Promise<number> {
	const isPicture = await isRead(session.firstPicture(), output);
	const { snapshot } = session.store.getState();
	// A file of metrics that is empty would say less than one that says "unknown".
	if (isPicture) output.out(formatStatus(snapshot, format));
	else if (format === "prometheus") output.out(prometheusText({ ...snapshot, severity: "unknown" }));
	return isPicture ? EXIT_CODE[snapshot.severity] : EXIT_CODE.unknown;
}

/**
 * Prints the status now and again at each change other than of positions and ages, until `signal`. JSON: one document per line.
 */
export async function watchStatus(
	session: Session,
	format: StatusFormat,
	output: Output,
	signal: AbortSignal,
): Promise<number> {
	if (!(await isRead(session.firstPicture(), output))) return EXIT_CODE.unknown;
	let shown = "";
	const show = (): void => {
		const { snapshot } = session.store.getState();
		const essence = essenceOf(snapshot);
		if (essence === shown) return;
		shown = essence;
		output.out(format === "json" ? JSON.stringify(statusRecord(snapshot)) : formatStatus(snapshot, format));
	};
	show();
	const unsubscribe = session.store.subscribe(show);
	await untilAborted(signal);
	unsubscribe();
	return EXIT_CODE[session.store.getState().snapshot.severity];
}

/** Two snapshots with the same essence print the same, but for positions and ages. */
function essenceOf({ cluster, severity, nodes, findings, notices }: ClusterSnapshot): string {
	return JSON.stringify([
		cluster,
		severity,
		findings.map((finding) => [findingKey(finding), finding.severity]),
		notices,
		nodes.map(({ nodeId, registered, observed, repmgrd }) => [
			nodeId,
			registered,
			observed.status,
			observed.role,
			observed.timeline,
			observed.upstreamNodeId,
			observed.replayPaused,
			repmgrd.running,
			repmgrd.pid,
			repmgrd.paused,
		]),
	]);
}

export function formatStatus(snapshot: ClusterSnapshot, format: StatusFormat): string {
	switch (format) {
		case "json":
			return JSON.stringify(statusRecord(snapshot), null, 2);
		case "csv":
			return csvStatus(snapshot);
		case "nagios":
			return nagiosLine(snapshot);
		case "prometheus":
			return prometheusText(snapshot);
		case "text":
			return textStatus(snapshot);
	}
}

const TEXT_COLUMNS = [
	"id",
	"node",
	"role",
	"status",
	"upstream",
	"timeline",
	"lsn",
	"lag",
	"repmgrd",
	"age",
] as const;

function textStatus(snapshot: ClusterSnapshot): string {
	const { word, text } = verdictOf(snapshot);
	const table = textTable(
		TEXT_COLUMNS.map((column) => column.toUpperCase()),
		topologyRows(snapshot).map(({ cells }) => TEXT_COLUMNS.map((column) => cells[column].text)),
	);
	const details = snapshot.nodes.flatMap(({ nodeName, detail }) =>
		detail === null ? [] : [`${cutName(nodeName)}: ${detail}`],
	);
	const findings = snapshot.findings.flatMap((finding, position) =>
		findingLines(finding, position, snapshot.takenAt),
	);
	const advice = adviceOf(snapshot).filter((line) => !findings.includes(line));
	return [
		`${word.toUpperCase()}: ${text}`,
		...section(findings),
		"",
		table,
		...section([...details, ...advice]),
		...section(statusNotices(snapshot)),
	].join("\n");
}

/** Every finding, and advice for the worst one; evidence and all other advice are in the JSON and on the screen. */
function findingLines(
	{ code, severity, message, detail, hint, doNot, evidence }: Finding,
	position: number,
	now: number,
): readonly string[] {
	const age = sshAge({ evidence }, now);
	const line = `${severity.toUpperCase()}  ${code}: ${message}${age === "" ? "" : ` (${age})`}`;
	if (position > 0 || severity === "notice") return [line];
	return [line, `DETAIL:  ${detail}`, `HINT:  ${hint}`, ...(doNot === null ? [] : [`CAUTION:  ${doNot}`])];
}

/** Advice about servers that reject the login, without repetitions. */
function adviceOf({ nodes }: ClusterSnapshot): readonly string[] {
	const faults = nodes.flatMap(({ observed, fault }) =>
		observed.status === "rejecting" && fault !== null ? [fault] : [],
	);
	const lines = faults.flatMap(({ detail, hint }) => [
		...(detail === undefined ? [] : [`DETAIL:  ${detail}`]),
		...(hint === undefined ? [] : [`HINT:  ${hint}`]),
	]);
	return [...new Set(lines)];
}

function section(lines: readonly string[]): readonly string[] {
	return lines.length === 0 ? [] : ["", ...lines];
}

function csvStatus(snapshot: ClusterSnapshot): string {
	const heading =
		"node_id,node_name,type,active,role,status,upstream_node_id,timeline,current_lsn,receive_lsn,replay_lsn," +
		"lag_bytes,lag_seconds,replay_paused,repmgrd_running,repmgrd_pid,repmgrd_paused,location,priority,age_ms,timeline_at_least";
	const rows = snapshot.nodes.map(({ nodeId, nodeName, registered, observed, repmgrd, ageMs }) =>
		csvLine([
			nodeId,
			nodeName,
			registered.type,
			registered.active,
			observed.role,
			observed.status,
			observed.upstreamNodeId,
			observed.timeline,
			observed.currentLsn,
			observed.receiveLsn,
			observed.replayLsn,
			observed.lagBytes,
			observed.lagSeconds,
			observed.replayPaused,
			repmgrd.running,
			repmgrd.pid,
			repmgrd.paused,
			registered.location,
			registered.priority,
			ageMs,
			observed.timelineAtLeast,
		]),
	);
	return [heading, ...rows].join("\n");
}
