import { PassThrough, Writable } from "node:stream";
import { Unicode11Addon } from "@xterm/addon-unicode11";
import xterm from "@xterm/headless";
import { describe, expect, test, vi } from "vitest";
import { FrameStream, frameChange } from "../../../../src/ui/terminal/frame/frame-stream.ts";
import { asciiText } from "../../../../src/ui/text/ascii-text.ts";
import { wholeNumbersFrom } from "../../../support/random.ts";

const COLUMNS = 40;
const ROWS = 12;

/** A terminal that shows what it is sent. */
class Screen {
	readonly #terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });

	constructor() {
		this.#terminal.loadAddon(new Unicode11Addon());
		this.#terminal.unicode.activeVersion = "11";
	}

	/** The same on a terminal that was sent nothing else; making one takes longer than writing to it. */
	async afterOnly(text: string): Promise<readonly string[]> {
		this.#terminal.reset();
		return await this.after(text);
	}

	/** The cells of each row after this was sent, too. */
	async after(text: string): Promise<readonly string[]> {
		await new Promise<void>((resolve) => this.#terminal.write(text, resolve));
		const { active } = this.#terminal.buffer;
		return Array.from({ length: ROWS }, (_, row) =>
			Array.from({ length: COLUMNS }, (_, column) => {
				const cell = active.getLine(row)?.getCell(column);
				if (cell === undefined) throw new Error("no such cell");
				// A cell that was erased and one with a blank look the same.
				const text = cell.getChars() || (cell.getWidth() === 0 ? "" : " ");
				const ground = [cell.getBgColor(), cell.isInverse()];
				const isDrawn = text !== " " || cell.isInverse() !== 0;
				return `${text}(${isDrawn ? [cell.getFgColor(), cell.isBold(), ...ground] : ground})`;
			}).join(""),
		);
	}
}

const PIECES = [
	"node1",
	"  ",
	"────",
	"0/5056088",
	"主节点",
	"é",
	"▁▃█",
	"≠",
	"\u001b[1mbold\u001b[22m",
	"\u001b[31mred \u001b[1mbold\u001b[22m\u001b[39m",
	"\u001b[7m inverse \u001b[27m",
	"\u001b[48;2;1;2;3m\u001b[38;5;200mcolours\u001b[39m\u001b[49m",
	"\u001b[42m      \u001b[49m",
];

function randomLine(below: (count: number) => number): string {
	const count = below(8);
	return Array.from({ length: count }, () => PIECES[below(PIECES.length)])
		.join("")
		.trimEnd();
}

/** What screens do to a frame: a line changes a little or wholly, lines move, everything is new. */
function nextFrame(lines: readonly string[], below: (count: number) => number): readonly string[] {
	const row = below(ROWS);
	switch (below(6)) {
		case 0:
			return lines.map(() => randomLine(below));
		case 1:
			return [...lines.slice(0, row), randomLine(below), ...lines.slice(row, -1)];
		case 2:
			return [...lines.slice(0, row), ...lines.slice(row + 1), randomLine(below)];
		case 3:
			return lines.with(row, `${lines[row]}x`);
		case 4:
			return lines.with(row, (lines[row] ?? "").replace("0", "9"));
		default:
			return lines.with(row, randomLine(below));
	}
}

describe("every cell is the same as after a full redraw", () => {
	test.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %i", async (seed) => {
		const below = wholeNumbersFrom(seed);
		let lines: readonly string[] = Array.from({ length: ROWS }, () => randomLine(below));
		const [screen, other] = [new Screen(), new Screen()];
		await screen.after(frameChange(null, lines, COLUMNS));
		for (let round = 0; round < 60; round++) {
			const next = nextFrame(lines, below);
			const shown = await screen.after(frameChange(lines, next, COLUMNS));
			expect(shown, `round ${round}`).toEqual(await other.afterOnly(frameChange(null, next, COLUMNS)));
			lines = next;
		}
	});

	test("shows the text of a frame drawn whole", async () => {
		const [first = ""] = await new Screen().after(
			frameChange(null, ["ab主", ...Array(ROWS - 1).fill("")], COLUMNS),
		);
		expect(first.replaceAll(/\(.*?\)/g, "").trimEnd()).toBe("ab主");
	});
});

describe("sends little", () => {
	const events = Array.from({ length: 9 }, (_, at) => `10:00:0${9 - at}  node${at}  an event of some length`);

	test("sends nothing for the same frame", () => {
		expect(frameChange(events, [...events], COLUMNS)).toBe("");
	});

	test("sends the cells that changed", () => {
		expect(frameChange(["clock 10:00:01"], ["clock 10:00:02"], COLUMNS)).toBe("\u001b[1;14H2");
	});

	test("sends a scroll and one line for a new line at the top of a list", () => {
		const after = ["title", "10:00:10  node5  a new event", ...events.slice(0, -1)];
		expect(frameChange(["title", ...events], after, COLUMNS)).toBe(
			"\u001b[2;10r\u001b[2H\u001b[1L\u001b[r\u001b[2H10:00:10  node5  a new event",
		);
	});

	test("scrolls a list that moved up", () => {
		const after = ["title", ...events.slice(1), "10:00:00  node9  the oldest"];
		expect(frameChange(["title", ...events], after, COLUMNS)).toBe(
			"\u001b[2;10r\u001b[2H\u001b[1M\u001b[r\u001b[10H10:00:00  node9  the oldest",
		);
	});

	test("sends two scrolls and the new lines when a panel opens above a list with a new line", () => {
		const before = ["title", "node1", "EVENTS", ...events];
		const after = [
			"title",
			"node1",
			"FINDINGS",
			"down",
			"EVENTS",
			"10:00:10  a new event",
			...events.slice(0, -3),
		];
		const change = frameChange(before, after, COLUMNS);
		expect(change).toContain("10:00:10  a new event");
		expect(change).not.toContain("an event of some length");
		expect(change.length).toBeLessThan(120);
	});

	test("moves the cursor within a line, and keeps a style across cells that share it", () => {
		expect(
			frameChange(["\u001b[31ma123456789b\u001b[39m"], ["\u001b[31mA123456789B\u001b[39m"], COLUMNS),
		).toBe("\u001b[1H\u001b[31mA\u001b[9CB\u001b[39m");
	});

	test.each(["▸", "›", "✓", "✗", "▶", "·", "…", "→", "─", "│", "▁"])(
		"sends one cell of a line with %s",
		(glyph) => {
			expect(frameChange([`${glyph} node1 1 s`], [`${glyph} node1 2 s`], COLUMNS)).toBe("\u001b[1;9H2");
		},
	);

	test("rewrites a whole line if the width of a character is uncertain", () => {
		expect(frameChange(["👍🏽 node1"], ["👍🏽 node2"], COLUMNS)).toBe("\u001b[1H\u001b[K👍🏽 node2");
	});
});

describe("between Ink and the terminal", () => {
	function open(): { readonly frames: FrameStream; readonly sent: () => string } {
		const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: COLUMNS, rows: 3 });
		const frames = new FrameStream(terminal as unknown as NodeJS.WriteStream, asciiText);
		return { frames, sent: () => String(terminal.read() ?? "") };
	}

	/** A terminal that takes nothing until it is told to. */
	function stuck() {
		const { promise: taken, resolve: take } = Promise.withResolvers<void>();
		const sent: string[] = [];
		const stream = new Writable({
			decodeStrings: false,
			write: (text, _, done) => void taken.then(() => sent.push(text)).then(() => done()),
		});
		const terminal = Object.assign(stream, { isTTY: true, columns: COLUMNS, rows: 3 });
		const frames = new FrameStream(terminal as unknown as NodeJS.WriteStream, asciiText);
		return { frames, take, sent: () => sent.filter(Boolean) };
	}

	test("draws the first frame whole, then only differences, in characters that the terminal can show", () => {
		const { frames, sent } = open();
		frames.stdout.write("├─ 数\nb\nc");
		expect(sent()).toBe("\u001b[m\u001b[2J\u001b[1H|- ??\u001b[2Hb\u001b[3Hc");
		frames.stdout.write("\u001b[2K\u001b[1A\u001b[2K\u001b[1A\u001b[2K\u001b[G├─ 数\nb\nd");
		expect(sent()).toBe("\u001b[3Hd");
	});

	test("replaces Ink's marks of synchronized output by its own, where the terminal has it", () => {
		const { frames, sent } = open();
		const ink = (frame: string) => {
			for (const text of ["\u001b[?2026h", frame, "\u001b[?2026l"]) frames.stdout.write(text);
			return sent();
		};
		expect(ink("a\nb\nc")).toBe("\u001b[m\u001b[2J\u001b[1Ha\u001b[2Hb\u001b[3Hc");
		frames.isSynchronized = true;
		const line = "d".repeat(COLUMNS);
		const long = [line, line, line].join("\n");
		const change = ink(long);
		expect([change.slice(0, 8), change.slice(-8)]).toEqual(["\u001b[?2026h", "\u001b[?2026l"]);
		expect(ink(long)).toBe("");
		// A few cells need none.
		expect(ink(long.replace(/d$/, "e"))).not.toContain("2026");
	});

	test("skips to the newest frame for a terminal that was blocked", async () => {
		const { frames, take, sent } = stuck();
		for (const last of ["c", "d", "e"]) frames.stdout.write(`a\nb\n${last}`);
		take();
		await vi.waitFor(() => expect(sent()).toHaveLength(2));
		expect(sent()).toEqual(["\u001b[m\u001b[2J\u001b[1Ha\u001b[2Hb\u001b[3Hc", "\u001b[3He"]);
	});

	test("sends no frame after leaving the alternate screen", async () => {
		const { frames, take, sent } = stuck();
		for (const last of ["c", "d"]) frames.stdout.write(`a\nb\n${last}`);
		frames.stdout.write("\u001b[?1049l");
		take();
		await new Promise((resolve) => frames.stdout.write("", resolve));
		expect(sent().at(-1)).toBe("\u001b[?1049l");
	});

	test.each([
		["modes", "\u001b[?2004h"],
		["the clipboard", "\u001b]52;c;YQ==\u0007"],
		["styles", "\u001b[1m"],
	])("passes %s through", (_, text) => {
		const { frames, sent } = open();
		frames.stdout.write(text);
		expect(sent()).toBe(text);
	});

	test("drops Ink's cursor movements, which refer to its own last frame", () => {
		const { frames, sent } = open();
		frames.stdout.write("\u001b[2K\u001b[1A\u001b[2K\u001b[G");
		expect(sent()).toBe("");
	});

	test.each([
		["it was invalidated", (frames: FrameStream) => frames.invalidate()],
		["the alternate screen was entered", ({ stdout }: FrameStream) => stdout.write("\u001b[?1049h")],
		["the terminal has another size", ({ stdout }: FrameStream) => Object.assign(stdout, { columns: 20 })],
	])("draws the frame whole when %s", (_, cause) => {
		const { frames, sent } = open();
		frames.stdout.write("a\nb");
		cause(frames);
		sent();
		frames.stdout.write("a\nb");
		expect(sent()).toBe("\u001b[m\u001b[2J\u001b[1Ha\u001b[2Hb");
	});

	test("leaves the rest of the stream to the terminal", async () => {
		const { frames } = open();
		const resized: string[] = [];
		frames.stdout.on("resize", () => resized.push("resized"));
		frames.stdout.emit("resize");
		let isWritten = false;
		frames.stdout.write("a\nb", () => {
			isWritten = true;
		});
		expect([frames.stdout.columns, frames.stdout.isTTY, resized]).toEqual([COLUMNS, true, ["resized"]]);
		await expect.poll(() => isWritten).toBe(true);
	});
});
