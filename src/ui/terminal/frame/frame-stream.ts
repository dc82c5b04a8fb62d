import { ASK_SYNCHRONIZED, BEGIN_UPDATE, END_UPDATE } from "../synchronized-output.ts";
import { changeLine } from "./line-change.ts";
import { Pen } from "./pen.ts";
import { findScrolls, scrolled, scrollSequence } from "./scroll.ts";

const ERASE_SCREEN = "\u001b[m\u001b[2J";
const ALTERNATE_SCREEN = "\u001b[?1049h";
const NORMAL_SCREEN = "\u001b[?1049l";

/** So few bytes, such as the clock's each second, arrive at once without marks, which would be up to half of them. */
const SMALL_CHANGE = 100;

/** Ink's cursor movements and erasures, which refer to its own last frame. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const MOVES_AND_ERASURES = /^(?:\u001b\[[\d;]*[A-HJK])+/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const STYLES = /\u001b\[[\d;:]*m/g;

/**
 * Stands between Ink 8.0.0, which writes whole frames, and the terminal, which gets only the cells that changed. A new event at
 * the top of the list is then one scroll and one line; Ink's `incrementalRendering` writes every line that moved, which
 * is seconds at 9600 baud. A frame is one write with line breaks; others (modes, the clipboard) pass unchanged. A terminal
 * that has not taken the last frame yet gets the newest one when it has, and none of those between. Ink puts the marks of
 * synchronized output around each frame, in writes of their own; here only a terminal that has it gets them.
 */
export class FrameStream {
	readonly #terminal: NodeJS.WriteStream;
	readonly #translate: (text: string) => string;
	/** What the terminal shows; null is unknown. */
	#lines: readonly string[] | null = null;
	#columns = 0;
	#isClosed = false;
	/** The terminal has synchronized output: it said so. */
	isSynchronized = false;
	readonly #asks: boolean;
	/** The newest frame that the terminal could not take. */
	#waiting: string | null = null;
	/** For Ink. */
	readonly stdout: NodeJS.WriteStream;

	/**
	 * `translate` changes frames into what this terminal can show, each character as wide as before. `asks`: whether the terminal
	 * has synchronized output is asked for with each entry into the alternate screen; the first frame does not wait, and wipes
	 * out what a terminal might print of the question.
	 */
	constructor(terminal: NodeJS.WriteStream, translate: (text: string) => string, asks = false) {
		this.#asks = asks;
		this.#terminal = terminal;
		this.#translate = translate;
		const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean =>
			this.#isClosed ||
			Reflect.apply(terminal.write, terminal, [
				typeof chunk === "string" ? this.#rewritten(chunk) : chunk,
				...rest,
			]);
		this.stdout = new Proxy(terminal, {
			get(target, property) {
				if (property === "write") return write;
				const value: unknown = Reflect.get(target, property, target);
				return typeof value === "function" ? value.bind(target) : value;
			},
		});
	}

	/** Nothing more is written: the terminal is gone. */
	close(): void {
		this.#isClosed = true;
	}

	/** Draws the next frame whole: another program wrote to the terminal, or its size changed. */
	invalidate(): void {
		this.#lines = null;
	}

	/** What the terminal shows, without styles. */
	text(): string {
		return (this.#lines ?? []).map((line) => line.replaceAll(STYLES, "")).join("\n");
	}

	#rewritten(written: string): string {
		const text = written.replaceAll(BEGIN_UPDATE, "").replaceAll(END_UPDATE, "");
		if (text.includes(ALTERNATE_SCREEN)) {
			this.invalidate();
			if (this.#asks) return text + ASK_SYNCHRONIZED;
		}
		// No frame belongs on the normal screen.
		if (text.includes(NORMAL_SCREEN)) this.#waiting = null;
		const content = text.replace(MOVES_AND_ERASURES, "");
		if (!content.includes("\n")) return content;
		if (this.#terminal.writableLength === 0) return this.#frame(content);
		this.#wait(content);
		return "";
	}

	#wait(content: string): void {
		const isAwaited = this.#waiting !== null;
		this.#waiting = content;
		if (isAwaited) return;
		// After everything that is being written.
		this.#terminal.write("", () => {
			const newest = this.#waiting;
			this.#waiting = null;
			if (newest !== null && !this.#isClosed) this.#terminal.write(this.#frame(newest));
		});
	}

	#frame(text: string): string {
		const { columns, rows } = this.#terminal;
		const lines = this.#translate(text).split("\n").slice(0, rows);
		const after = Array.from({ length: rows }, (_, row) => lines[row]?.trimEnd() ?? "");
		const isSameSize = this.#columns === columns && this.#lines?.length === rows;
		const change = frameChange(isSameSize ? this.#lines : null, after, columns);
		this.#lines = after;
		this.#columns = columns;
		return this.isSynchronized && change.length > SMALL_CHANGE ? BEGIN_UPDATE + change + END_UPDATE : change;
	}
}

/** The output that turns one frame into another of as many lines; null: the screen may show anything. */
export function frameChange(
	before: readonly string[] | null,
	after: readonly string[],
	columns: number,
): string {
	const scrolls = before === null ? [] : findScrolls(before, after);
	const shown = scrolls.reduce(scrolled, before ?? after.map(() => ""));
	const pen = new Pen(columns);
	after.forEach((line, row) => {
		const was = shown[row] ?? "";
		if (line !== was) changeLine(pen, row, was, line, columns);
	});
	const start = before === null ? ERASE_SCREEN : scrolls.map(scrollSequence).join("");
	return start + pen.finish();
}
