import type { DrillFigures, IncidentMaterial, PastOperation, WatchedHandover } from "../model/incident.ts";
import { CHANGES_PRIMARY } from "../model/intent.ts";
import type { Promotion, PromotionCause } from "../model/timelines.ts";
import { type Clock, clockOf } from "./clocks.ts";
import { type IncidentEntry, incidentEntries, primaryAt } from "./incident-entries.ts";
import { causeOf, isNear, oldPrimaryIn } from "./promotion-events.ts";

/** How long nobody could write, by one way to tell. Milliseconds. */
export type Outage =
	/** By writing one row after the other. */
	| { readonly how: "drill"; readonly ms: number }
	/** By polling: at least from the first to the last snapshot without a primary, at most from answer to answer. */
	| {
			readonly how: "watched";
			readonly leastMs: number;
			readonly mostMs: number;
			readonly from: number;
			readonly to: number;
	  }
	/** By the lines of logs that tell of the end of the old primary and the beginning of the new. */
	| { readonly how: "logs"; readonly ms: number; readonly from: IncidentEntry; readonly to: IncidentEntry };

/** A change of the primary, with all that is known of it. */
export interface PrimaryChange {
	/** Epoch ms by this console's clock. */
	readonly at: number;
	readonly fromNodeId: number | null;
	readonly toNodeId: number | null;
	readonly promotion: Promotion | null;
	/** By the promotion, else by repmgr's events; null: not known. */
	readonly cause: PromotionCause | null;
	readonly operation: PastOperation | null;
	/** What was told of it in the minutes before, oldest first: why. */
	readonly reasons: readonly IncidentEntry[];
	/** The most certain first. */
	readonly outages: readonly Outage[];
	readonly drill: DrillFigures | null;
	/** What a console that watched saw of it; null: none did. */
	readonly handover: WatchedHandover | null;
}

export interface Incident {
	readonly entries: readonly IncidentEntry[];
	/** Oldest first. */
	readonly changes: readonly PrimaryChange[];
	readonly clocks: readonly Clock[];
	/** What could not be read, as texts. */
	readonly unread: readonly string[];
}

/** A failover takes less than this, ms; repmgr's defaults are six attempts, ten seconds apart. */
const BEFORE_MS = 300_000;
/** A new primary accepts writes within this time after its promotion. */
const AFTER_MS = 60_000;
/** A promotion and what a console saw of it lie so near, ms. */
const NEAR_MS = 120_000;

/** Everything that a report tells, from everything that was read. Pure. */
export function incidentOf(material: IncidentMaterial): Incident {
	const { snapshot, range, timelines, watched, logs } = material;
	const clocks = snapshot.nodes.flatMap((node) => clockOf(node) ?? []);
	const byNode = new Map(clocks.map((clock) => [clock.nodeId, clock]));
	const entries = incidentEntries(material, byNode);
	const promotions = timelines.promotions
		.flatMap((promotion) =>
			promotion.at === null
				? []
				: [{ promotion, at: promotion.at - (byNode.get(promotion.nodeId ?? -1)?.offsetMs ?? 0) }],
		)
		.filter(({ at }) => at >= range.from && at <= range.to);
	const seen = watched?.handovers ?? [];
	const unpromoted = seen.filter(
		({ firstAt, toNodeId }) =>
			!promotions.some(
				({ at, promotion }) => promotion.nodeId === toNodeId && Math.abs(at - firstAt) < NEAR_MS,
			),
	);
	const changes = [
		...promotions.map(({ promotion, at }) =>
			changeOf({ promotion, at, toNodeId: promotion.nodeId }, material, entries),
		),
		...unpromoted.map(({ firstAt, toNodeId }) =>
			changeOf({ promotion: null, at: firstAt, toNodeId }, material, entries),
		),
	].toSorted((a, b) => a.at - b.at);
	const nameOf = (nodeId: number): string =>
		snapshot.nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? `node ${nodeId}`;
	return {
		entries,
		changes,
		clocks,
		unread: [
			...material.unread,
			...timelines.unread,
			...logs.flatMap(({ nodeId, found }) =>
				found.fault === undefined
					? found.value.notes.map((note) => `${nameOf(nodeId)}: ${note}`)
					: [`${nameOf(nodeId)}: its logs can't be read: ${found.fault.message}`],
			),
		],
	};
}

function changeOf(
	found: Pick<PrimaryChange, "promotion" | "at" | "toNodeId">,
	{ watched, operations, timelines, events }: IncidentMaterial,
	entries: readonly IncidentEntry[],
): PrimaryChange {
	const { at, toNodeId, promotion } = found;
	const handover =
		watched?.handovers.find((one) => one.toNodeId === toNodeId && Math.abs(one.firstAt - at) < NEAR_MS) ??
		null;
	const operation =
		operations.find(
			({ kind, startedAt, endedAt }) =>
				CHANGES_PRIMARY.includes(kind ?? "") && startedAt <= at && at <= (endedAt ?? startedAt + BEFORE_MS),
		) ?? null;
	const fromNodeId =
		handover?.fromNodeId ?? oldPrimaryOf(events, at) ?? primaryAt(timelines.promotions, at - 1);
	const before = entries.filter((entry) => entry.at >= at - BEFORE_MS && entry.at <= at + 1000);
	// After the change before this one, so that nothing of that one explains this one.
	const last = before.findLastIndex(({ by, at: told }) => by === "history file" && told < at - 1000);
	const reasons = before.slice(last + 1).filter(({ meaning, by }) => meaning !== null && by !== "operator");
	const drill = operation?.drill ?? null;
	return {
		...{ at, fromNodeId, toNodeId, promotion, operation, reasons, drill, handover },
		cause: promotion?.cause ?? causeNear(events, toNodeId, at),
		outages: outagesOf({ at, fromNodeId, toNodeId, handover, drill }, reasons, entries),
	};
}

function causeNear(
	events: IncidentMaterial["events"],
	toNodeId: number | null,
	at: number,
): PromotionCause | null {
	return causeOf(
		events.filter(
			({ nodeId, timestamp, successful }) =>
				nodeId === toNodeId && successful === true && isNear(timestamp, at),
		),
	);
}

function oldPrimaryOf(events: IncidentMaterial["events"], at: number): number | null {
	for (const { timestamp, details, event } of events) {
		if (!event.startsWith("repmgrd_failover_promote") && event !== "standby_switchover") continue;
		const id = oldPrimaryIn(details);
		if (id !== null && isNear(timestamp, at)) return id;
	}
	return null;
}

function outagesOf(
	{
		at,
		fromNodeId,
		toNodeId,
		handover,
		drill,
	}: Pick<PrimaryChange, "at" | "fromNodeId" | "toNodeId" | "handover" | "drill">,
	reasons: readonly IncidentEntry[],
	entries: readonly IncidentEntry[],
): readonly Outage[] {
	const outages: Outage[] = [];
	if (drill !== null && drill.writeOutageSeconds !== null)
		outages.push({ how: "drill", ms: 1000 * drill.writeOutageSeconds });
	if (handover !== null) {
		const { lastAt, firstAt, goneAt, goneUntil } = handover;
		const leastMs = goneAt === null || goneUntil === null ? 0 : goneUntil - goneAt;
		outages.push({ how: "watched", leastMs, mostMs: firstAt - lastAt, from: lastAt, to: firstAt });
	}
	const end =
		reasons.find(({ nodeId, isTrouble, by }) => nodeId === fromNodeId && isTrouble && by !== "repmgrd") ??
		reasons.find(({ isTrouble, by }) => isTrouble && by === "PostgreSQL") ??
		reasons.find(({ isTrouble, by }) => isTrouble && by === "repmgrd");
	const begin = entries.find(
		(entry) =>
			entry.by === "PostgreSQL" &&
			entry.nodeId === toNodeId &&
			entry.at >= at - 1000 &&
			entry.at <= at + AFTER_MS &&
			entry.text.includes("ready to accept connections"),
	);
	if (end !== undefined && begin !== undefined && begin.at > end.at)
		outages.push({ how: "logs", ms: begin.at - end.at, from: end, to: begin });
	return outages;
}
