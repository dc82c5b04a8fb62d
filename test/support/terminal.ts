import pty from "@lydell/node-pty";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import xterm from "@xterm/headless";

export interface TerminalOptions {
	readonly columns?: number;
	readonly rows?: number;
	readonly env?: Readonly<Record<string, string>>;
}

/** What test runners and CI set, and what makes Ink or a terminal program behave otherwise than for a person. */
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

/** A program on a pseudo terminal, and the screen that a person would see: xterm.js without a window. */
export class Terminal {
	readonly #screen: xterm.Terminal;
	readonly #program: pty.IPty;
	#unwritten = 0;
	/** Everything the program wrote, escape sequences included. */
	raw = "";
	/** Settles when the program has ended. */
	readonly exit: Promise<{ readonly exitCode: number; readonly signal?: number | undefined }>;

	constructor(
		argv: readonly [string, ...string[]],
		{ columns = 100, rows = 30, env = {} }: TerminalOptions = {},
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
		// A terminal answers what it is asked, such as the cursor's position.
		this.#screen.onData((answer) => this.#program.write(answer));
		this.#program.onData((output) => {
			this.raw += output;
			this.#unwritten++;
			this.#screen.write(output, () => this.#unwritten--);
		});
		this.exit = new Promise((resolve) => this.#program.onExit(resolve));
	}

	get pid(): number {
		return this.#program.pid;
	}

	/** The lines a person sees now, without blanks at their ends. */
	lines(): string[] {
		const { active } = this.#screen.buffer;
		return Array.from(
			{ length: this.#screen.rows },
			(_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? "",
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

	/** Whether the alternate screen is shown: a program that has gone must have left it. */
	get isAlternate(): boolean {
		return this.#screen.buffer.active.type === "alternate";
	}

	/** Whether the program left the cursor hidden. */
	get isCursorHidden(): boolean {
		return this.raw.lastIndexOf("\u001b[?25l") > this.raw.lastIndexOf("\u001b[?25h");
	}

	/** Waits for a screen that has been drawn whole and fits. Throws with the screen that was there instead. */
	async waitFor(wanted: string | RegExp | ((text: string) => boolean), timeoutMs = 10_000): Promise<string> {
		const fits = (text: string): boolean =>
			typeof wanted === "string"
				? text.includes(wanted)
				: wanted instanceof RegExp
					? wanted.test(text)
					: wanted(text);
		for (const deadline = Date.now() + timeoutMs; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
			const text = this.text();
			if (this.#unwritten === 0 && fits(text)) return text;
			if (Date.now() > deadline)
				throw new Error(`waited ${timeoutMs} ms in vain for ${wanted}; the screen:\n${text}`);
		}
	}

	press(keys: string): void {
		this.#program.write(keys);
	}

	resize(columns: number, rows: number): void {
		this.#program.resize(columns, rows);
		this.#screen.resize(columns, rows);
	}

	kill(signal: NodeJS.Signals): void {
		process.kill(this.pid, signal);
	}

	/** Ends what still runs. */
	close(): void {
		try {
			this.#program.kill("SIGKILL");
		} catch {
			// It has ended.
		}
		this.#screen.dispose();
	}
}
