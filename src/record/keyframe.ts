import type { NodeState } from "../model/node-state.ts";
import type { Registration } from "../model/registration.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { StoreMemory } from "../store/console-store.ts";
import type { LagHistory } from "../store/lag-history.ts";
import { redactAll } from "../text/redact.ts";
import type { Copies } from "./copies.ts";
import { fromJson, plain, toJson } from "./json.ts";

/** A keyframe keeps the newest entries of the event log and the newest lines of each opened log: after a jump there are no others. */
const MOST_ENTRIES = 500;
const MOST_LINES = 200;

export interface Keyframe {
	readonly at: number;
	readonly isContinued: boolean;
	readonly memory: Omit<StoreMemory, "snapshot">;
	readonly run: RunState | null;
}

/** A keyframe as text: two lines of JSON, the second with texts that have lines of their own. */
export function keyframeText(
	{ at, isContinued, memory, run }: Keyframe,
	copies: Copies,
	redact: (text: string) => string,
): string {
	const { setupCheck, timelines, nodes, registrations, log, logs, lagHistory, named, ...rest } = memory;
	const { snapshot: _, ...state } = rest as typeof rest & { snapshot?: unknown };
	const stored = {
		at,
		isContinued,
		state,
		named: named && { ...named, reading: copies.without(named.reading) },
		nodes: [...nodes.values()].map((node) => storedNode(node, copies)),
		registrations: copies.idOf(registrations),
		log: log.slice(-MOST_ENTRIES),
		lag: [...lagHistory].map(([nodeId, samples]) => [
			nodeId,
			samples.map((sample, index) => sample.at - (samples[index - 1]?.at ?? 0)),
			samples.map(({ bytes }) => bytes),
			samples.map(({ seconds }) => seconds),
		]),
		logs: [...logs].map(([nodeId, { postgresql, repmgrd }]) => [
			nodeId,
			{
				postgresql: { ...postgresql, lines: postgresql.lines.slice(-MOST_LINES) },
				repmgrd: { ...repmgrd, lines: repmgrd.lines.slice(-MOST_LINES) },
			},
		]),
		copies: copies.all(),
	};
	const withLines = { setupCheck, timelines, run };
	return [stored, withLines].map((part) => toJson(redactAll(plain(part), redact))).join("\n");
}

/** The keyframe, and the copies of repmgr.nodes that the entries after it refer to. */
export function readKeyframe(text: string, copies: Copies): Keyframe {
	const [first = "", second = ""] = text.split("\n");
	const stored = fromJson(first) as Stored;
	const withLines = fromJson(second, true) as Pick<StoreMemory, "setupCheck" | "timelines"> & {
		readonly run: RunState | null;
	};
	copies.reset(stored.copies);
	const { run, setupCheck, timelines } = withLines;
	const memory = {
		...stored.state,
		setupCheck,
		timelines,
		named: stored.named && { ...stored.named, reading: copies.with(stored.named.reading) },
		nodes: new Map(stored.nodes.map((node) => [node.nodeId, readNode(node, copies)])),
		registrations: copies.rowsOf(stored.registrations),
		log: stored.log,
		logs: new Map(stored.logs),
		lagHistory: readLag(stored.lag),
	};
	return { at: Number(stored.at), isContinued: stored.isContinued === true, memory, run };
}

interface Stored {
	readonly at: number;
	readonly isContinued: boolean;
	readonly state: Omit<
		StoreMemory,
		| "snapshot"
		| "setupCheck"
		| "timelines"
		| "named"
		| "nodes"
		| "registrations"
		| "log"
		| "logs"
		| "lagHistory"
	>;
	readonly named: StoreMemory["named"];
	readonly nodes: readonly NodeState[];
	readonly registrations: number;
	readonly log: StoreMemory["log"];
	readonly logs: readonly (readonly [
		number,
		StoreMemory["logs"] extends ReadonlyMap<number, infer T> ? T : never,
	])[];
	readonly lag: readonly (readonly [
		number,
		readonly number[],
		readonly (number | null)[],
		readonly (number | null)[],
	])[];
	readonly copies: readonly (readonly Registration[])[];
}

function storedNode(node: NodeState, copies: Copies): unknown {
	const { server, events } = node;
	return {
		...node,
		server: server.good && { ...server, good: { ...server.good, value: copies.without(server.good.value) } },
		...(server.good === null && { server }),
		// Its events are in the log.
		events: events.good
			? { ...events, good: { ...events.good, value: { ...events.good.value, events: [] } } }
			: events,
	};
}

function readNode(node: NodeState, copies: Copies): NodeState {
	const { server } = node;
	if (server.good === null) return node;
	return { ...node, server: { ...server, good: { ...server.good, value: copies.with(server.good.value) } } };
}

function readLag(lag: Stored["lag"]): LagHistory {
	return new Map(
		lag.map(([nodeId, steps, bytes, seconds]) => {
			let at = 0;
			return [
				nodeId,
				steps.map((step, index) => {
					at += step;
					return { at, bytes: bytes[index] ?? null, seconds: seconds[index] ?? null };
				}),
			];
		}),
	);
}
