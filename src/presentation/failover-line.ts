import { type Handover, handoverGap } from "../assess/handover.ts";
import { isNear, oldPrimaryIn, SKEW_MS } from "../assess/promotion-events.ts";
import { overdueCause, overdueText } from "../diagnosis/failover.ts";
import type { ElectionForecast } from "../model/forecast.ts";
import type { LogEntry } from "../model/log-entry.ts";
import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";
import type { ConsoleState } from "../store/console-store.ts";
import { formatDuration, formatTime } from "../text/format.ts";
import { listed, quoted } from "../text/words.ts";
import type { Tone } from "./grid.ts";

/** So long after a change of the primary it is told what happened. */
const TOLD_MS = 3_600_000;

export interface FailoverLine {
	/** A sentence. */
	readonly text: string;
	readonly tone: Tone;
}

/**
 * While a primary is missing, what is expected from when to when; for an hour after it changed, what was seen of that; else null.
 *
 * @param isBesideFinding FAILOVER_IN_PROGRESS stands in full beside it, with who is expected and when: here only what it has not.
 */
export function failoverLine(
	state: Pick<ConsoleState, "snapshot" | "handovers" | "log" | "now">,
	isBesideFinding = false,
): FailoverLine | null {
	const { snapshot, handovers, log, now } = state;
	const { forecast, nodes } = snapshot;
	const isMissing = nodes.every(({ observed }) => observed.role !== "primary");
	if (isMissing) {
		// An operation pauses repmgrd meanwhile, and tells itself what it does.
		if (snapshot.isOperating || forecast === null || forecast.lostAt === null) return null;
		return expected(snapshot, forecast, forecast.lostAt, isBesideFinding);
	}
	const { last } = handovers;
	if (last !== null && now - last.at < TOLD_MS)
		return { text: watched(snapshot, last, log, now), tone: "plain" };
	const text = recorded(snapshot, last, log, now);
	return text === null ? null : { text, tone: "plain" };
}

function expected(
	snapshot: ClusterSnapshot,
	forecast: ElectionForecast,
	lostAt: number,
	isBesideFinding: boolean,
): FailoverLine {
	const { takenAt, nodes } = snapshot;
	const { primaryNodeId, promotedNodeIds, dueAt, reason } = forecast;
	const since = `lost ${ago(takenAt - lostAt)} ago, by ${formatTime(lostAt)} UTC`;
	const lost = isBesideFinding ? `Primary ${since}` : `Primary ${nameOf(nodes, primaryNodeId)} ${since}`;
	const winners = promotedNodeIds.map((id) => nameOf(nodes, id));
	if (winners.length === 0 && isBesideFinding) return { text: `${lost}.`, tone: "critical" };
	if (winners.length === 0)
		return { text: `${lost}: repmgrd will promote no standby: ${reason}.`, tone: "critical" };
	const who = listed(winners);
	if (winners.length > 1 || dueAt === null) {
		const when = winners.length > 1 ? reason : "when is not known, because its repmgr.conf was not read";
		return { text: `${lost}: repmgrd is expected to promote ${who}; ${when}.`, tone: "warning" };
	}
	const overdue = (isBesideFinding ? overdueCause : overdueText)(snapshot, forecast);
	if (overdue !== null)
		return {
			text: `${lost}. Overdue for ${formatDuration((takenAt - dueAt.to) / 1000)}: ${overdue}`,
			tone: "critical",
		};
	const left = (at: number): number => Math.max(0, Math.ceil((at - takenAt) / 1000));
	const clock =
		takenAt < dueAt.from
			? `in ${left(dueAt.from)} to ${left(dueAt.to)} s`
			: `within ${left(dueAt.to)} s from now`;
	if (isBesideFinding) return { text: `${lost}. Failover ${clock}.`, tone: "warning" };
	return {
		text: `${lost}: repmgrd is expected to promote ${who} between ${formatTime(dueAt.from)} and ${formatTime(dueAt.to)} UTC (${clock}). Wait for it.`,
		tone: "warning",
	};
}

/** What this console saw of the change itself, and what is not known of it. */
function watched(
	snapshot: ClusterSnapshot,
	handover: Handover,
	log: readonly LogEntry[],
	now: number,
): string {
	const { from, toNodeId, at, wasSplit } = handover;
	const { nodes } = snapshot;
	const event = log.findLast(
		(entry) => isPromotion(entry) && entry.nodeId === toNodeId && belongsTo(handover, entry),
	);
	const what = `${titleOf(event)} ${nameOf(nodes, from.nodeId)} → ${nameOf(nodes, toNodeId)} at ${formatTime(at)} UTC, ${ago(now - at)} ago`;
	return wasSplit
		? `${what}: there was more than one primary in between, and what only one of them has is not counted here; T has the timelines.`
		: `${what}: ${handoverGap(handover)}; ${handover.loss.text}.`;
}

function belongsTo({ from, at }: Handover, { timestamp }: LogEntry): boolean {
	return isNear(timestamp, from.at, at);
}

/** What repmgr recorded of a change that this console did not watch. */
function recorded(
	{ nodes }: ClusterSnapshot,
	last: Handover | null,
	log: readonly LogEntry[],
	now: number,
): string | null {
	const event = log.findLast(
		(entry) => isPromotion(entry) && now + SKEW_MS > Date.parse(entry.timestamp) && entry.nodeId !== null,
	);
	const at = event === undefined ? 0 : Date.parse(event.timestamp);
	if (event === undefined || event.nodeId === null || now - at > TOLD_MS) return null;
	// It was watched, and has been told for an hour.
	if (last !== null && belongsTo(last, event)) return null;
	const old = oldPrimaryIn(event.details);
	const from = old === null ? "to" : `${nameOf(nodes, old)} →`;
	return `${titleOf(event)} ${from} ${nameOf(nodes, event.nodeId)} at ${formatTime(at)} UTC, ${ago(now - at)} ago (repmgr.events): this console did not watch it, seconds and bytes lost are unknown; T has the timelines.`;
}

const TITLES: Readonly<Record<string, string>> = {
	repmgrd_failover_promote: "Failover",
	standby_switchover: "Switchover",
	standby_promote: "Promotion",
};

function isPromotion({ source, event, successful }: LogEntry): boolean {
	return source === "repmgr" && successful === true && event in TITLES;
}

function titleOf(event: LogEntry | undefined): string {
	return TITLES[event?.event ?? ""] ?? "Primary changed";
}

function nameOf(nodes: readonly NodeView[], id: number): string {
	const node = nodes.find(({ nodeId }) => nodeId === id);
	return node === undefined ? `node ${id}` : quoted(node);
}

function ago(ms: number): string {
	return formatDuration(Math.max(0, ms) / 1000);
}
