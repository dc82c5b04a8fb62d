import { randomUUID } from "node:crypto";
import { consoleEntry } from "../model/log-entry.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { ConsoleStore } from "../store/console-store.ts";
import { type StoreInput, tellingInputs } from "../store/store-input.ts";
import { formatSeconds } from "../text/format.ts";
import { systemMessage } from "../text/message.ts";
import { FORMAT, type Mark, type RecordHeader } from "./entry.ts";
import { marksBetween, runMark } from "./marks.ts";
import { RecordWriter, type Sink } from "./writer.ts";

/** The most that a jump has to play. */
const KEYFRAME_MS = 120_000;

/** However many nodes there are: all between two keyframes is read as one text. */
const LONGEST_BETWEEN_KEYFRAMES_MS = 600_000;

/** The files of a recording, one after the other. Every method may throw: a disk is full. */
export interface RecordFiles {
	/** They lie where the cluster's identity says: it is waited for. */
	readonly needsIdentity: boolean;
	/** Ends the file before, and begins one. @param identity The system identifier; null: not known. */
	begin(at: number, identity: string | null): Sink;
	/** Is it time for another file? */
	isDue(at: number, identity: string | null): boolean;
	/** A critical finding has opened: what was recorded before it is kept in full detail. */
	keep(at: number): void;
	close(): void;
}

/** What a header has beside its times. */
export type RecordedBy = Omit<RecordHeader, "format" | "recording" | "startedAt" | "detail">;

/** What lies by the cluster's identity begins without it after this time. */
const IDENTITY_MS = 10_000;

/** What can't be written is tried again after this time. */
const AGAIN_MS = 10_000;

/** Records one session, from what reaches its store. While it can't write, it says so in the event log, and goes on once it can. */
export class Recorder {
	readonly #files: RecordFiles;
	readonly #by: RecordedBy;
	readonly #redact: (text: string) => string;
	readonly #keyframeMs: number;
	readonly #recording = randomUUID();
	/** Of the file that is begun; null: none is. */
	#sink: Sink | null = null;
	#writer: RecordWriter | null = null;
	/** Begins at this time even if the cluster's identity is not known, epoch ms. */
	#waitsUntil = 0;
	/** When it could not write, epoch ms. */
	#stoppedAt = 0;
	#triedAt = 0;
	#store: ConsoleStore | null = null;
	#keyframeAt = 0;
	#run: RunState | null = null;
	#isClosed = false;
	/** Why nothing is recorded now, or null. */
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

	/** Is its file begun? */
	get isRecording(): boolean {
		return this.#writer !== null && this.problem === null;
	}

	/** The store to use from now on: what reaches it is recorded. */
	observe(store: ConsoleStore): ConsoleStore {
		const telling = tellingInputs(store, (input) => this.#take(input));
		this.#store = telling;
		const { now } = store.getState();
		this.#waitsUntil = this.#files.needsIdentity ? now + IDENTITY_MS : 0;
		if (!this.#isWaiting(now)) this.#safely(now, () => this.#begin(now, false));
		store.subscribe((after, before) =>
			this.#try((writer) => {
				for (const mark of marksBetween(before, after)) this.#mark(writer, mark, Date.now());
			}),
		);
		return {
			...telling,
			tick: (now) => {
				telling.tick(now);
				if (this.#isClosed || this.#isWaiting(now)) return;
				if (this.problem !== null) this.#goOn(now);
				else if (this.#writer === null) this.#safely(now, () => this.#begin(now, false));
				else this.#try((writer) => this.#turn(writer, now));
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

	/** Writes what is left; `problem` says whether that failed. */
	close(): void {
		this.#isClosed = true;
		this.#try((writer) => writer.flush());
		this.#safely(Date.now(), () => this.#files.close());
		this.#writer = null;
		this.#store = null;
	}

	#isWaiting(now: number): boolean {
		if (this.#identity() !== null) this.#waitsUntil = 0;
		return now < this.#waitsUntil;
	}

	#identity(): string | null {
		return this.#store?.getState().snapshot.cluster.systemIdentifier ?? null;
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
		if (this.#files.isDue(now, this.#identity())) {
			writer.flush();
			this.#sink = null;
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
			...{ format: FORMAT, ...this.#by, recording: this.#recording },
			...{ startedAt: at, detail: "full" },
		};
		this.#writer = null;
		// A file whose header could not be written is still there.
		this.#sink ??= this.#files.begin(at, this.#identity());
		this.#writer = new RecordWriter(this.#sink, header, this.#redact);
		this.#keyframe(this.#writer, at, isContinued);
	}

	#keyframe(writer: RecordWriter, at: number, isContinued: boolean): void {
		if (this.#store === null) return;
		this.#keyframeAt = at;
		writer.keyframe({ at, isContinued, memory: this.#store.memory(), run: this.#run });
	}

	#try(work: (writer: RecordWriter) => void): void {
		const writer = this.#writer;
		if (writer !== null && this.problem === null) this.#safely(Date.now(), () => work(writer));
	}

	/** A console goes on without a record. */
	#safely(at: number, work: () => void): void {
		try {
			work();
		} catch (error) {
			const isNew = this.problem === null;
			this.problem = `nothing is recorded: ${systemMessage(error)}`;
			this.#triedAt = at;
			if (!isNew) return;
			this.#stoppedAt = at;
			this.#store?.note(consoleEntry(at, null, "recording_stopped", false, this.problem));
		}
	}

	#goOn(now: number): void {
		if (Math.abs(now - this.#triedAt) < AGAIN_MS) return;
		this.#safely(now, () => {
			// What came meanwhile is in no file: begin with a keyframe.
			if (this.#writer === null) this.#begin(now, false);
			else this.#keyframe(this.#writer, now, false);
			this.problem = null;
			const seconds = formatSeconds((now - this.#stoppedAt) / 1000);
			const details = `recording again; the ${seconds} before are missing`;
			this.#store?.note(consoleEntry(now, null, "recording_goes_on", true, details));
		});
	}
}
