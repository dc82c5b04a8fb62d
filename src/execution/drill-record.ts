import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { distrust } from "../config/own-file.ts";
import type { ElectionForecast } from "../model/forecast.ts";
import type { DrillIntent } from "../model/intent.ts";
import { sanitise } from "../text/sanitise.ts";

/** A write that a server has acknowledged. */
export interface Acknowledged {
	readonly id: number;
	readonly nodeId: number;
	/** Epoch ms. */
	readonly at: number;
}

/** What the console of a drill had recorded when it ended. */
export interface RecordedDrill {
	readonly intent: DrillIntent;
	readonly forecast: ElectionForecast | null;
	readonly acknowledged: readonly Acknowledged[];
	/** When another server was first found out of recovery, epoch ms. */
	readonly successorSeen: number | null;
	/** The longest time without an answer of any server. */
	readonly longestSilenceMs: number;
	/** When the console was last alive, epoch ms. */
	readonly lastAt: number;
}

/** Where the record of a drill lies, beside the journal. */
export function drillRecordPath(journalPath: string, operationId: string): string {
	return join(dirname(journalPath), `drill-${operationId}.jsonl`);
}

/**
 * What a drill measures, written down as it comes: only the console that wrote knows which writes were acknowledged, and it may be
 * killed. One JSON document a line. A line is in the kernel's hands at once, and survives the console, not the machine. What
 * can't be written is missing, and no reason to end a drill.
 */
export class DrillRecord {
	readonly #path: string;
	#file: number | null = null;

	constructor(path: string) {
		this.#path = path;
	}

	begin(intent: DrillIntent, forecast: ElectionForecast | null): void {
		try {
			mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
			this.#file = openSync(this.#path, "wx", 0o600);
		} catch {
			return;
		}
		this.#line({ intent, forecast, at: Date.now() });
	}

	acknowledged({ id, nodeId, at }: Acknowledged): void {
		this.#line([id, nodeId, at]);
	}

	/** Another server is out of recovery. */
	successor(at: number): void {
		this.#line({ successorSeen: at, at });
	}

	silence(longestSilenceMs: number): void {
		this.#line({ longestSilenceMs, at: Date.now() });
	}

	/** The console still looks for a server that acknowledges a write. */
	alive(): void {
		this.#line({ at: Date.now() });
	}

	close(): void {
		if (this.#file !== null) closeSync(this.#file);
		this.#file = null;
	}

	/** The report has all of it. */
	remove(): void {
		this.close();
		rmSync(this.#path, { force: true });
	}

	#line(value: unknown): void {
		try {
			if (this.#file !== null) writeSync(this.#file, `${JSON.stringify(value)}\n`);
		} catch {
			this.close();
		}
	}
}

const ms = z.number().min(0);
const range = z.object({ least: z.number(), most: z.number() });
const ids = z.array(z.int());
const texts = z.array(z.string());

/** What a report needs of a forecast; the rest is kept as it is. */
const forecastSchema = z.looseObject({
	promotedNodeIds: ids,
	rivalNodeIds: ids,
	nodes: z.array(z.looseObject({ nodeId: z.int(), afterwards: z.string() })),
	seconds: z.looseObject({ crash: range }).nullable(),
	lossBytes: z.number().nullable(),
	isSynchronous: z.boolean(),
	assumptions: texts,
});

const headSchema = z.object({
	intent: z.object({ kind: z.literal("drill"), nodeId: z.int(), how: z.enum(["stop", "kill"]) }),
	forecast: forecastSchema.nullable(),
	at: ms,
});

const lineSchema = z.union([
	z.tuple([z.int(), z.int(), ms]),
	z.object({ at: ms, successorSeen: ms.exactOptional(), longestSilenceMs: ms.exactOptional() }),
]);

/** Null: there is none here, or it can't be read. Half a line at its end is left out. */
export function readDrillRecord(path: string): RecordedDrill | null {
	if (distrust(dirname(path)) !== null || distrust(path) !== null) return null;
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch {
		return null;
	}
	const [first, ...rest] = text.split("\n").map(parsed);
	const head = headSchema.safeParse(first).data;
	if (head === undefined) return null;
	const acknowledged: Acknowledged[] = [];
	let [successorSeen, longestSilenceMs, lastAt]: [number | null, number, number] = [null, 0, head.at];
	for (const one of rest) {
		const line = lineSchema.safeParse(one).data;
		if (line === undefined) continue;
		if (Array.isArray(line)) {
			const [id, nodeId, at] = line;
			acknowledged.push({ id, nodeId, at });
			lastAt = at;
			continue;
		}
		successorSeen ??= line.successorSeen ?? null;
		longestSilenceMs = line.longestSilenceMs ?? longestSilenceMs;
		lastAt = line.at;
	}
	const { intent, forecast } = head;
	return {
		...{ intent, acknowledged, successorSeen, longestSilenceMs, lastAt },
		forecast: forecast as unknown as ElectionForecast | null,
	};
}

function parsed(line: string): unknown {
	try {
		return sanitise(JSON.parse(line));
	} catch {
		return null;
	}
}
