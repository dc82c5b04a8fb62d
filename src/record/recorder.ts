import { randomUUID } from "node:crypto";
import type { RunState } from "../operation/run/run-state.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { type StoreInput, tellingInputs } from "../store/store-input.ts";
import { systemMessage } from "../text/message.ts";
import type { Mark, RecordHeader } from "./entry.ts";
import { marksBetween, runMark } from "./marks.ts";
import { RecordWriter, type Sink } from "./writer.ts";

/** The most that a jump has to play. */
const KEYFRAME_MS = 120_000;

/** However many nodes there are: all between two keyframes is read as one text. */
const LONGEST_BETWEEN_KEYFRAMES_MS = 600_000;

/** The files of a recording, one after the other. Every method may throw: a disk is full. */
export interface RecordFiles {
	/** Ends the file before, and begins one. */
	begin(at: number): Sink;
	/** Is it time for another file? */
	isDue(at: number): boolean;
	/** A critical finding has opened: what was recorded before it is kept in full detail. */
	keep(at: number): void;
	close(): void;
}

/** What a header has beside its times. */
export type RecordedBy = Omit<RecordHeader, "format" | "recording" | "startedAt" | "detail">;

/** Records one session, from what reaches its store. Stops, and says why, when it can't write. */
export class Recorder {
	readonly #files: RecordFiles;
	readonly #by: RecordedBy;
	readonly #redact: (text: string) => string;
	readonly #keyframeMs: number;
	readonly #recording = randomUUID();
	#writer: RecordWriter | null = null;
	#store: ConsoleStore | null = null;
	#keyframeAt = 0;
	#run: RunState | null = null;
	/** Why nothing is recorded any more, or null. */
	problem: string | null = null;

	/** @param keyframeMs Between two keyframes. */
	constructor(
		files: RecordFiles,
		by: RecordedBy,
		redact: (text: string) => string,
		keyframeMs = KEYFRAME_MS,
	) {
		this.#keyframeMs = keyframeMs;
		this.#files = files;
		this.#by = by;
		this.#redact = redact;
	}

	/** The store to use from now on: what reaches it is recorded. */
	observe(store: ConsoleStore): ConsoleStore {
		this.#store = store;
		this.#safely(() => this.#begin(store.getState().now, false));
		store.subscribe((after, before) =>
			this.#try((writer) => {
				for (const mark of marksBetween(before, after)) this.#mark(writer, mark, Date.now());
			}),
		);
		const telling = tellingInputs(store, (input) => this.#take(input));
		return {
			...telling,
			tick: (now) => {
				telling.tick(now);
				this.#try((writer) => this.#turn(writer, now));
			},
		};
	}

	/** The operation that the console carries out has changed. */
	operation(run: RunState | null): void {
		const before = this.#run;
		this.#run = run;
		if (before === run) return;
		this.#try((writer) => {
			writer.run(run, Date.now());
			const mark = runMark(before, run);
			if (mark !== null) this.#mark(writer, mark, Date.now());
		});
	}

	/** Writes what is left. */
	close(): void {
		this.#try((writer) => {
			writer.flush();
			this.#files.close();
		});
		this.#writer = null;
	}

	#take(input: StoreInput): void {
		this.#try((writer) => writer.input(input, input.of === "tick" ? input.now : Date.now()));
	}

	#mark(writer: RecordWriter, mark: Mark, at: number): void {
		writer.mark(mark, at);
		const isGrave = mark.of === "finding" && mark.event !== "ended" && mark.severity === "critical";
		if (isGrave) this.#files.keep(at);
	}

	/** Once a second. */
	#turn(writer: RecordWriter, now: number): void {
		if (this.#files.isDue(now)) {
			writer.flush();
			this.#begin(now, true);
		} else if (Math.abs(now - this.#keyframeAt) >= this.#keyframeEveryMs()) this.#keyframe(writer, now, true);
		else writer.flush();
	}

	/** Writing a keyframe of 400 nodes takes half a second. */
	#keyframeEveryMs(): number {
		const count = this.#store?.getState().nodes.size ?? 0;
		return Math.min(LONGEST_BETWEEN_KEYFRAMES_MS, this.#keyframeMs * Math.max(1, count / 20));
	}

	#begin(at: number, isContinued: boolean): void {
		const header: RecordHeader = {
			...{ format: 1, ...this.#by, recording: this.#recording },
			...{ startedAt: at, detail: "full" },
		};
		this.#writer = new RecordWriter(this.#files.begin(at), header, this.#redact);
		this.#keyframe(this.#writer, at, isContinued);
	}

	#keyframe(writer: RecordWriter, at: number, isContinued: boolean): void {
		if (this.#store === null) return;
		this.#keyframeAt = at;
		writer.keyframe({ at, isContinued, memory: this.#store.memory(), run: this.#run });
	}

	#try(work: (writer: RecordWriter) => void): void {
		const writer = this.#writer;
		if (writer !== null) this.#safely(() => work(writer));
	}

	/** A console goes on without a record. */
	#safely(work: () => void): void {
		try {
			work();
		} catch (error) {
			this.problem = `nothing is recorded any more: ${systemMessage(error)}`;
			this.#writer = null;
		}
	}
}
