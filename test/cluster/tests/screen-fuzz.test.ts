import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { BINDINGS, SCREEN_NAMES } from "../../../src/ui/screens/index.ts";
import { BUILT_IN_THEMES } from "../../../src/ui/theme/theme-records.ts";
import { numbersFrom } from "../../support/random.ts";
import type { Terminal } from "../../support/terminal.ts";
import { clusterForFile, conninfoOf, NO_FAILOVER } from "./support.ts";

/**
 * Ink rewrites only changed lines. These tests draw everything again and compare, to prove that the other lines are right:
 * no cell may differ.
 */
const bastion = clusterForFile(NO_FAILOVER);

const ROUNDS = Number(process.env.REPMGR_CONSOLE_FUZZ_ROUNDS || 40);
const SEED = Number(process.env.REPMGR_CONSOLE_FUZZ_SEED || 20_261_123);

const BYTES: Readonly<Record<string, string>> = {
	up: "\u001b[A",
	down: "\u001b[B",
	right: "\u001b[C",
	left: "\u001b[D",
	pageup: "\u001b[5~",
	pagedown: "\u001b[6~",
	home: "\u001b[H",
	end: "\u001b[F",
	enter: "\r",
	esc: "\u001b",
	tab: "\t",
	"shift+tab": "\u001b[Z",
};

/** Not pressed: the test itself freezes the display; other tests cover leaving the console, files and the clipboard. */
const LEFT_OUT = /^program\.|^(quit|screen\.leave|suspend|display\.pause|plan\.runbook)$|copy|conninfo/;

const KEYS = [
	...new Set(
		BINDINGS.filter(({ id }) => !LEFT_OUT.test(id))
			.flatMap(({ keys }) => keys)
			// Right after an Esc it would begin an escape sequence, as on every terminal; another key does the same.
			.filter((key) => key !== "[")
			.map((key) => BYTES[key] ?? key),
	),
	// Keys that open or go back, more often than others; text and editing keys for prompts.
	...["\r", "\r", "\u001b", "e", "L", "?", "t", ":", "/"],
	...["node", "standby|witness", "(", "主节点", "\u0001", "\u0005", "\u007f", "\u0017"],
];

/** Plans appear once all nodes were read, which a test can't wait for on every screen: these bindings get unused keys. */
const CONFIGURATION = `
defaults:
  keys: {wizard.ask: ctrl+p, plan.again: ctrl+n, finding.remedy: ctrl+o}
`;

/** Clears and leaves a prompt; in the theme picker, keeps the theme. */
const LEAVE = "\u0015\r";

/** Work in progress, during which its key is disabled. */
const ONGOING = / nodes done ─| hosts done, esc cancels|\bc \(check again\)/;

/** Of the table of nodes. */
const HEADING = /^ {2}ID +NODE .*\bSTATUS\b/;

/** How to reach each place from the table of nodes: keys, and the text that proves their effect, in turn. */
const PLACES = {
	topology: ["", HEADING],
	events: [":events\r", /^ +UTC +NODE +/],
	event: [":events\r\r", /─ EVENT\b/],
	node: [":node node2\r", /─ NODE node2/],
	logs: [":logs node1\r", /LOGS OF node1/],
	findings: ["v", /─ FINDINGS/],
	finding: ["v", /▸ \S{1,2} .*\b[A-Z_]{4,}/, "\r", /─ FINDING ─/],
	lint: ["c", /─ CONFIGURATION ─.*checked/],
	// Only the list shows when it was checked.
	lintResult: ["c", /─ CONFIGURATION ─.*checked/, "\r", /─ CONFIGURATION ─+$/],
	viewpoints: ["w", /─ VIEWPOINTS/],
	election: ["i", /─ FAILOVER FORECAST/],
	timelines: [":timelines\r", /─ TIMELINES ─.*\bread (now|\d)/],
	operations: ["o", /─ OPERATIONS ─/],
	wizard: ["s", /─ SWITCH OVER/],
	plan: ["s", /─ SWITCH OVER/, "\u0010", /✗ repmgr's dry run did not complete/],
	runs: ["R", /─ HISTORY ─+ \d+ ─$/],
	help: ["?", /─ HELP/],
	"theme picker": ["t", /^ theme ←→/],
	"filter prompt": ["/node", /^\/node/],
	"command prompt": [":logs", /^:logs/],
} as const satisfies Readonly<Record<string, readonly [string, RegExp, ...(string | RegExp)[]]>>;

test("every screen is among the places", () => {
	// These need an operation, or a practice.
	const others = SCREEN_NAMES.filter((name) => !["run", "pastRun", "practice"].includes(name));
	expect(Object.keys(PLACES)).toEqual(expect.arrayContaining(others));
});

const PLACE_NAMES = Object.keys(PLACES) as (keyof typeof PLACES)[];

interface Size {
	readonly columns: number;
	readonly rows: number;
}

/** Drives the console without guessing how long something takes. */
class Driver {
	readonly terminal: Terminal;
	size: Size;
	#marks = 0;

	constructor(terminal: Terminal, size: Size) {
		this.terminal = terminal;
		this.size = size;
	}

	get isTooSmall(): boolean {
		return this.size.columns < 60 || this.size.rows < 12;
	}

	/** Not every place shows there what tells it from others. */
	get isSmall(): boolean {
		return this.size.columns < 80 || this.size.rows < 24;
	}

	get footer(): string {
		return this.terminal.lines().at(-1) ?? "";
	}

	/** Is the layout that of the present size? */
	get fits(): boolean {
		// Not in the middle of a frame.
		const { raw } = this.terminal;
		if (raw.lastIndexOf("\u001b[?2026h") > raw.lastIndexOf("\u001b[?2026l")) return false;
		const lines = this.terminal.lines();
		const { columns, rows } = this.size;
		return this.isTooSmall
			? lines.join("").startsWith(`This terminal has ${columns}×${rows};`)
			: / UTC ?$/.test(lines[0] ?? "") && lines[0]?.length === columns && this.footer !== "";
	}

	/** Does not wait for a frame, as a window that a person resizes does not. */
	resizeAtOnce(size: Size): void {
		this.size = size;
		this.terminal.resize(size.columns, size.rows);
	}

	/** Returns once a new frame for this size is drawn: the old frame may seem to fit. */
	async resize(size: Size): Promise<void> {
		const { length } = this.terminal.raw;
		this.resizeAtOnce(size);
		await this.settled(() => this.terminal.raw.length > length);
	}

	async settled(isDrawn = () => true): Promise<void> {
		const { columns, rows } = this.size;
		// The first frame after a resize may have the old layout; the right one follows after Ink's throttle of 33 ms.
		do {
			await this.terminal
				.waitFor(() => isDrawn() && this.fits)
				.catch((error: Error) => {
					throw new Error(`not drawn for ${columns}×${rows}: ${error.message}`);
				});
			await this.terminal.quiet(60);
		} while (!this.fits);
	}

	/** Leaves any prompt or theme picker, and returns once the effect of every key so far is drawn. */
	async leave(): Promise<void> {
		const mark = `:mark${++this.#marks}`;
		// Right after an Esc the next key would count as Alt+key.
		await this.terminal.quiet(50);
		this.terminal.press(`${LEAVE}${LEAVE}${mark}`);
		await this.terminal.waitFor(() => this.footer.startsWith(mark));
		this.terminal.press(LEAVE);
		await this.terminal.waitFor(() => !this.footer.startsWith(":"));
	}

	async pause(isPaused: boolean): Promise<void> {
		// Not the blank key, which switches an option in a wizard.
		this.terminal.press(":freeze\r");
		await this.terminal.waitFor((text) => text.includes(" FROZEN since ") === isPaused);
	}

	/** Opens a place on top of the open screens. */
	async goTo(place: keyof typeof PLACES): Promise<void> {
		// Opens a new table, without the filter of the old one.
		this.terminal.press(":topology\r");
		await this.terminal.waitFor(() => this.terminal.lines().some((line) => HEADING.test(line)));
		for (const step of PLACES[place]) {
			if (typeof step === "string") this.terminal.press(step);
			else await this.terminal.waitFor(() => this.terminal.lines().some((line) => step.test(line)));
		}
	}

	/** The cells of the screen, a text for each line, followed by its styles. */
	drawn(): string[] {
		const { columns } = this.size;
		const lines = this.terminal.cells();
		for (const line of lines) expect(line.reduce((sum, { width }) => sum + width, 0)).toBe(columns);
		return lines.map((line) => {
			const text = line.map((cell) => cell.text).join("");
			const styles = line.map(({ text: _, ...style }) => JSON.stringify(Object.values(style)));
			const runs = styles.map((style, column) => (style === styles[column - 1] ? "" : `${column}${style}`));
			return `${text}  ${runs.join("")}`;
		});
	}
}

async function open(size: Size, env: Readonly<Record<string, string>> = {}): Promise<Driver> {
	// Read-only: random keys must not confirm a plan.
	const config = join(await bastion.directory(), "config.yaml");
	await writeFile(config, CONFIGURATION);
	const terminal = await bastion.terminal(["-d", conninfoOf("node3"), "--read-only", "--config", config], {
		...size,
		env,
	});
	await terminal.waitFor(/ primary node1 [\s\S]*node4 .*witness/, 20_000);
	return new Driver(terminal, size);
}

let driver: Driver | undefined;
afterEach(async () => {
	driver?.terminal.kill("SIGTERM");
	await driver?.terminal.exit;
	driver = undefined;
});

test(`no cell differs from a screen drawn again after random keys and sizes, ${ROUNDS} rounds`, async () => {
	const random = numbersFrom(SEED);
	const upTo = (count: number): number => Math.floor(random() * count);
	const from = (least: number, most: number): number => least + upTo(most - least + 1);
	const oneOf = <T>(values: readonly T[]): T => values[upTo(values.length)] as T;
	const anySize = (): Size => ({ columns: from(45, 200), rows: from(9, 50) });
	const largeSize = (): Size => ({ columns: from(80, 200), rows: from(24, 50) });
	driver = await open({ columns: 100, rows: 30 });
	const { terminal } = driver;

	/** Keys and sizes of the round, for the error message. */
	let done: string[] = [];
	const burst = async (keys: number, size: () => Size): Promise<void> => {
		for (let count = 0; count < keys; count++) {
			const key = oneOf(KEYS);
			terminal.press(key);
			done.push(JSON.stringify(key));
			if (upTo(3) === 0) {
				driver?.resizeAtOnce(size());
				done.push(`${driver?.size.columns}×${driver?.size.rows}`);
			}
			// A random pause, because people and networks are uneven.
			await new Promise((resolve) => setTimeout(resolve, upTo(20)));
		}
	};

	/** Waits if the terminal was too small: until the console has seen the new size it ignores keys. */
	const enlarge = async (driver: Driver): Promise<void> => {
		const wasTooSmall = driver.isTooSmall;
		driver.resizeAtOnce(largeSize());
		if (wasTooSmall) await driver.settled();
	};

	const corrupt: string[] = [];
	const play = async (driver: Driver, round: number): Promise<void> => {
		const place = oneOf(round < PLACE_NAMES.length ? PLACE_NAMES.slice(round, round + 1) : PLACE_NAMES);
		await driver.goTo(place);
		await driver.leave();
		await burst(8, anySize);
		// Nothing moves on a terminal that is too small; everywhere else at least the clock does.
		if (!driver.isTooSmall || upTo(2) === 0) {
			await enlarge(driver);
			await driver.leave();
			await driver.pause(true);
			await burst(3, largeSize);
			await driver.leave();
			if (upTo(3) === 0) await driver.goTo(place);
		}
		// Requests continue while the display is paused.
		await driver.settled(() => !ONGOING.test(terminal.text()));

		const before = driver.drawn();
		const { columns, rows } = driver.size;
		await driver.resize({ columns: columns + 1, rows });
		await driver.resize({ columns, rows });
		const after = driver.drawn();
		const wrong = before.flatMap((line, row) =>
			line === after[row]
				? []
				: [`round ${round}, ${place}, ${columns}×${rows}, line ${row}, ${done.join(" ")}`, line, after[row]],
		);
		corrupt.push(...(wrong as string[]));

		if (driver.isSmall) await enlarge(driver);
		await driver.leave();
		if (terminal.text().includes(" FROZEN since ")) await driver.pause(false);
	};
	for (let round = 0; round < ROUNDS; round++) {
		done = [];
		await play(driver, round).catch((error: Error) => {
			throw new Error(`round ${round} of seed ${SEED}, ${done.join(" ")}: ${error.message}`);
		});
	}
	expect(corrupt).toEqual([]);
});

/** Places with a prompt or an open choice, which a command that changes the theme would leave. */
const OVERLAID: readonly string[] = ["help", "theme picker", "filter prompt", "command prompt"];

test.each([
	{ columns: 80, rows: 24 },
	{ columns: 120, rows: 40 },
	{ columns: 200, rows: 50 },
])("every screen fits at $columns×$rows, in every theme", async (size) => {
	driver = await open(size, { COLORTERM: "truecolor" });
	const { terminal } = driver;
	const themes = [...BUILT_IN_THEMES.keys()];
	const wear = (theme: string | undefined): void => terminal.press(`:theme ${theme}\r`);
	for (const [index, place] of PLACE_NAMES.entries()) {
		const isOverlaid = OVERLAID.includes(place);
		if (isOverlaid) wear(themes[index % themes.length]);
		await driver.goTo(place);
		for (const theme of isOverlaid ? [""] : themes) {
			if (!isOverlaid) wear(theme);
			await driver.settled();
			expect(terminal.wrappedRows(), `${place}\n${terminal.text()}`).toEqual([]);
			const lines = terminal.lines();
			expect(lines[0], place).toMatch(/primary node1 .* UTC$/);
			expect(lines[1], place).toMatch(/^(OK|WARNING|CRITICAL|UNKNOWN) /);
			expect(lines).toHaveLength(size.rows);
		}
		await driver.leave();
	}
});
