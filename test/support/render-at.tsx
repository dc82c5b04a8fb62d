import { EventEmitter } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { render } from "ink";
import type { ReactNode } from "react";
import { vi } from "vitest";

const PATIENCE = { timeout: 10_000, interval: 5 };

/** A terminal of some size that keeps the frames drawn on it. */
class FakeStdout extends EventEmitter {
	readonly isTTY = true;
	columns: number;
	rows: number;
	frame = "";
	/** How often it rang. */
	bells = 0;

	constructor(columns: number, rows: number) {
		super();
		this.columns = columns;
		this.rows = rows;
	}

	write = (text: string, done?: unknown): boolean => {
		// Beside frames Ink writes orders to the terminal, such as that for bracketed paste.
		if (text.includes("\u0007")) this.bells += 1;
		if (stripVTControlCharacters(text) !== "") this.frame = text;
		if (typeof done === "function") done();
		return true;
	};
}

/** A keyboard. */
class FakeStdin extends EventEmitter {
	readonly isTTY = true;
	#typed: string | null = null;

	type(keys: string): void {
		this.#typed = keys;
		this.emit("readable");
	}

	read = (): string | null => {
		const typed = this.#typed;
		this.#typed = null;
		return typed;
	};

	setRawMode = () => this;
	setEncoding = () => this;
	resume = () => this;
	pause = () => this;
	ref = () => this;
	unref = () => this;
}

export const KEYS = { up: "\u001B[A", down: "\u001B[B", ctrlC: "\u0003" } as const;

/** Shows `tree` on a terminal of this size; every change is a whole frame. */
export async function renderAt(tree: ReactNode, size: { readonly columns: number; readonly rows: number }) {
	const stdout = new FakeStdout(size.columns, size.rows);
	const stdin = new FakeStdin();
	const screen = render(tree, {
		stdout: stdout as unknown as NodeJS.WriteStream,
		stderr: new FakeStdout(size.columns, size.rows) as unknown as NodeJS.WriteStream,
		stdin: stdin as unknown as NodeJS.ReadStream,
		debug: true,
		exitOnCtrlC: false,
		patchConsole: false,
		interactive: true,
	});
	// React draws in slices: on a busy machine the first frame may come later than Ink's own wait ends.
	await vi.waitFor(() => {
		if (stdout.frame === "") throw new Error("nothing was drawn");
	}, PATIENCE);
	const lines = (): readonly string[] => stripVTControlCharacters(stdout.frame).split("\n");
	return {
		/** As it was written, with colours. */
		raw: () => stdout.frame,
		bells: () => stdout.bells,
		lines,
		text: () => lines().join("\n"),
		/** Waits until the expectation about the frame holds. */
		async until(expected: () => void) {
			await vi.waitFor(expected, PATIENCE);
		},
		async press(...keys: readonly string[]) {
			for (const key of keys) {
				stdin.type(key);
				await screen.waitUntilRenderFlush();
			}
		},
		/** Without waiting for the frame: for fake timers. */
		type: (keys: string) => stdin.type(keys),
		resize(columns: number, rows: number) {
			stdout.columns = columns;
			stdout.rows = rows;
			stdout.emit("resize");
		},
		exited: () => screen.waitUntilExit(),
		unmount: () => screen.unmount(),
	};
}
