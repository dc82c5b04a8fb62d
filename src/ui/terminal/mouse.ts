import { withoutAnswers } from "./synchronized-output.ts";

const ON = "\u001b[?1000h\u001b[?1006h";
const OFF = "\u001b[?1006l\u001b[?1000l";

// biome-ignore lint/suspicious/noControlCharactersInRegex: a report begins with an escape
const REPORT = /\u001b\[<(\d+);\d+;(\d+)([Mm])/g;
/** Of the mouse, or an answer. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a report begins with an escape
const HALF_REPORT = /\u001b\[(<[\d;]*|\?[\d;]*\$?)$/;

/** A button pressed or the wheel turned, as terminals report it (XTerm control sequences, SGR mouse mode 1006). */
export interface MouseInput {
	readonly button: "left" | "wheelUp" | "wheelDown";
	/** Of the terminal, from 0. */
	readonly row: number;
}

const BUTTONS: Readonly<Record<string, MouseInput["button"]>> = { 0: "left", 64: "wheelUp", 65: "wheelDown" };

/**
 * Mouse input. Ink 8.0.0 has none and plans none (vadimdemedes/ink#632), so reports are taken out of what it reads. Off by
 * default: with it, text can be selected only with Shift held; without it most terminals turn the wheel into arrow keys
 * on the alternate screen.
 */
export class MouseTerminal {
	readonly #stdout: Pick<NodeJS.WriteStream, "write">;
	#isOn = false;
	#half = "";
	#listener: (input: MouseInput) => void = () => undefined;
	readonly #onSynchronized: (isSynchronized: boolean) => void;
	/** For Ink: the terminal's input without the mouse and without answers. */
	readonly stdin: NodeJS.ReadStream;

	/** `onSynchronized` is told whether the terminal has synchronized output, when it answers. */
	constructor(
		stdin: NodeJS.ReadStream,
		stdout: Pick<NodeJS.WriteStream, "write">,
		onSynchronized: (isSynchronized: boolean) => void = () => undefined,
	) {
		this.#stdout = stdout;
		this.#onSynchronized = onSynchronized;
		const read = (): unknown => {
			for (;;) {
				const chunk: unknown = stdin.read();
				if (typeof chunk !== "string") return chunk;
				const text = this.#withoutReports(chunk);
				if (text !== "") return text;
			}
		};
		this.stdin = new Proxy(stdin, {
			get(target, property) {
				if (property === "read") return read;
				const value: unknown = Reflect.get(target, property, target);
				return typeof value === "function" ? value.bind(target) : value;
			},
		});
	}

	/** One listener: the last. */
	listen(listener: (input: MouseInput) => void): void {
		this.#listener = listener;
	}

	set(isOn: boolean): void {
		if (isOn !== this.#isOn) this.#stdout.write(isOn ? ON : OFF);
		this.#isOn = isOn;
	}

	/** Off while another program has the terminal. */
	async suspendedFor(work: () => Promise<void>): Promise<void> {
		const wasOn = this.#isOn;
		this.set(false);
		try {
			await work();
		} finally {
			this.set(wasOn);
		}
	}

	#withoutReports(chunk: string): string {
		const text = this.#half + chunk;
		this.#half = HALF_REPORT.exec(text)?.[0] ?? "";
		for (const [, code = "", row = "", end] of text.matchAll(REPORT)) {
			const button = BUTTONS[code];
			if (button !== undefined && end === "M") this.#listener({ button, row: Number(row) - 1 });
		}
		const whole = text.slice(0, text.length - this.#half.length).replaceAll(REPORT, "");
		return withoutAnswers(whole, this.#onSynchronized);
	}
}
