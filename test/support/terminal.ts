import pty from "@lydell/node-pty";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import xterm from "@xterm/headless";
import { PATIENCE } from "./patience.ts";

export interface TerminalOptions {
	readonly columns?: number;
	readonly rows?: number;
	readonly env?: Readonly<Record<string, string>>;
	/** False: it leaves questions, such as for the cursor's position, unanswered, as older terminals do. */
	readonly answers?: boolean;
}

/** Set by test runners and CI, and change how Ink or a terminal program behaves. */
const FOREIGN_VARIABLES = [
	"BUILD_NUMBER",
	"CI",
	"CONTINUOUS_INTEGRATION",
	"FORCE_COLOR",
	"NODE_ENV",
	"NODE_OPTIONS",
	"NO_COLOR",
	"RUN_ID",
	"VITEST",
] as const;

/** The environment of a person at a terminal. */
export function personsEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
	const inherited = Object.entries(process.env).filter(
		(entry): entry is [string, string] =>
			entry[1] !== undefined && !(FOREIGN_VARIABLES as readonly string[]).includes(entry[0]),
	);
	return { ...Object.fromEntries(inherited), TERM: "xterm-256color", LANG: "C.UTF-8", ...more };
}

export interface Cell {
	readonly text: string;
	/** 2 for a wide character. */
	readonly width: number;
	/** "#rrggbb", the number of one of the 256 colours, or null for the terminal's own. */
	readonly color: string | number | null;
	readonly background: string | number | null;
	readonly bold: boolean;
	readonly dim: boolean;
	readonly underline: boolean;
	readonly inverse: boolean;
}

function colourOf(isDefault: boolean, isRgb: boolean, value: number): Cell["color"] {
	if (isDefault) return null;
	return isRgb ? `#${value.toString(16).padStart(6, "0")}` : value;
}

/** A program on a pseudo terminal, and the screen that a user would see (xterm.js, headless). */
export class Terminal {
	readonly #screen: xterm.Terminal;
	readonly #program: pty.IPty;
	#unwritten = 0;
	#ended = false;
	#isClosed = false;
	/** Everything the program wrote, escape sequences included. */
	raw = "";
	/** Settles when the program has ended, and all that it wrote is on the screen. */
	readonly exit: Promise<{ readonly exitCode: number; readonly signal?: number | undefined }>;

	constructor(
		argv: readonly [string, ...string[]],
		{ columns = 100, rows = 30, env = {}, answers = true }: TerminalOptions = {},
	) {
		const [file, ...args] = argv;
		this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
		this.#screen.loadAddon(new Unicode11Addon());
		this.#screen.unicode.activeVersion = "11";
		this.#program = pty.spawn(file, args, {
			cols: columns,
			rows,
			env: personsEnvironment(env),
			// The package sets TERM to this.
			name: env.TERM ?? "xterm-256color",
		});
		if (answers) this.#screen.onData((answer) => this.#program.write(answer));
		this.#program.onData((output) => {
			if (this.#isClosed) return;
			this.raw += output;
			this.#unwritten++;
			this.#screen.write(output, () => this.#unwritten--);
		});
		this.exit = new Promise((resolve) =>
			this.#program.onExit((end) => {
				this.#ended = true;
				if (this.#isClosed) resolve(end);
				else this.#screen.write("", () => resolve(end));
			}),
		);
	}

	get pid(): number {
		return this.#program.pid;
	}

	/** The lines a person sees now, without blanks at their ends. */
	lines(): string[] {
		const { active } = this.#screen.buffer;
		const { cols, rows } = this.#screen;
		// Without the end column it would include what was beyond the right edge before the screen became narrower.
		return Array.from(
			{ length: rows },
			(_, row) => active.getLine(active.baseY + row)?.translateToString(true, 0, cols) ?? "",
		);
	}

	text(): string {
		return this.lines().join("\n");
	}

	/** The terminal column, from 0, where `text` begins in a line; wide characters count as two. */
	columnOf(row: number, text: string): number {
		const { active } = this.#screen.buffer;
		const line = active.getLine(active.baseY + row);
		for (let column = 0; line !== undefined && column < this.#screen.cols; column++) {
			if (line.translateToString(true, column).startsWith(text)) return column;
		}
		return -1;
	}

	/** What stands in a line from one terminal column to another, the end excluded. */
	cut(row: number, from: number, to?: number): string {
		const { active } = this.#screen.buffer;
		return active.getLine(active.baseY + row)?.translateToString(false, from, to ?? this.#screen.cols) ?? "";
	}

	/** Every cell as it looks, so only the background of a blank; without the second half of wide characters. */
	cells(): Cell[][] {
		const { active } = this.#screen.buffer;
		const { cols, rows } = this.#screen;
		return Array.from({ length: rows }, (_, row) => {
			const line = active.getLine(active.baseY + row);
			return Array.from({ length: cols }, (_, column) => line?.getCell(column))
				.filter((cell) => cell !== undefined)
				.filter((cell) => cell.getWidth() > 0)
				.map((cell) => {
					const text = cell.getChars() || " ";
					const inverse = cell.isInverse() !== 0;
					const isSeen = text !== " " || inverse;
					return {
						text,
						width: cell.getWidth(),
						color: colourOf(!isSeen || cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
						background: colourOf(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
						bold: isSeen && cell.isBold() !== 0,
						dim: isSeen && cell.isDim() !== 0,
						underline: cell.isUnderline() !== 0,
						inverse,
					};
				});
		});
	}

	/** Rows that continue a too long row above. */
	wrappedRows(): number[] {
		const { active } = this.#screen.buffer;
		return Array.from({ length: this.#screen.rows }, (_, row) => row).filter(
			(row) => active.getLine(active.baseY + row)?.isWrapped,
		);
	}

	/** Waits until nothing has been written for `forMs`. */
	async quiet(forMs = 80, timeoutMs = 10_000): Promise<void> {
		let [length, since] = [this.raw.length, Date.now()];
		for (const deadline = since + timeoutMs * PATIENCE; Date.now() - since < forMs || this.#unwritten > 0; ) {
			await new Promise((resolve) => setTimeout(resolve, 10));
			if (this.raw.length !== length) [length, since] = [this.raw.length, Date.now()];
			if (Date.now() > deadline)
				throw new Error(`no ${forMs} ms of silence within ${timeoutMs * PATIENCE} ms`);
		}
	}

	/** Whether the alternate screen is active: a program must leave it when it ends. */
	get isAlternate(): boolean {
		return this.#screen.buffer.active.type === "alternate";
	}

	/** Whether the program left the cursor hidden. */
	get isCursorHidden(): boolean {
		return this.raw.lastIndexOf("\u001b[?25l") > this.raw.lastIndexOf("\u001b[?25h");
	}

	/** Waits for a complete screen that matches. Throws with the actual screen. */
	async waitFor(wanted: string | RegExp | ((text: string) => boolean), timeoutMs = 10_000): Promise<string> {
		const fits = (text: string): boolean =>
			typeof wanted === "string"
				? text.includes(wanted)
				: wanted instanceof RegExp
					? wanted.test(text)
					: wanted(text);
		for (
			const deadline = Date.now() + timeoutMs * PATIENCE;
			;
			await new Promise((resolve) => setTimeout(resolve, 10))
		) {
			const text = this.text();
			if (this.#unwritten === 0 && fits(text)) return text;
			if (Date.now() > deadline)
				throw new Error(`waited ${timeoutMs * PATIENCE} ms for ${wanted}; the screen:\n${text}`);
		}
	}

	press(keys: string): void {
		this.#program.write(keys);
	}

	resize(columns: number, rows: number): void {
		this.#program.resize(columns, rows);
		this.#screen.resize(columns, rows);
	}

	/** Does nothing once the program has ended: its pid may be reused by then. */
	kill(signal: NodeJS.Signals): void {
		if (!this.#ended) this.#program.kill(signal);
	}

	/** Stops reading what the program writes, as a dead line does. */
	stall(): void {
		this.#program.pause();
	}

	/** Reads again after stall(). */
	goOn(): void {
		this.#program.resume();
	}

	/** Closes the terminal; the program gets SIGHUP. */
	hangUp(): void {
		// Missing in the package's interface.
		(this.#program as pty.IPty & { destroy(): void }).destroy();
	}

	/** Kills the program if it still runs. */
	close(): void {
		this.kill("SIGKILL");
		this.#isClosed = true;
		this.#screen.dispose();
	}
}
