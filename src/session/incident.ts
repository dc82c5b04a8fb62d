import type { NodeFoundLines, TimeRange } from "../model/found-lines.ts";
import type { IncidentMaterial, PastOperation } from "../model/incident.ts";
import type { Timelines } from "../model/timelines.ts";
import { isWithin, progressOf } from "../operation/run/past-operation.ts";
import type { ConsoleState } from "../store/console-store.ts";
import { formatDateTime } from "../text/format.ts";
import { quoted } from "../text/words.ts";
import type { Operations } from "./operations.ts";

/** A reading of repmgr.events has no more rows (EVENTS of probe/server/sql.ts). */
const MOST_EVENTS = 200;

/** What is known of a time, as one value. */
export function incidentMaterial({
	state,
	...rest
}: Pick<IncidentMaterial, "range" | "operations" | "unread"> & {
	readonly state: Pick<ConsoleState, "snapshot" | "log">;
	readonly timelines: Timelines;
	readonly logs: readonly NodeFoundLines[];
}): IncidentMaterial {
	const { snapshot, log } = state;
	return {
		...rest,
		madeAt: snapshot.takenAt,
		snapshot,
		events: log.filter(({ source }) => source === "repmgr"),
		watched: null,
		unread: [...rest.unread, ...unreadEvents(snapshot, rest.range)],
	};
}

/** Which copies of repmgr.events do not reach back as far; one that does is enough. */
function unreadEvents({ nodes }: ConsoleState["snapshot"], range: TimeRange): readonly string[] {
	const copies = nodes.map((node) => {
		const { good, fault } = node.state.events;
		const events = good?.value.events ?? [];
		const oldest = events.at(-1)?.timestamp;
		const isCut = events.length >= MOST_EVENTS || good?.value.isWhole === false;
		return { node, isRead: good !== null && fault === null, from: isCut ? Date.parse(oldest ?? "") : 0 };
	});
	const read = copies.filter(({ isRead }) => isRead);
	if (read.length === 0) return ["repmgr.events can't be read on any node"];
	const earliest = Math.min(...read.map(({ from }) => (Number.isNaN(from) ? 0 : from)));
	return [
		...copies.flatMap(({ node, isRead }) =>
			isRead ? [] : [`repmgr.events of ${quoted(node)} was not read`],
		),
		...(earliest > range.from
			? [`repmgr.events was read from ${formatDateTime(earliest)} UTC on: there are too many rows`]
			: []),
	];
}

/** This machine's operations of a time, the newest first, and what is not known of them. */
export async function pastOperations(
	operations: Pick<Operations, "runs" | "past">,
	range: TimeRange,
): Promise<Pick<IncidentMaterial, "operations" | "unread">> {
	const { runs = [], problems = [], refusal } = await operations.runs(false);
	const unread = [
		...(refusal === undefined ? [] : [`this machine's operations are not known: ${refusal.message}`]),
		...problems,
	];
	const known = runs
		.filter((summary) => isWithin(summary, range))
		.map((summary): PastOperation => {
			const { operationId, title, kind, who, reason, startedAt, endedAt, outcome } = summary;
			const past = operations.past(operationId).value;
			return {
				...{ operationId, title, kind, who, reason, startedAt, endedAt, outcome },
				...(past === undefined ? { steps: [], drill: null, lossBytes: null } : progressOf(past.run)),
			};
		});
	return { operations: known, unread };
}
