import type { ElectionForecast, SecondsRange } from "../model/forecast.ts";
import type { ClusterSnapshot, Severity } from "../model/snapshot.ts";
import { formatBytes, formatSeconds, formatTime } from "../text/format.ts";
import { cutName } from "../text/words.ts";
import { verdictOf } from "./verdict.ts";

/** The failover forecast for the screen and the command. */
export interface ElectionReport {
	/**
	 * ok: a standby would be promoted; warning: none would, or there are reservations; critical: more than one would, or
	 * there is no single primary; unknown: it depends on what can't be read.
	 */
	readonly severity: Severity;
	readonly verdict: string;
	/** A row for each node but the primary. */
	readonly ranking: { readonly heading: readonly string[]; readonly rows: readonly RankingRow[] };
	readonly sections: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

interface RankingRow {
	readonly nodeId: number;
	readonly isPromoted: boolean;
	readonly cells: readonly string[];
}

const HEADING = ["RANK", "NODE", "TYPE", "PRIORITY", "LOCATION", "RECEIVED", "THEN"];

export function electionReport(snapshot: ClusterSnapshot): ElectionReport {
	const { forecast, nodes } = snapshot;
	if (forecast === null)
		return { ...withoutForecast(snapshot), ranking: { heading: HEADING, rows: [] }, sections: [] };
	const byId = new Map(nodes.map((node) => [node.nodeId, node]));
	const primary = cutName(byId.get(forecast.primaryNodeId)?.nodeName ?? "");
	return {
		severity: forecast.lostAt === null ? severityOf(forecast) : "critical",
		verdict: `${conditionOf(forecast, primary)} ${verdictText(forecast, snapshot.takenAt)}`,
		ranking: {
			heading: HEADING,
			rows: forecast.nodes.map(({ nodeId, nodeName, rank, receiveLsn, afterwards }) => {
				const { type = "", priority = "", location = "" } = byId.get(nodeId)?.registered ?? {};
				const place = rank === null ? "–" : String(rank);
				return {
					nodeId,
					isPromoted: forecast.promotedNodeIds.includes(nodeId),
					cells: [place, nodeName, type, String(priority), location, receiveLsn ?? "–", afterwards],
				};
			}),
		},
		sections: sectionsOf(forecast),
	};
}

function withoutForecast(snapshot: ClusterSnapshot): Pick<ElectionReport, "severity" | "verdict"> {
	// The forecast is made once a second.
	if (snapshot.cluster.primaryNodeId !== null) return { severity: "unknown", verdict: "not forecast yet" };
	const { severity, text } = verdictOf(snapshot);
	return {
		severity: severity === "unknown" ? "unknown" : "critical",
		verdict: `there is no single primary: ${text}`,
	};
}

function severityOf({ promotedNodeIds, isSure, reservations }: ElectionForecast): Severity {
	if (!isSure) return "unknown";
	if (promotedNodeIds.length > 1) return "critical";
	return promotedNodeIds.length === 1 && reservations.length === 0 ? "ok" : "warning";
}

function conditionOf({ lostAt }: ElectionForecast, primary: string): string {
	return lostAt === null
		? `if "${primary}" fails now,`
		: `primary "${primary}" has been lost since ${formatTime(lostAt)} UTC:`;
}

function verdictText(
	{ promotedNodeIds, isSure, nodes, reason, dueAt }: ElectionForecast,
	takenAt: number,
): string {
	const promoted = nodes.filter(({ nodeId }) => promotedNodeIds.includes(nodeId));
	const [winner, ...more] = promoted;
	if (winner === undefined) {
		const unless = isSure ? "" : ", unless nodes that do not answer this console answer the other nodes";
		return `no standby is promoted${unless}: ${reason}`;
	}
	if (more.length > 0) return `there will be ${promoted.length} primaries: ${reason}`;
	const name = cutName(winner.nodeName);
	if (dueAt === null) return `repmgrd promotes "${name}"`;
	return takenAt > dueAt.to
		? `repmgrd should have promoted "${name}" by ${formatTime(dueAt.to)} UTC`
		: `repmgrd should promote "${name}" between ${formatTime(dueAt.from)} and ${formatTime(dueAt.to)} UTC`;
}

function sectionsOf(forecast: ElectionForecast): ElectionReport["sections"] {
	const { nodes, visible, electorate, seconds, reservations, assumptions } = forecast;
	const isPromotion = forecast.promotedNodeIds.length > 0;
	const sections = [
		{ title: "RESERVATIONS", lines: reservations },
		{
			title: "DURATION",
			lines: isPromotion ? secondsText(seconds) : [],
		},
		{ title: "DATA LOSS", lines: isPromotion ? [lossText(forecast)] : [] },
		{
			title: "MAJORITY",
			lines: [`${visible} of ${electorate} voting nodes answer; more than half must`],
		},
		{ title: "WHY", lines: nodes.map(({ nodeName, reason }) => `${cutName(nodeName)}: ${reason}`) },
		{ title: "ASSUMPTIONS", lines: assumptions },
	];
	return sections.filter(({ lines }) => lines.length > 0);
}

function secondsText(seconds: ElectionForecast["seconds"]): readonly string[] {
	if (seconds === null) return ["unknown: repmgr.conf of the winner could not be read"];
	return [
		`${inSeconds(seconds.crash)} after a crash`,
		`${inSeconds(seconds.cut)} if nothing answers: a network cut, a power loss, a frozen server`,
	];
}

function inSeconds({ least, most }: SecondsRange): string {
	return most < 120 ? `${least} to ${most} s` : `${formatSeconds(least)} to ${formatSeconds(most)}`;
}

function lossText({ lossBytes, lossSeconds, isSynchronous }: ElectionForecast): string {
	if (isSynchronous) return "no acknowledged commit: the winner is a synchronous standby";
	if (lossBytes === null) return "unknown: what the winner has not received can't be read";
	if (lossBytes === 0)
		return "nothing that was written before the winner was last read; replication is asynchronous, so the very last commits may be lost";
	const age = lossSeconds === null ? "" : `, commits of the last ${formatSeconds(Math.max(1, lossSeconds))}`;
	return `${formatBytes(lossBytes)} of WAL that the winner had not received when it was last read${age}, and what is written before it receives more`;
}

/** `failover --preview --json`, schema 1, as reference/json.md documents it. Null: unknown, or there is none. */
export function failoverRecord(snapshot: ClusterSnapshot) {
	const { takenAt, cluster, forecast } = snapshot;
	const { severity, verdict } = electionReport(snapshot);
	return {
		schema: 1,
		takenAt: new Date(takenAt).toISOString(),
		cluster,
		severity,
		verdict,
		forecast,
	};
}
