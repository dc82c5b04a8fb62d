import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { LogChunk } from "../../../src/model/log-tail.ts";
import { parseLogs } from "../../../src/probe/logs/parse.ts";
import type { UiContext } from "../../../src/ui/context.ts";
import { logsState } from "../../../src/ui/screens/states.ts";
import { fixtureText } from "../../support/fixtures.ts";
import { NOW } from "../../support/records.ts";
import { ALL_SIZES, bodyLines, draw, drawnLines, press, uiContext } from "../../support/ui-context.tsx";

const body = (context: UiContext) => draw(context);
const lines = (context: UiContext) => bodyLines(context, body(context));
const text = (context: UiContext) => lines(context).join("\n");

const look = (texts: readonly string[], changes: Partial<LogChunk> = {}): LogChunk => ({
	source: "/var/log/postgresql/postgresql-15-main.log",
	isFirst: false,
	lines: texts.map((line) => ({ text: line, isNote: false })),
	fault: null,
	...changes,
});

const NOTHING = look([], { source: "/var/log/postgresql/repmgrd.log" });

const numbered = (from: number, to: number) =>
	Array.from(
		{ length: to - from + 1 },
		(_, position) => `2026-11-23 08:00:00.000 UTC [9] LOG:  line ${from + position}`,
	);

/** The logs of node1, opened as by a key, with what a first look found. */
function opened(
	looks: { postgresql?: LogChunk; repmgrd?: LogChunk } = {},
	size: { columns?: number; rows?: number } = {},
) {
	const given = uiContext(size);
	const receive = (postgresql: LogChunk, repmgrd: LogChunk = NOTHING): void =>
		given.store.receiveLogs(1, { postgresql, repmgrd }, NOW);
	if (looks.postgresql !== undefined || looks.repmgrd !== undefined)
		receive(looks.postgresql ?? look([]), looks.repmgrd);
	const context: UiContext = {
		...given.context,
		ui: { ...given.context.ui, screens: [...given.context.ui.screens, logsState(1)] },
		data: given.store.getState(),
		session: { ...given.context.session, followLogs: () => () => {} },
	};
	const now = (shown: UiContext): UiContext => ({ ...shown, data: given.store.getState() });
	return { ...given, context, receive, now };
}

function recorded() {
	const logs = parseLogs(fixtureText("logs/primary.txt"), (text) => text);
	return {
		postgresql: logs?.get("postgresql")?.look ?? NOTHING,
		repmgrd: logs?.get("repmgrd")?.look ?? NOTHING,
	};
}

describe("at every size", () => {
	test.each(ALL_SIZES)("$columns×$rows: both logs fill the screen", ({ columns, rows }) => {
		const { context } = opened(
			{ postgresql: look(numbered(1, 300)), repmgrd: look(numbered(1, 300)) },
			{ columns, rows },
		);
		for (const shown of [context, press(context, "w"), press(context, "1"), press(context, "right")]) {
			const drawn = drawnLines(shown, body(shown));
			expect(drawn).toHaveLength(shown.bodyRows);
			for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
		}
		expect(text(context)).toContain("POSTGRESQL");
		expect(text(context)).toContain("REPMGRD");
	});

	test.each(ALL_SIZES)("$columns×$rows: empty, faulty and unknown logs fit", ({ columns, rows }) => {
		const fault = { kind: "permission", message: "x ".repeat(300), hint: "y ".repeat(200) } as const;
		const failed = look([], { source: null, fault });
		for (const looks of [{}, { postgresql: look([]) }, { postgresql: failed, repmgrd: failed }]) {
			const { context } = opened(looks, { columns, rows });
			expect(drawnLines(context, body(context)).length).toBeLessThanOrEqual(context.bodyRows);
		}
	});
});

test("are side by side if there is room, otherwise one above the other", () => {
	const bothInOne = (columns: number) =>
		lines(opened(recorded(), { columns, rows: 40 }).context).some((line) => /POSTGRESQL.*REPMGRD/.test(line));
	expect([119, 120].map(bothInOne)).toEqual([false, true]);
});

test.each([
	["2026-11-23", "2026-11-23", "2026-11-23"],
	["2026-11-23", "2026-11-24", "2026-11-23 to 24"],
	["2026-11-30", "2026-12-01", "2026-11-30 to 12-01"],
	["2026-12-31", "2027-01-01", "2026-12-31 to 2027-01-01"],
	["2026-11-23", "2027-11-23", "2026-11-23 to 2027-11-23"],
])("the title of lines of %s and %s says %s, and the path is whole", (first, last, days) => {
	const texts = [first, last].map((day) => `${day} 08:00:00.000 UTC [9] LOG:  line`);
	const { context } = opened({ postgresql: look(texts) }, { columns: 200, rows: 50 });
	const [, title = ""] = lines(press(context, "1"));
	expect(title).toContain(`/var/log/postgresql/postgresql-15-main.log  ${days} ─`);
});

test("show the time in lines, the day and the path in the title", () => {
	const { context } = opened(recorded(), { columns: 200, rows: 50 });
	const [, title = ""] = lines(context);
	expect(title).toContain("/var/log/postgresql/postgresql-15-main.log  2026-11-23");
	expect(text(context)).toContain("08:25:45.895 [286] postgres@repmgr ERROR:  duplicate key");
	expect(text(context)).toContain("08:25:02 [NOTICE] new witness");
});

describe("following", () => {
	test("shows the newest lines at the bottom", () => {
		const { context, receive, now } = opened({ postgresql: look(numbered(1, 50)) });
		expect(text(press(context, "1"))).toContain("line 50");
		receive(look(numbered(51, 52)));
		const shown = press(now(context), "1");
		expect(lines(shown).at(-1)).toContain("line 52");
		expect(lines(shown)[1]).toMatch(/following ─$/);
	});

	test("keeps the position after scrolling back, and counts new lines in the title", () => {
		const { context, receive, now } = opened({ postgresql: look(numbered(1, 100)) });
		const back = press(context, "1", "up", "up", "pageup");
		const before = lines(back);
		expect(before[1]).toMatch(/\d+ newer below ─$/);
		receive(look(numbered(101, 140)));
		expect(lines(now(back)).slice(2)).toEqual(before.slice(2));
		expect(lines(now(back))[1]).not.toEqual(before[1]);
		expect(lines(press(now(back), "f")).at(-1)).toContain("line 140");
		expect(lines(press(now(back), "G")).at(-1)).toContain("line 140");
	});

	test("follows again after moving down to the newest line", () => {
		const { context, receive, now } = opened({ postgresql: look(numbered(1, 100)) });
		const shown = press(context, "1", "up", "up", "down", "down");
		receive(look(numbered(101, 101)));
		expect(lines(now(shown)).at(-1)).toContain("line 101");
	});

	test("stops at a full first page", () => {
		const { context } = opened({ postgresql: look(numbered(1, 100)) });
		const top = press(context, "1", "g");
		expect(lines(top)[2]).toMatch(/line 1$/);
		expect(lines(top).at(-1)).toMatch(/line 19$/);
		expect(lines(press(top, "up", "pageup"))).toEqual(lines(top));
	});

	test("moves by a page of the log, which has half the screen", () => {
		const { context } = opened({ postgresql: look(numbered(1, 100)) });
		const [foot] = lines(context).filter((line) => line.includes("line 100"));
		expect(foot).toBeDefined();
		expect(text(press(context, "pageup"))).toContain("line 92");
	});

	test("keeps the lines while the display is frozen", () => {
		const { context, receive, now } = opened({ postgresql: look(numbered(1, 50)) });
		const paused = press(context, "1", "space");
		receive(look(numbered(51, 52)));
		const shown = { ...now(paused), data: paused.ui.frozen ?? paused.data };
		expect(lines(shown).at(-1)).toContain("line 50");
	});
});

describe("one log or both", () => {
	test("are chosen by 1, 2 and 0", () => {
		const { context } = opened(recorded());
		expect(text(press(context, "1"))).not.toContain("REPMGRD");
		expect(text(press(context, "2"))).not.toContain("POSTGRESQL");
		expect(text(press(context, "2", "0"))).toContain("POSTGRESQL");
	});

	test("are switched by tab, with a mark on the one that keys scroll", () => {
		const { context } = opened({ postgresql: look(numbered(1, 90)), repmgrd: look(numbered(1, 90)) });
		expect(text(context)).toContain("▸ POSTGRESQL");
		const other = press(context, "tab", "up");
		expect(text(other)).toContain("▸ REPMGRD");
		expect(text(other)).toMatch(/ POSTGRESQL .* following ─\n/);
		expect(text(other)).toMatch(/▸ REPMGRD .* 1 newer below ─\n/);
		expect(text(press(context, "1", "tab"))).not.toContain("POSTGRESQL");
	});
});

describe("filters", () => {
	test("errors only: show messages with all their lines", () => {
		const { context } = opened(recorded());
		const shown = lines(press(context, "1", "!")).slice(2);
		expect(
			shown
				.filter((line) => line !== "")
				.map((line) => /(ERROR|DETAIL|STATEMENT|WARNING|CONTEXT|broken|FROM)/.exec(line)?.[0]),
		).toEqual(["ERROR", "DETAIL", "STATEMENT", "ERROR", "STATEMENT", "broken", "FROM", "WARNING", "CONTEXT"]);
		expect(text(press(context, "1", "!"))).toContain("errors and warnings only");
	});

	test("match, invert, and say that nothing matches", () => {
		const { context } = opened(recorded());
		const checkpoints = press(context, "1", "/", ..."checkpoint complete", "enter");
		expect(
			lines(checkpoints)
				.slice(2)
				.filter((line) => line !== "")
				.every((line) => /checkpoint complete/.test(line)),
		).toBe(true);
		const others = press(context, "1", "/", ..."!checkpoint", "enter");
		expect(text(others)).not.toContain("checkpoint complete");
		expect(text(press(context, "1", "/", ..."zebra", "enter"))).toContain(
			"matches zebra; esc clears the filter",
		);
	});

	test("keep the position when they hide the bottom line", () => {
		const { context } = opened({ postgresql: look(numbered(1, 100)) });
		const back = press(context, "1", "g", "/", ..."line .*[05]$", "enter");
		expect(lines(back).slice(2)[0]).toMatch(/line 5$/);
	});
});

describe("long lines", () => {
	const long = `2026-11-23 08:00:00.000 UTC [9] LOG:  ${"word ".repeat(40)}end`;

	test("are cut, scrolled to the right, or wrapped", () => {
		const { context } = opened({ postgresql: look([long]) });
		const alone = press(context, "1");
		expect(lines(alone)[2]).toMatch(/…$/);
		expect(text(alone)).not.toContain("end");
		const right = press(alone, ...Array.from({ length: 10 }, () => "right"));
		expect(text(right)).toContain("end");
		expect(text(right)).toContain("from column 201 on");
		expect(press(right, ...Array.from({ length: 10 }, () => "left"))).toEqual(alone);
		const wrapped = press(alone, "w");
		expect(text(wrapped)).toContain("end");
		expect(
			lines(wrapped)
				.slice(2)
				.filter((line) => line !== "").length,
		).toBeGreaterThan(2);
	});

	test("say why left is disabled at the beginning", () => {
		const { context } = opened({ postgresql: look([long]) });
		expect(press(context, "left").ui.message?.text).toContain("esc goes back");
	});

	test("show their beginning if they do not fit", () => {
		const { context } = opened({ postgresql: look(["a", `LOG:  ${"word ".repeat(700)}`]) });
		expect(text(press(context, "w"))).toContain("LOG:  word");
	});
});

describe("missing logs", () => {
	test("are reported before the first reading", () => {
		expect(text(opened().context)).toContain("looking for the log");
	});

	test("are reported as empty, or as without errors", () => {
		const { context } = opened({ postgresql: look(["LOG:  x"]), repmgrd: look([]) });
		expect(text(context)).toContain("the log is empty");
		expect(text(press(context, "!"))).toContain("no error or warning in the last 1 lines");
	});

	test("have their fault and hint below the lines read before", () => {
		const { context, receive, now } = opened({ postgresql: look(numbered(1, 5)) });
		const fault = { kind: "authentication", message: "node1 rejects the key", hint: "Add the key." } as const;
		receive(look([], { source: null, fault }), look([], { source: null, fault }));
		const shown = now(context);
		expect(text(shown)).toContain("line 5");
		expect(text(shown)).toContain("since 04:41:12: node1 rejects the key");
		expect(text(shown)).toContain("Add the key.");
		expect(text(shown)).toContain("read last at 04:41:12");
	});

	test("a node that is no longer registered", () => {
		const { context, store } = opened({ postgresql: look(numbered(1, 5)) });
		store.found([]);
		expect(
			text({ ...context, data: { ...context.data, snapshot: { ...context.data.snapshot, nodes: [] } } }),
		).toContain("node 1 is no longer registered; esc goes back");
	});
});
