import {
	existsSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmSync,
	type Stats,
	statSync,
	utimesSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { distrust } from "../config/own-file.ts";
import { RecordFile } from "./file.ts";
import { readRecord } from "./reader.ts";
import type { RecordFiles } from "./recorder.ts";
import { thinRecord } from "./thin.ts";
import type { Sink } from "./writer.ts";

/** How long everything is kept in full detail; for good if a critical finding opens meanwhile. */
export const DETAIL_MS = 600_000;

/** The screen goes first: its first frames are drawn by then. */
const TIDY_AFTER_MS = 5000;

/** To thin a larger one, of some hundred nodes in ten minutes, would stop the screen for a second. */
const LARGEST_THINNED = 4 * 2 ** 20;

const NAME = /^\d{8}T\d{9}Z-\d+\.(full|kept|calm)\.record$/;

export interface RingLimits {
	/** Of all files together. */
	readonly bytes: number;
	/** Age in milliseconds. */
	readonly ms: number;
}

interface Segment {
	path: string;
	/** When the next one began; null: it is being written. */
	to: number | null;
}

/**
 * The record that is always made: files of ten minutes in a directory of the cluster's own. One that is older is thinned, unless a
 * critical finding opened during it or in the ten minutes after it. The oldest files go.
 */
export class Ring implements RecordFiles {
	readonly needsIdentity: boolean;
	readonly #directoryOf: (identity: string | null) => string;
	#directory = "";
	readonly #limits: RingLimits;
	#segments: Segment[] = [];
	#file: RecordFile | null = null;
	#begunAt = 0;
	#keptUntil = 0;
	#tidying: Promise<void> | null = null;
	readonly #tidyAfterMs: number;

	/**
	 * @param directory By the system identifier (null: not known), if two clusters may have the same name.
	 * @param tidyAfterMs After a file's beginning older ones are thinned and removed.
	 */
	constructor(
		directory: string | ((identity: string | null) => string),
		limits: RingLimits,
		tidyAfterMs = TIDY_AFTER_MS,
	) {
		this.needsIdentity = typeof directory !== "string";
		this.#directoryOf = typeof directory === "string" ? () => directory : directory;
		this.#limits = limits;
		this.#tidyAfterMs = tidyAfterMs;
	}

	begin(at: number, identity: string | null = null): Sink {
		this.#directory = this.#directoryOf(identity);
		mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
		const reason = distrust(this.#directory);
		if (reason !== null) throw new Error(reason);
		this.close();
		const last = this.#segments.at(-1);
		if (last !== undefined) last.to = at;
		this.#segments = this.#segments.filter(({ to }) => to === null || at - to <= DETAIL_MS);
		const time = new Date(at).toISOString().replaceAll(/[-:.]/g, "");
		const kind = at < this.#keptUntil ? "kept" : "full";
		const path = join(this.#directory, `${time}-${process.pid}.${kind}.record`);
		this.#file = new RecordFile(path, "wx");
		this.#segments.push({ path, to: null });
		this.#begunAt = at;
		// What can't be removed, as in a directory that is read-only by now, is no reason to end a console.
		this.#tidying ??= this.#tidy(at)
			.catch(() => {})
			.finally(() => {
				this.#tidying = null;
			});
		return this.#file.append;
	}

	isDue(at: number, identity: string | null = null): boolean {
		const isElsewhere = identity !== null && this.#directoryOf(identity) !== this.#directory;
		return isElsewhere || Math.abs(at - this.#begunAt) >= DETAIL_MS;
	}

	keep(at: number): void {
		this.#keptUntil = at + DETAIL_MS;
		for (const segment of this.#segments) {
			if (segment.to !== null && at - segment.to > DETAIL_MS) continue;
			const path = segment.path.replace(/\.full\.record$/, ".kept.record");
			if (path === segment.path) continue;
			// Another console may have removed it.
			if (!existsSync(segment.path)) continue;
			renameSync(segment.path, path);
			segment.path = path;
		}
	}

	close(): void {
		const file = this.#file;
		this.#file = null;
		file?.close();
	}

	/** Resolves when older files are thinned, and the oldest gone. */
	async tidied(): Promise<void> {
		await this.#tidying;
	}

	/** What can't be done now is done another time. */
	async #tidy(now: number): Promise<void> {
		await setTimeout(this.#tidyAfterMs, undefined, { ref: false });
		const isMine = (path: string): boolean => this.#segments.some((segment) => segment.path === path);
		for (const { path, stats } of filesIn(this.#directory)) {
			// Another console may still write it, or keep it.
			const isOver = path.endsWith(".full.record") && now - stats.mtimeMs > DETAIL_MS && !isMine(path);
			if (isOver && stats.size <= LARGEST_THINNED) await thin(path).catch(() => {});
		}
		let bytes = 0;
		for (const { path, stats } of filesIn(this.#directory).toReversed()) {
			bytes += stats.size;
			const isTooMuch = bytes > this.#limits.bytes || now - stats.mtimeMs > this.#limits.ms;
			if (isTooMuch && !isMine(path)) rmSync(path, { force: true });
		}
	}
}

async function thin(path: string): Promise<void> {
	const { value: record } = readRecord([path]);
	// What can't be read, as that of another version, stays as it is.
	if (record === undefined || record.problems.length > 0 || record.chapters.length === 0) return;
	const calm = path.replace(/\.full\.record$/, ".calm.record");
	const temporary = `${calm}.${process.pid}`;
	const file = new RecordFile(temporary, "w");
	try {
		await thinRecord(record, file.append);
		const { atime, mtime } = statSync(path);
		utimesSync(temporary, atime, mtime);
		renameSync(temporary, calm);
		rmSync(path, { force: true });
	} catch (error) {
		rmSync(temporary, { force: true });
		throw error;
	} finally {
		file.close();
	}
}

/** The records of a cluster, the oldest first. */
export function recordsIn(directory: string): readonly string[] {
	return filesIn(directory).map(({ path }) => path);
}

function filesIn(directory: string): readonly { readonly path: string; readonly stats: Stats }[] {
	let names: readonly string[] = [];
	try {
		names = readdirSync(directory).filter((name) => NAME.test(name));
	} catch {
		return [];
	}
	return names.toSorted().flatMap((name) => {
		const path = join(directory, name);
		const stats = distrust(path) === null ? statSync(path, { throwIfNoEntry: false }) : undefined;
		return stats === undefined ? [] : [{ path, stats }];
	});
}
