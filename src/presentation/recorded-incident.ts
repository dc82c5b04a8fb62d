import { watchedOf } from "../assess/watched.ts";
import type { IncidentMaterial, PastOperation, Watched } from "../model/incident.ts";
import type { LogEntry } from "../model/log-entry.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import { DEFAULT_THRESHOLDS } from "../model/thresholds.ts";
import { isWithin, progressOf } from "../operation/run/past-operation.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { ClusterRecord } from "../record/reader.ts";
import { createConsoleStore } from "../store/console-store.ts";
import { giveInput } from "../store/store-input.ts";

/** What a record has of an incident. */
export interface RecordedIncident {
	readonly watched: Watched;
	/** The last one. */
	readonly snapshot: ClusterSnapshot;
	/** repmgr's events, as the console had read them. */
	readonly events: readonly LogEntry[];
	/** Those that the console carried out, the newest first. */
	readonly operations: readonly PastOperation[];
}

/** Plays a record back, without a screen; null: there is nothing in it. */
export function recordedIncident(record: ClusterRecord): RecordedIncident | null {
	const { cluster, sshOff, isReadOnly, startedAt, thresholds } = record.header;
	const store = createConsoleStore({
		...{ name: cluster, sshOff, isReadOnly, now: startedAt, known: [] },
		thresholds: { ...DEFAULT_THRESHOLDS, ...thresholds },
	});
	const operations = new Map<string, PastOperation>();
	const watched = watchedOf(snapshotsOf(), () => store.getState().log);
	const { log, snapshot } = store.getState();
	if (watched === null) return null;
	const events = log.filter(({ source }) => source === "repmgr");
	return { watched, snapshot, events, operations: [...operations.values()].toReversed() };

	function* snapshotsOf(): Generator<ClusterSnapshot> {
		let last: ClusterSnapshot | null = null;
		let isBeginning = true;
		for (const entry of record.entries()) {
			// A file of the ring continues another one, which is not read.
			if (entry.kind === "keyframe" && (isBeginning || !entry.isContinued)) store.restore(entry.memory);
			isBeginning = false;
			if (entry.kind === "input") giveInput(store, entry.input);
			else if (entry.kind !== "mark" && entry.run !== null)
				noteOperation(operations, entry.run, entry.kind === "run" ? entry.at : null);
			const { snapshot } = store.getState();
			if (snapshot === last || snapshot.nodes.length === 0) continue;
			last = snapshot;
			yield snapshot;
		}
	}
}

/** @param at Epoch ms: when it became so; null: a keyframe says how it was by then. */
function noteOperation(operations: Map<string, PastOperation>, run: RunState, at: number | null): void {
	const { operationId, plan, who, startedAt, outcome } = run;
	const isOpen = outcome === "running" || outcome === "detached";
	operations.set(operationId, {
		...{ operationId, title: plan.title, kind: plan.intent.kind, who, startedAt },
		reason: ("reason" in plan.intent && plan.intent.reason) || null,
		endedAt: isOpen ? null : (operations.get(operationId)?.endedAt ?? at ?? lastEndOf(run)),
		outcome: isOpen ? "not over when the record ended" : outcome,
		...progressOf(run),
	});
}

/** The newest end of its steps; null: none has ended. */
function lastEndOf({ steps }: RunState): number | null {
	const ends = steps.flatMap(({ endedAt }) => endedAt ?? []);
	return ends.length === 0 ? null : Math.max(...ends);
}

/** What was read now, with what a console saw then. */
export function withRecord(
	material: IncidentMaterial,
	{ watched, events, operations }: RecordedIncident,
): IncidentMaterial {
	const known = new Set(material.events.map((entry) => JSON.stringify(entry)));
	const journal = new Set(material.operations.map(({ operationId }) => operationId));
	const others = operations.filter((one) => !journal.has(one.operationId) && isWithin(one, material.range));
	return {
		...material,
		watched,
		operations: [...material.operations, ...others].toSorted((a, b) => b.startedAt - a.startedAt),
		events: [...material.events, ...events.filter((entry) => !known.has(JSON.stringify(entry)))],
	};
}

/** Where the cluster can't be read now: the record alone. @param why as a text in PostgreSQL's style. */
export function recordAlone(
	{ watched, events, snapshot, operations }: RecordedIncident,
	range: IncidentMaterial["range"],
	madeAt: number,
	why: string,
): IncidentMaterial {
	return {
		...{ madeAt, range, snapshot, events, watched, logs: [] },
		operations: operations.filter((one) => isWithin(one, range)),
		timelines: { readAt: snapshot.takenAt, promotions: [], ends: [], unread: [] },
		unread: [`the cluster could not be read now, so this has only what the record has: ${why}`],
	};
}
