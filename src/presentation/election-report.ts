import type { ElectionForecast, SecondsRange } from "../model/forecast.ts";
import type { ClusterSnapshot, Severity } from "../model/snapshot.ts";
import { cutName } from "../text/cut-name.ts";
import { formatBytes, formatSeconds, formatTime } from "../text/format.ts";
import { verdictOf } from "./verdict.ts";

/** The forecast in words, for the screen and the command. */
export interface ElectionReport {
	/**
	 * ok: a failover would happen; warning: none would, or there are reservations; critical: more than one node
	 * would be promoted, or there is no primary that could die; unknown: it depends on what can't be read.
	 */
	readonly severity: Severity;
	readonly verdict: string;
	/** A line for each node but the primary. */
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
	// It is worked out once a second.
	if (snapshot.cluster.primaryNodeId !== null) return { severity: "unknown", verdict: "not worked out yet" };
	const { severity, text } = verdictOf(snapshot);
	return {
		severity: severity === "unknown" ? "unknown" : "critical",
		verdict: `there is no one primary that could die: ${text}`,
	};
}

function severityOf({ promotedNodeIds, isSure, reservations }: ElectionForecast): Severity {
	if (!isSure) return "unknown";
	if (promotedNodeIds.length > 1) return "critical";
	return promotedNodeIds.length === 1 && reservations.length === 0 ? "ok" : "warning";
}

function conditionOf({ lostAt }: ElectionForecast, primary: string): string {
	return lostAt === null
		? `if "${primary}" dies now,`
		: `primary "${primary}" is lost since ${formatTime(lostAt)} UTC:`;
}

function verdictText(
	{ promotedNodeIds, isSure, nodes, reason, dueAt }: ElectionForecast,
	takenAt: number,
): string {
	const promoted = nodes.filter(({ nodeId }) => promotedNodeIds.includes(nodeId));
	const [winner, ...more] = promoted;
	if (winner === undefined) {
		const unless = isSure ? "" : ", unless nodes that do not answer this console answer the others";
		return `nobody is promoted${unless}: ${reason}`;
	}
	if (more.length > 0) return `there will be ${promoted.length} primaries: ${reason}`;
	const name = cutName(winner.nodeName);
	if (dueAt === null) return `repmgrd promotes "${name}"`;
	return takenAt > dueAt.to
		? `repmgrd was to promote "${name}" by ${formatTime(dueAt.to)} UTC, and has not`
		: `repmgrd is to promote "${name}" between ${formatTime(dueAt.from)} and ${formatTime(dueAt.to)} UTC`;
}

function sectionsOf(forecast: ElectionForecast): ElectionReport["sections"] {
	const { nodes, visible, electorate, seconds, reservations, assumptions } = forecast;
	const isPromotion = forecast.promotedNodeIds.length > 0;
	const sections = [
		{ title: "RESERVATIONS", lines: reservations },
		{
			title: "HOW LONG",
			lines: isPromotion ? secondsText(seconds) : [],
		},
		{ title: "WHAT IS LOST", lines: isPromotion ? [lossText(forecast)] : [] },
		{
			title: "MAJORITY",
			lines: [`${visible} of the ${electorate} nodes that vote answer; more than half must`],
		},
		{ title: "WHY", lines: nodes.map(({ nodeName, reason }) => `${cutName(nodeName)}: ${reason}`) },
		{ title: "TAKEN FOR GRANTED", lines: assumptions },
	];
	return sections.filter(({ lines }) => lines.length > 0);
}

function secondsText(seconds: ElectionForecast["seconds"]): readonly string[] {
	if (seconds === null) return ["not known: repmgr.conf of the winner could not be read"];
	return [
		`${inSeconds(seconds.crash)} after a crash`,
		`${inSeconds(seconds.cut)} when nothing answers any more: a cut network, a host without power, a frozen server`,
	];
}

function inSeconds({ least, most }: SecondsRange): string {
	return most < 120 ? `${least} to ${most} s` : `${formatSeconds(least)} to ${formatSeconds(most)}`;
}

function lossText({ lossBytes, lossSeconds, isSynchronous }: ElectionForecast): string {
	if (isSynchronous) return "no commit that a client was told of: the winner is a synchronous standby";
	if (lossBytes === null) return "what the winner has not received is not known";
	if (lossBytes === 0)
		return "nothing of what was written when the winner was last read; replication is asynchronous, so commits of the last moment may be";
	const age = lossSeconds === null ? "" : `, commits of the last ${formatSeconds(Math.max(1, lossSeconds))}`;
	return `${formatBytes(lossBytes)} of WAL that the winner had not received when it was last read${age}, and what is written after that before the winner receives it`;
}

/** `failover --preview --json`, schema 1, as reference/json.md documents it. Null is unknown, or that there is no such thing. */
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
