import type { ElectionForecast, SecondsRange } from "../../model/forecast.ts";
import type { DrillIntent } from "../../model/intent.ts";
import type { LogEntry } from "../../model/log-entry.ts";
import { current } from "../../model/node-state.ts";
import type { ClusterSnapshot } from "../../model/snapshot.ts";
import { shellWords } from "../../text/shell.ts";

/** What the console measured with its own writes. Times are epoch ms by its own clock; null: did not happen. */
export interface Measured {
	readonly acknowledged: number;
	/** The last write that the old primary acknowledged. */
	readonly lastBefore: number | null;
	/** When another server was first found out of recovery. */
	readonly successorSeen: number | null;
	/** The first write that another server acknowledged, and which one. */
	readonly firstAfter: { readonly at: number; readonly nodeId: number } | null;
	/** The longest time between two other acknowledged writes: the resolution of the measurement. */
	readonly longestPauseMs: number;
	/** The longest time without an answer of any server: an outage around it may have been shorter. */
	readonly longestSilenceMs: number;
	/** How many acknowledged writes are missing. */
	readonly missing: number | null;
}

/** The forecast and what happened; null: unknown. */
export interface DrillReport {
	readonly cluster: string;
	readonly how: DrillIntent["how"];
	readonly beganAt: number;
	readonly primary: string;
	readonly predicted: {
		readonly winner: string | null;
		readonly seconds: SecondsRange | null;
		readonly lossBytes: number | null;
		readonly isSynchronous: boolean;
		readonly assumptions: readonly string[];
	};
	readonly came: {
		readonly winner: string | null;
		/** From the last acknowledged write until another server was out of recovery. */
		readonly secondsToPrimary: number | null;
		/** From the last acknowledged write to the next one. */
		readonly writeOutageSeconds: number | null;
		readonly acknowledgedWrites: number;
		readonly lostWrites: number | null;
		/** The resolution of the figures, in seconds. */
		readonly longestPauseSeconds: number;
		/** If longer than a moment, the console was cut off, and the times are upper bounds. */
		readonly longestSilenceSeconds: number;
		/** Every node has its role again. */
		readonly isHealthy: boolean;
	};
	readonly nodes: readonly { readonly nodeName: string; readonly predicted: string; readonly came: string }[];
	readonly timeline: readonly DrillMoment[];
	/** What to do, the most useful first. */
	readonly advice: readonly string[];
}

export interface DrillMoment {
	/** Epoch ms. */
	readonly at: number;
	/** Since the last write that the old primary acknowledged. */
	readonly seconds: number | null;
	/** "repmgr": by its events, and the primary's clock. */
	readonly by: "this console" | "repmgr";
	readonly text: string;
}

export interface DrillMaterial {
	readonly intent: DrillIntent;
	readonly cluster: string;
	readonly beganAt: number;
	/** As it was read just before the outage. */
	readonly forecast: ElectionForecast | null;
	readonly measured: Measured;
	readonly moments: readonly Omit<DrillMoment, "seconds">[];
	/** Newer than the outage. */
	readonly events: readonly LogEntry[];
	readonly isHealthy: boolean;
	/** As it is now. */
	readonly snapshot: ClusterSnapshot;
}

export function drillReport(material: DrillMaterial): DrillReport {
	const { intent, cluster, beganAt, forecast, measured, snapshot, isHealthy } = material;
	const nameOf = (nodeId: number | null | undefined): string | null =>
		snapshot.nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? null;
	const { lastBefore, successorSeen, firstAfter } = measured;
	const since = (at: number | null | undefined): number | null =>
		at == null || lastBefore === null ? null : (at - lastBefore) / 1000;
	const report = {
		cluster,
		how: intent.how,
		beganAt,
		primary: nameOf(intent.nodeId) ?? "",
		predicted: {
			winner: nameOf(forecast?.promotedNodeIds[0]),
			seconds: forecast?.seconds?.crash ?? null,
			lossBytes: intent.how === "stop" ? 0 : (forecast?.lossBytes ?? null),
			isSynchronous: forecast?.isSynchronous ?? false,
			assumptions: forecast?.assumptions ?? [],
		},
		came: {
			winner: nameOf(firstAfter?.nodeId),
			secondsToPrimary: since(successorSeen),
			writeOutageSeconds: since(firstAfter?.at),
			acknowledgedWrites: measured.acknowledged,
			lostWrites: measured.missing,
			longestPauseSeconds: measured.longestPauseMs / 1000,
			longestSilenceSeconds: measured.longestSilenceMs / 1000,
			isHealthy,
		},
		nodes: snapshot.nodes.map(({ nodeId, nodeName, observed, registered }) => ({
			nodeName,
			predicted:
				nodeId === intent.nodeId
					? "rejoins"
					: (forecast?.nodes.find((node) => node.nodeId === nodeId)?.afterwards ?? ""),
			came:
				registered.type === "witness"
					? `watches ${nameOf(registered.upstreamNodeId) ?? "no node"}`
					: `${observed.role ?? "not readable"}, ${observed.status}${observed.upstreamNodeId === null ? "" : ` from ${nameOf(observed.upstreamNodeId)}`}`,
		})),
		timeline: timelineOf(material, since, nameOf),
	};
	return { ...report, advice: drillAdvice(report, snapshot, forecast) };
}

function timelineOf(
	{ beganAt, moments, events }: DrillMaterial,
	since: (at: number) => number | null,
	nameOf: (nodeId: number | null) => string | null,
): readonly DrillMoment[] {
	const seen = events.flatMap(({ source, timestamp, nodeId, event, details }) => {
		const at = Date.parse(timestamp);
		const text = `${nameOf(nodeId) ?? "the cluster"}: ${event}${details === "" ? "" : `: ${details}`}`;
		const by = source === "repmgr" ? ("repmgr" as const) : ("this console" as const);
		return at >= beganAt ? [{ at, by, text }] : [];
	});
	return [...moments, ...seen]
		.toSorted((a, b) => a.at - b.at)
		.map((moment) => ({ ...moment, seconds: since(moment.at) }));
}

/** A longer silence of all servers hides when a standby was promoted. */
const MOMENT_SECONDS = 1;

/** Whether the console itself was cut off, so that its times are upper bounds. */
export function wasBlind({ longestSilenceSeconds }: DrillReport["came"]): boolean {
	return longestSilenceSeconds > MOMENT_SECONDS;
}

/** Advice from the measurements; empty where there is nothing to improve. */
export function drillAdvice(
	{ predicted, came, primary }: Omit<DrillReport, "advice">,
	snapshot: ClusterSnapshot,
	forecast: ElectionForecast | null,
): readonly string[] {
	const winner = snapshot.nodes.find(({ nodeName }) => nodeName === (came.winner ?? predicted.winner));
	const conf = winner === undefined ? null : (current(winner.state.host)?.repmgrConf ?? null);
	const number = (name: string, unset: number): number => Number(conf?.[name] ?? unset) || unset;
	const [attempts, interval] = [number("reconnect_attempts", 6), number("reconnect_interval", 10)];
	const waiting = (attempts - 1) * interval;
	const { writeOutageSeconds, secondsToPrimary, lostWrites } = came;
	const advice: string[] = [];
	if (came.winner === null) {
		advice.push(
			`No standby was promoted${predicted.winner === null ? "" : `, although ${predicted.winner} was forecast`}: read repmgrd's log there before relying on a failover.`,
		);
	} else if (came.winner !== predicted.winner) {
		const isRival = forecast?.rivalNodeIds.some(
			(id) => snapshot.nodes.find(({ nodeId }) => nodeId === id)?.nodeName === came.winner,
		);
		advice.push(
			`${came.winner} was promoted, ${predicted.winner === null ? "although no standby was forecast" : `not ${predicted.winner}`}: ${isRival ? "while WAL is being written, the standby that has received more at that moment wins, whatever its priority" : "read repmgrd's logs for why"}.`,
		);
	}
	if (lostWrites !== null && lostWrites > 0) {
		advice.push(
			`${lostWrites} acknowledged writes are lost: with synchronous_standby_names a commit is acknowledged only once a standby has it.`,
		);
	}
	if (writeOutageSeconds !== null && conf !== null && waiting > writeOutageSeconds / 2) {
		advice.push(
			`Of the ${writeOutageSeconds.toFixed(1)} s without writes, repmgrd on ${winner?.nodeName} spent ${waiting} s waiting between its ${attempts} attempts to reconnect: reconnect_attempts and reconnect_interval in repmgr.conf decide that.`,
		);
	}
	const { seconds } = predicted;
	if (secondsToPrimary !== null && seconds !== null && !wasBlind(came)) {
		if (secondsToPrimary > seconds.most + came.longestPauseSeconds) {
			advice.push(
				`It took ${(secondsToPrimary - seconds.most).toFixed(1)} s longer than forecast: see repmgrd's log on ${winner?.nodeName ?? "the winner"}.`,
			);
		}
	}
	if (!came.isHealthy) advice.push(`Not every node has its role again: see "status".`);
	if (came.winner !== null)
		advice.push(`To have ${primary} as the primary again: switchover --to ${shellWords([primary])}`);
	return advice;
}
