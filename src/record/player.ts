import type { Replay, ReplayMark, ReplayState } from "../model/replay.ts";
import { DEFAULT_THRESHOLDS } from "../model/thresholds.ts";
import type { RunState } from "../operation/run/run-state.ts";
import { type ConsoleStore, createConsoleStore, type StoreMemory } from "../store/console-store.ts";
import { giveInput } from "../store/store-input.ts";
import type { Mark, RecordEntry } from "./entry.ts";
import type { Chapter, ClusterRecord } from "./reader.ts";

const TURN_MS = 50;
/** Where nothing was recorded for longer, playing goes on behind it. */
const LONGEST_GAP_MS = 30_000;
/** A keyframe this close behind the chapter before repeats what it made. */
const CONTINUED_MS = 3000;
/** A step back plays no more entries than this again. */
const ENTRIES_BETWEEN_STATES = 100;

interface KnownState {
	/** How many entries of the chapter have made it. */
	readonly count: number;
	readonly memory: StoreMemory;
	readonly run: RunState | null;
}

/** Plays a record back into a store of its own, which has what the console had at that time. */
export class Player implements Replay {
	readonly store: ConsoleStore;
	readonly #chapters: readonly Chapter[];
	readonly #marks: readonly ReplayMark[];
	readonly #onRun: (run: RunState | null) => void;
	#chapter = -1;
	#entries: readonly RecordEntry[] = [];
	/** How many of them have been played. */
	#count = 0;
	/** The states of this chapter to go back to, oldest first. */
	#states: KnownState[] = [];
	#run: RunState | null = null;
	#at: number;
	#speed = 1;
	#timer: NodeJS.Timeout | null = null;

	/** @param onRun is given the operation that the console carried out at that time. */
	constructor({ header, chapters }: ClusterRecord, onRun: (run: RunState | null) => void = () => {}) {
		this.#chapters = chapters;
		this.#onRun = onRun;
		this.#marks = chapters.flatMap(({ marks }) => marks.map(({ at, mark }) => replayMark(at, mark)));
		this.#at = chapters[0]?.from ?? header.startedAt;
		this.store = createConsoleStore({
			name: header.cluster,
			sshOff: header.sshOff,
			isReadOnly: header.isReadOnly,
			thresholds: { ...DEFAULT_THRESHOLDS, ...header.thresholds },
			now: this.#at,
			known: [],
		});
		this.seek(this.#at);
	}

	state(): ReplayState {
		return {
			at: this.#at,
			shownAt: this.#entries[this.#count - 1]?.at ?? this.#at,
			from: this.#chapters[0]?.from ?? this.#at,
			to: this.#chapters.at(-1)?.to ?? this.#at,
			isPlaying: this.#timer !== null,
			speed: this.#speed,
			marks: this.#marks,
		};
	}

	toggle(): void {
		if (this.#timer !== null) {
			this.close();
			return;
		}
		const { at, from, to } = this.state();
		if (at >= to) this.seek(from);
		let before = Date.now();
		this.#timer = setInterval(() => {
			const now = Date.now();
			this.#play((now - before) * this.#speed);
			before = now;
		}, TURN_MS);
	}

	close(): void {
		if (this.#timer !== null) clearInterval(this.#timer);
		this.#timer = null;
	}

	setSpeed(speed: number): void {
		this.#speed = speed;
	}

	step(by: 1 | -1): void {
		const next = this.#next(() => true, by);
		if (next !== null) this.seek(next.at);
		else if (by === -1) this.seek(this.state().from);
	}

	jump(of: "finding" | "event", by: 1 | -1): string | null {
		const isMeant = (mark: ReplayMark): boolean =>
			of === "finding" ? mark.of === "finding" : mark.of === "event" || mark.of === "operation";
		const next = this.#next(isMeant, by);
		if (next === null) return null;
		this.seek(next.at);
		return next.text;
	}

	/** The state at a time: everything that was recorded until then. */
	seek(time: number): void {
		const { from, to } = this.state();
		const at = Math.min(to, Math.max(from, time));
		const last = this.#chapters.findLastIndex((chapter) => chapter.from <= at);
		const isBack = last === this.#chapter && at < this.#at;
		// The chapters in between may be hours: their keyframes do.
		if (last !== this.#chapter && last !== this.#chapter + 1) this.#open(last, true);
		else if (isBack) this.#goBack(at);
		this.#playUntil(at);
	}

	#next(isMeant: (mark: ReplayMark) => boolean, by: 1 | -1): ReplayMark | null {
		const marks = this.#marks.filter(isMeant);
		return (
			(by === 1 ? marks.find(({ at }) => at > this.#at) : marks.findLast(({ at }) => at < this.#at)) ?? null
		);
	}

	#play(ms: number): void {
		const until = this.#at + ms;
		const upcoming = this.#entries[this.#count]?.at ?? this.#chapters[this.#chapter + 1]?.from;
		const isGap = upcoming !== undefined && upcoming - this.#at > LONGEST_GAP_MS;
		const { to } = this.state();
		if (until >= to) this.close();
		this.#playUntil(Math.min(to, isGap ? upcoming : until));
	}

	#playUntil(at: number): void {
		for (;;) {
			const entry = this.#entries[this.#count];
			if (entry === undefined) {
				const next = this.#chapters[this.#chapter + 1];
				if (next === undefined || next.from > at) break;
				this.#open(this.#chapter + 1, false);
			} else if (entry.at > at) break;
			else {
				this.#give(entry);
				this.#count += 1;
				if (this.#count % ENTRIES_BETWEEN_STATES === 0) this.#remember();
			}
		}
		this.#at = at;
	}

	/** @param isJump The state before is not the one that the chapter continues. */
	#open(index: number, isJump: boolean): void {
		const [chapter, before] = [this.#chapters[index], this.#chapters[index - 1]];
		if (chapter === undefined) return;
		this.#chapter = index;
		this.#entries = [...chapter.entries()];
		const [first] = this.#entries;
		const isSame = before?.recording === chapter.recording;
		const isClose = before !== undefined && isSame && chapter.from - before.to <= CONTINUED_MS;
		const isContinued = first?.kind === "keyframe" && first.isContinued && isClose && !isJump;
		if (first !== undefined && !isContinued) this.#give(first);
		this.#count = 1;
		this.#states = [];
		this.#remember();
	}

	#goBack(at: number): void {
		const isBefore = ({ count }: KnownState): boolean => (this.#entries[count - 1]?.at ?? 0) <= at;
		const known = this.#states.findLast(isBefore) ?? this.#states[0];
		if (known === undefined) return;
		this.#states = this.#states.filter(({ count }) => count <= known.count);
		this.#count = known.count;
		this.#setRun(known.run);
		this.store.restore(known.memory);
	}

	#remember(): void {
		this.#states.push({ count: this.#count, memory: this.store.memory(), run: this.#run });
	}

	#give(entry: RecordEntry): void {
		switch (entry.kind) {
			case "keyframe":
				this.store.restore(entry.memory);
				this.#setRun(entry.run);
				break;
			case "input":
				giveInput(this.store, entry.input);
				break;
			case "run":
				this.#setRun(entry.run);
				break;
			case "mark":
				break;
		}
	}

	#setRun(run: RunState | null): void {
		if (run === this.#run) return;
		this.#run = run;
		this.#onRun(run);
	}
}

function replayMark(at: number, mark: Mark): ReplayMark {
	switch (mark.of) {
		case "finding": {
			const { event, code, severity, message } = mark;
			const isGrave = event !== "ended" && severity === "critical";
			const words = { opened: severity, changed: `now ${severity}`, ended: "over" };
			return { at, of: "finding", isGrave, text: `${words[event]}: ${code}: ${message}` };
		}
		case "event":
			return { at, of: "event", isGrave: false, text: `${mark.entry.event}: ${mark.entry.details}` };
		case "operation": {
			const state = mark.outcome === "running" ? (mark.step ?? "begins") : mark.outcome;
			return { at, of: "operation", isGrave: false, text: `${mark.title}: ${state}` };
		}
		case "change":
			return { at, of: "change", isGrave: false, text: "" };
	}
}
