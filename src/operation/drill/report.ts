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
		/** Null: only the machine that wrote had a record of them. */
		readonly acknowledgedWrites: number | null;
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
	/** Of a drill whose console ended in the middle: what is not known, as sentences, with what is known instead. */
	readonly notKnown?: readonly string[];
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
	/** As it was read just before the outage; null: not known. */
	readonly forecast: ElectionForecast | null;
	/** Null: the console that measured has ended, and left no record here. */
	readonly measured: Measured | null;
	/** Of a resumed drill: when the console that measured was last alive, epoch ms; null: not known. */
	readonly resumed?: { readonly lastAlive: number | null };
	readonly moments: readonly Omit<DrillMoment, "seconds">[];
	/** Newer than the outage. */
	readonly events: readonly LogEntry[];
	readonly isHealthy: boolean;
	/** As it is now. */
	readonly snapshot: ClusterSnapshot;
}

export function drillReport(material: DrillMaterial): DrillReport {
	const { intent, cluster, beganAt, forecast, snapshot, isHealthy, resumed } = material;
	const measured = material.measured ?? NOTHING;
	const nameOf = (nodeId: number | null | undefined): string | null =>
		snapshot.nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? null;
	const { lastBefore, firstAfter } = measured;
	const winnerId = firstAfter?.nodeId ?? (resumed === undefined ? null : successorOf(intent, snapshot));
	const promoted = winnerId === null ? null : promotedAt(material, winnerId);
	const successorSeen = measured.successorSeen ?? (resumed === undefined ? null : promoted);
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
			winner: nameOf(winnerId),
			secondsToPrimary: since(successorSeen),
			writeOutageSeconds: since(firstAfter?.at),
			acknowledgedWrites: material.measured === null ? null : measured.acknowledged,
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
		...(resumed !== undefined && { notKnown: notKnown(material, resumed, promoted) }),
	};
	return { ...report, advice: drillAdvice(report, snapshot, forecast) };
}

const NOTHING: Measured = {
	...{ acknowledged: 0, lastBefore: null, successorSeen: null, firstAfter: null },
	...{ longestPauseMs: 0, longestSilenceMs: 0, missing: null },
};

/** The node that is the primary now instead of the drilled one; null: none, or it is the primary again. */
function successorOf({ nodeId }: DrillIntent, { cluster }: ClusterSnapshot): number | null {
	return cluster.primaryNodeId === nodeId ? null : cluster.primaryNodeId;
}

/** When repmgr noted the promotion, by this console's clock, epoch ms: a moment after the server was out of recovery. */
function promotedAt({ events, beganAt, snapshot }: DrillMaterial, nodeId: number): number | null {
	const server = snapshot.nodes.find((node) => node.nodeId === nodeId)?.state.server.good?.value;
	const times = events.flatMap(({ source, event, timestamp, nodeId: of }) =>
		source === "repmgr" && of === nodeId && /^(standby|repmgrd_failover)_promote$/.test(event)
			? [Date.parse(timestamp) - (server?.clockOffsetMs ?? 0)]
			: [],
	);
	return times.filter((at) => at >= beganAt).toSorted((a, b) => a - b)[0] ?? null;
}

function notKnown(
	{ measured, beganAt }: DrillMaterial,
	{ lastAlive }: NonNullable<DrillMaterial["resumed"]>,
	promoted: number | null,
): readonly string[] {
	if (measured === null) {
		return [
			"How long no write was acknowledged, and whether acknowledged ones are lost: the console that wrote was killed, and only its machine has the record of what was acknowledged.",
			promoted === null
				? "When another server became the primary: repmgr's events do not tell."
				: `When writes began to fail. The drill began ${inSecondsText(promoted - beganAt)} before repmgr noted the promotion.`,
		];
	}
	const { lastBefore, firstAfter, missing } = measured;
	return [
		...(firstAfter !== null || lastBefore === null
			? []
			: [
					`How long no write was acknowledged: the console that wrote was killed${lastAlive === null ? "" : ` ${inSecondsText(lastAlive - lastBefore)} after the last one, and no other was acknowledged until then: it was at least as long`}.${promoted === null ? "" : ` repmgr noted the promotion ${inSecondsText(promoted - lastBefore)} after that write, by its own clock.`}`,
				]),
		...(missing === null ? ["Whether acknowledged writes are lost: they could not be counted."] : []),
	];
}

function inSecondsText(milliseconds: number): string {
	return `${(milliseconds / 1000).toFixed(1)} s`;
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
