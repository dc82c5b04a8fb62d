import type { IncidentMaterial } from "../model/incident.ts";
import { isTrouble } from "../model/log-entry.ts";
import { knownLine, type LogSource } from "../model/log-lines.ts";
import type { Promotion } from "../model/timelines.ts";
import type { Clock } from "./clocks.ts";

/** Where an entry comes from. */
export type Witness =
	| "repmgr.events"
	| "PostgreSQL"
	| "repmgrd"
	| "kernel"
	| "console"
	| "operator"
	| "history file";

/** Something that happened, by one witness. */
export interface IncidentEntry {
	/** Epoch ms by this console's clock, as far as the other clock's difference is known. */
	readonly at: number;
	/** What was taken off the time that its own clock said, ms; null: the difference is not known. */
	readonly movedMs: number | null;
	readonly by: Witness;
	/** Null: the cluster as a whole. */
	readonly nodeId: number | null;
	readonly text: string;
	/** What a line of a log means, a sentence; null: it needs no explanation. */
	readonly meaning: string | null;
	readonly isTrouble: boolean;
	/** How often the same was told, and when last. */
	readonly count: number;
	readonly until: number;
}

const WITNESSES: Readonly<Record<LogSource, Witness>> = {
	postgresql: "PostgreSQL",
	repmgrd: "repmgrd",
	kernel: "kernel",
};

/** The same line within this time is told once, ms. */
const SAME_MS = 60_000;

/** Everything that was told of the time, oldest first. @param clocks by node id. */
export function incidentEntries(
	{ range, events, logs, operations, watched, timelines }: IncidentMaterial,
	clocks: ReadonlyMap<number, Clock>,
): readonly IncidentEntry[] {
	// A difference within what it can be measured to is none.
	const moved = new Map(
		[...clocks].map(([nodeId, { offsetMs, toleranceMs }]) => [
			nodeId,
			Math.abs(offsetMs) > toleranceMs ? offsetMs : 0,
		]),
	);
	const isOneTime = moved.size > 0 && [...moved.values()].every((ms) => ms === 0);
	const by = (nodeId: number | null, at: number): Pick<IncidentEntry, "at" | "movedMs"> => {
		const movedMs = moved.get(nodeId ?? -1) ?? (isOneTime ? 0 : null);
		return { at: at - (movedMs ?? 0), movedMs };
	};
	const plain = { movedMs: 0, meaning: null, count: 1, isTrouble: false };
	const entries = [
		...events.map((event) => {
			const told = Date.parse(event.timestamp);
			const { nodeId, details } = event;
			const failed = event.successful === false ? " failed" : "";
			return {
				...plain,
				// repmgr takes the time of the server that it writes the event to, which is the primary.
				...by(primaryAt(timelines.promotions, told, nodeId), told),
				...{ by: "repmgr.events" as const, nodeId, isTrouble: isTrouble(event) },
				text: `${event.event}${failed}${details === "" ? "" : `: ${details}`}`,
			};
		}),
		...logs.flatMap(({ nodeId, found }) =>
			(found.value?.lines ?? []).map(({ of, at, text }) => {
				const known = knownLine(of, text);
				return {
					...plain,
					...by(nodeId, at),
					...{ by: WITNESSES[of], nodeId, text },
					...{ meaning: known?.meaning ?? null, isTrouble: known?.isLoss === true },
				};
			}),
		),
		...timelines.promotions.flatMap(({ at, nodeId, timeline, from, isExact }) =>
			at === null || nodeId === null || !isExact
				? []
				: [
						{
							...plain,
							...by(nodeId, at),
							...{ by: "history file" as const, nodeId },
							text: `timeline ${timeline} begins at ${from.lsn} of timeline ${from.timeline}`,
						},
					],
		),
		...(watched?.entries ?? []).map(({ timestamp, nodeId, event, successful, details }) => ({
			...plain,
			...{ at: Date.parse(timestamp), by: "console" as const, nodeId, isTrouble: successful === false },
			text: `${event}${details === "" ? "" : `: ${details}`}`,
		})),
		...operations.flatMap(({ title, who, reason, startedAt, endedAt, outcome, steps }) => {
			const operator = { ...plain, by: "operator" as const };
			const why = reason === null ? "" : `: ${reason}`;
			return [
				{ ...operator, at: startedAt, nodeId: null, text: `${title}, approved by ${who}${why}` },
				...steps.flatMap((step) =>
					step.startedAt === null
						? []
						: [
								{
									...{ ...operator, at: step.startedAt, nodeId: step.nodeId },
									...{ text: `${step.title}: ${step.status}`, isTrouble: step.status === "failed" },
								},
							],
				),
				...(endedAt === null
					? []
					: [
							{
								...{ ...operator, at: endedAt, nodeId: null },
								...{ text: `${title}: ${outcome}`, isTrouble: outcome !== "done" },
							},
						]),
			];
		}),
	];
	return folded(
		entries
			.filter(({ at }) => at >= range.from && at <= range.to)
			.map((entry) => ({ ...entry, until: entry.at }))
			.toSorted((a, b) => a.at - b.at),
	);
}

/** The node that was the primary at a time; the node itself where no promotion tells. */
export function primaryAt(
	promotions: readonly Promotion[],
	at: number,
	otherwise: number | null = null,
): number | null {
	const before = promotions.filter((promotion) => promotion.at !== null && promotion.at <= at);
	const newest = before.toSorted((a, b) => (b.at ?? 0) - (a.at ?? 0))[0];
	return newest === undefined ? otherwise : newest.nodeId;
}

/** Lines that differ only by numbers, one soon after the other, become one. */
function folded(entries: readonly IncidentEntry[]): readonly IncidentEntry[] {
	const open = new Map<string, number>();
	const kept: IncidentEntry[] = [];
	for (const entry of entries) {
		const isLog = entry.by === "PostgreSQL" || entry.by === "repmgrd";
		const key = `${entry.by} ${entry.nodeId} ${withoutTime(entry.text).replaceAll(/\d+/g, "#")}`;
		const position = isLog ? open.get(key) : undefined;
		const same = position === undefined ? undefined : kept[position];
		if (same !== undefined && position !== undefined && entry.at - same.until <= SAME_MS) {
			kept[position] = { ...same, count: same.count + 1, until: entry.at };
			continue;
		}
		open.set(key, kept.length);
		kept.push(entry);
	}
	return kept;
}

/** A line of a log without the time and the process in front, which the report has in columns of their own. */
export function withoutTime(line: string): string {
	return line.replace(
		/^\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: (?:[A-Z]{2,5}|[+-]\d\d(?::?\d\d)?))?\]?(?: \[\d+\])?:? */,
		"",
	);
}
