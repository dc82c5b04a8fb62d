import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { BINDINGS, SCREEN_NAMES } from "../../../src/ui/screens/index.ts";
import { BUILT_IN_THEMES } from "../../../src/ui/theme/theme-records.ts";
import { numbersFrom } from "../../support/random.ts";
import type { Terminal } from "../../support/terminal.ts";
import { clusterForFile, conninfoOf, NO_FAILOVER } from "./support.ts";

/**
 * Ink rewrites the lines that changed. Whether what it left alone is right is seen by drawing everything again:
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

/** The display is paused by the test itself; what leaves the console, writes to the clipboard is another test's. */
const LEFT_OUT = /^(quit|suspend|display\.pause|plan\.runbook)$|copy|conninfo/;

const KEYS = [
	...new Set(
		BINDINGS.filter(({ id }) => !LEFT_OUT.test(id))
			.flatMap(({ keys }) => keys)
			// At once after an Esc it would begin an escape sequence, as on every terminal. The same is on another key.
			.filter((key) => key !== "[")
			.map((key) => BYTES[key] ?? key),
	),
	// What opens and what goes back, more often than others; words and editing keys for prompts.
	...["\r", "\r", "\u001b", "e", "L", "?", "t", ":", "/"],
	...["node", "standby|witness", "(", "主节点", "\u0001", "\u0005", "\u007f", "\u0017"],
];

/** Plans come when all nodes were looked at, which cannot be waited for on every screen: no key of these makes one. */
const CONFIGURATION = `
defaults:
  keys: {wizard.ask: ctrl+p, plan.again: ctrl+n, finding.remedy: ctrl+o}
`;

/** Clears a line that is being typed and leaves it; where a theme is tried, keeps it. */
const LEAVE = "\u0015\r";

/** What was asked for is on its way; while it is, its key is not for use. */
const ONGOING = / nodes done ─| hosts done, esc cancels|\bc \(check again\)/;

/** How each place is reached from the table of nodes, and how one sees that it was: keys and what they lead to, in turn. */
const PLACES = {
	topology: ["", /\bROLE\b.*\bSTATUS\b/],
	events: [":events\r", /^ +UTC +NODE +/],
	event: [":events\r\r", /─ EVENT\b/],
	node: [":node node2\r", /─ NODE node2/],
	logs: [":logs node1\r", /LOGS OF node1/],
	findings: ["v", /─ FINDINGS/],
	finding: ["v", /▸ \S{1,2} +[A-Z_]{4,}/, "\r", /─ FINDING ─/],
	lint: ["c", /─ CONFIGURATION ─.*checked/],
	// Only the list says when it was checked.
	lintResult: ["c", /─ CONFIGURATION ─.*checked/, "\r", /─ CONFIGURATION ─+$/],
	viewpoints: ["w", /─ VIEWPOINTS/],
	election: ["i", /─ FAILOVER FORECAST/],
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
	// That of an operation needs one that is carried out.
	const others = SCREEN_NAMES.filter((name) => name !== "run");
	expect(Object.keys(PLACES)).toEqual(expect.arrayContaining(others));
});

const PLACE_NAMES = Object.keys(PLACES) as (keyof typeof PLACES)[];

interface Size {
	readonly columns: number;
	readonly rows: number;
}

/** The console, with what a test must know to drive it without guessing how long something takes. */
class Driver {
	readonly terminal: Terminal;
	size: Size;
	#marks = 0;

	constructor(terminal: Terminal, size: Size) {
		this.terminal = terminal;
		this.size = size;
	}

	get isTooSmall(): boolean {
		return this.size.columns < 80 || this.size.rows < 24;
	}

	get footer(): string {
		return this.terminal.lines().at(-1) ?? "";
	}

	/** The layout is that of this size. */
	get fits(): boolean {
		// Not in the middle of a frame.
		const { raw } = this.terminal;
		if (raw.lastIndexOf("\u001b[?2026h") > raw.lastIndexOf("\u001b[?2026l")) return false;
		const lines = this.terminal.lines();
		const { columns, rows } = this.size;
		return this.isTooSmall
			? lines.join("").startsWith(`This terminal has ${columns}×${rows};`)
			: /^─.*─$/.test(lines[2] ?? "") && lines[2]?.length === columns && this.footer !== "";
	}

	/** A person's window does not wait for the program. */
	resizeAtOnce(size: Size): void {
		this.size = size;
		this.terminal.resize(size.columns, size.rows);
	}

	/** Returns when it has been drawn for this size; without a new frame, what stood there before may seem to fit. */
	async resize(size: Size): Promise<void> {
		const { length } = this.terminal.raw;
		this.resizeAtOnce(size);
		await this.settled(() => this.terminal.raw.length > length);
	}

	async settled(isDrawn = () => true): Promise<void> {
		const { columns, rows } = this.size;
		// The first frame of a new size may still have the old layout; the right one comes after Ink's pause of 33 ms.
		do {
			await this.terminal
				.waitFor(() => isDrawn() && this.fits)
				.catch((error: Error) => {
					throw new Error(`not drawn for ${columns}×${rows}: ${error.message}`);
				});
			await this.terminal.quiet(60);
		} while (!this.fits);
	}

	/** Leaves what is typed or tried, and returns when every key until now has been drawn. */
	async leave(): Promise<void> {
		const mark = `:mark${++this.#marks}`;
		// An Esc before would make an Alt out of the next key.
		await this.terminal.quiet(50);
		this.terminal.press(`${LEAVE}${LEAVE}${mark}`);
		await this.terminal.waitFor(() => this.footer.startsWith(mark));
		this.terminal.press(LEAVE);
		await this.terminal.waitFor(() => !this.footer.startsWith(":"));
	}

	async pause(isPaused: boolean): Promise<void> {
		// The blank switches an option where questions are asked.
		this.terminal.press(":freeze\r");
		await this.terminal.waitFor((text) => text.includes(" PAUSED since ") === isPaused);
	}

	/** To a place; its screen comes upon the ones that are open. */
	async goTo(place: keyof typeof PLACES): Promise<void> {
		// Clears what narrows the table, too: it is a new one.
		this.terminal.press(":topology\r");
		await this.terminal.waitFor(() => this.terminal.lines()[3]?.includes("STATUS") ?? false);
		for (const step of PLACES[place]) {
			if (typeof step === "string") this.terminal.press(step);
			else await this.terminal.waitFor(() => this.terminal.lines().some((line) => step.test(line)));
		}
	}

	/** The screen as cells, one text a line, its style behind it. */
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

test(`random keys and sizes, ${ROUNDS} rounds: nothing differs from a screen drawn again`, async () => {
	const random = numbersFrom(SEED);
	const upTo = (count: number): number => Math.floor(random() * count);
	const from = (least: number, most: number): number => least + upTo(most - least + 1);
	const oneOf = <T>(values: readonly T[]): T => values[upTo(values.length)] as T;
	const anySize = (): Size => ({ columns: from(45, 200), rows: from(15, 50) });
	const largeSize = (): Size => ({ columns: from(80, 200), rows: from(24, 50) });
	driver = await open({ columns: 100, rows: 30 });
	const { terminal } = driver;

	/** Of the round, for whoever has to find out. */
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
			// Not a wait for anything: people and networks are uneven.
			await new Promise((resolve) => setTimeout(resolve, upTo(20)));
		}
	};

	/** A console that does not know of it yet still takes no keys. */
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
		// Where the terminal is too small nothing goes on; everywhere else the clock does.
		if (!driver.isTooSmall || upTo(2) === 0) {
			await enlarge(driver);
			await driver.leave();
			await driver.pause(true);
			await burst(3, largeSize);
			await driver.leave();
			if (upTo(3) === 0) await driver.goTo(place);
		}
		// What was asked for goes on while the display is paused.
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

		if (driver.isTooSmall) await enlarge(driver);
		await driver.leave();
		if (terminal.text().includes(" PAUSED since ")) await driver.pause(false);
	};
	for (let round = 0; round < ROUNDS; round++) {
		done = [];
		await play(driver, round).catch((error: Error) => {
			throw new Error(`round ${round} of seed ${SEED}, ${done.join(" ")}: ${error.message}`);
		});
	}
	expect(corrupt).toEqual([]);
});

/** Places where a line is typed, or a choice is open: a command that changes the theme would leave them. */
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
