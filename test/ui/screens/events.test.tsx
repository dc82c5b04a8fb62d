import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { consoleEntry } from "../../../src/model/log-entry.ts";
import type { RepmgrEvent } from "../../../src/model/server-reading.ts";
import type { Plan } from "../../../src/operation/plan/plan.ts";
import type { RunState } from "../../../src/operation/run/run-state.ts";
import { EventList } from "../../../src/ui/components/event-list.tsx";
import type { UiContext } from "../../../src/ui/context.ts";
import { nodeNames } from "../../../src/ui/screens/events/event-lines.ts";
import { foldedEvents, operationTimes } from "../../../src/ui/screens/events/folded-events.ts";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import { good, LEFT_OPERATION, NOW, primaryReading } from "../../support/records.ts";
import {
	ALL_SIZES,
	bodyLines,
	draw,
	drawnLines,
	press,
	recorded,
	SIZES,
	uiContext,
} from "../../support/ui-context.tsx";

const lines = (context: UiContext) => bodyLines(context, draw(context));
const ruleOf = (context: UiContext) => lines(context)[0] ?? "";
const selectedOf = (context: UiContext) => lines(context).find((line) => line.startsWith("▸"));
const eventLines = (context: UiContext) =>
	lines(context)
		.slice(2)
		.filter((line) => line !== "");

/** `count` events, a second apart, the last one now; every tenth of node2 failed. */
function history(count: number): readonly RepmgrEvent[] {
	return Array.from({ length: count }, (_, position) =>
		recorded(count - 1 - position, {
			nodeId: position % 2 === 0 ? 1 : 2,
			event: position % 10 === 9 ? "standby_promote" : "repmgrd_start",
			successful: position % 10 !== 9,
			details: `event ${position}`,
		}),
	);
}

function eventsScreen(events: readonly RepmgrEvent[], size: { columns?: number; rows?: number } = {}) {
	const given = uiContext({ events, ...size });
	return { ...given, context: press(given.context, "e") };
}

/** The context after more was received. */
function later(context: UiContext, given: ReturnType<typeof eventsScreen>, more: readonly RepmgrEvent[]) {
	given.receive(more);
	return { ...context, data: given.store.getState() };
}

describe("the event log", () => {
	test("has the newest at the bottom, selected, and follows it", () => {
		const given = eventsScreen(history(40));
		expect(eventLines(given.context)).toHaveLength(19);
		expect(eventLines(given.context).at(-1)).toMatch(/^▸ 04:41:12 {2}node2 .* event 39$/);
		expect(ruleOf(given.context)).toMatch(/^─ EVENTS ─+ 40, following ─$/);
		const after = later(given.context, given, [recorded(-1, { details: "event 40" })]);
		expect(selectedOf(after)).toContain("event 40");
	});

	test.each(ALL_SIZES)("fills $columns×$rows and no more", ({ columns, rows }) => {
		for (const count of [0, 3, 400]) {
			const { context } = eventsScreen(history(count), { columns, rows });
			const drawn = drawnLines(context, draw(context));
			expect(drawn.length).toBeLessThanOrEqual(context.bodyRows);
			if (count === 400) expect(drawn).toHaveLength(context.bodyRows);
			for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
		}
	});

	test.each(SIZES)("keeps node, event and details in line at $columns×$rows", ({ columns, rows }) => {
		const { context } = eventsScreen(
			[recorded(2), recorded(1, { nodeId: 3, event: "repmgrd_upstream_reconnect" })],
			{
				columns,
				rows,
			},
		);
		const [, heading = "", ...entries] = lines(context);
		for (const line of entries.filter((text) => text !== ""))
			expect(line.slice(heading.indexOf("DETAILS"))).toMatch(/^recorded/);
		expect(entries[1]).toContain("repmgrd_upstream_reconnect  ");
		expect(heading.includes("SOURCE")).toBe(columns >= 100);
	});

	test("says why there are no events", () => {
		const given = eventsScreen([]);
		expect(eventLines(given.context)).toEqual(["  no event is known: no node has answered yet"]);
		given.store.receive([{ nodeId: 1, of: "server", observation: good(primaryReading()) }]);
		expect(eventLines({ ...given.context, data: given.store.getState() })).toEqual(["  no events yet"]);
	});
});

describe("moving", () => {
	test("keeps the event selected while new ones arrive", () => {
		const given = eventsScreen(history(40));
		const up = press(given.context, "up", "k");
		expect(selectedOf(up)).toContain("event 37");
		expect(ruleOf(up)).toContain(" 40, 2 newer below ─");
		const after = later(up, given, [recorded(-1), recorded(-2)]);
		expect(selectedOf(after)).toContain("event 37");
		expect(ruleOf(after)).toContain("42, 4 newer below");
	});

	test.each([
		["g", "event 0", "39 newer below"],
		["home", "event 0", "39 newer below"],
		["pageup", "event 21", "18 newer below"],
	])("%s goes to %s", (key, expected, note) => {
		const moved = press(eventsScreen(history(40)).context, key);
		expect(selectedOf(moved)).toContain(expected);
		expect(ruleOf(moved)).toContain(note);
	});

	test.each([["f"], ["G"], ["end"]])("%s follows again", (key) => {
		const back = press(eventsScreen(history(40)).context, "g", key);
		expect(selectedOf(back)).toContain("event 39");
		expect(ruleOf(back)).toContain("following");
	});

	test("follows only after moving down from the last event", () => {
		const { context } = eventsScreen(history(40));
		const last = press(context, "up", "down");
		expect(selectedOf(last)).toContain("event 39");
		expect(ruleOf(last)).toContain("not following");
		expect(ruleOf(press(last, "j"))).toContain(", following");
	});

	test("says why f is disabled while following", () => {
		const { ui } = press(eventsScreen(history(3)).context, "f");
		expect(ui.message).toMatchObject({
			text: "follow: already following",
			isProblem: true,
		});
	});

	test("stays within the list", () => {
		for (const count of [0, 1, 2, 40]) {
			const { context } = eventsScreen(history(count));
			for (const keys of [
				["g", "k", "pageup"],
				["j", "pagedown", "G", "j"],
				["up", "pageup", "pagedown"],
			]) {
				const moved = press(context, ...keys);
				expect(lines(moved).filter((line) => line.startsWith("▸"))).toHaveLength(Math.min(1, count));
			}
		}
	});
});

describe("filters", () => {
	test("are shown in the rule, with counts", () => {
		const { context } = eventsScreen(history(40));
		const filtered = press(context, "/", ..."event 1\\d", "enter");
		expect(eventLines(filtered)).toHaveLength(10);
		expect(ruleOf(filtered)).toContain(" 10 of 40, filter event 1\\d, following ─");
		expect(eventLines(press(filtered, "esc"))).toHaveLength(19);
	});

	test("match node, source and time, and are inverted by !", () => {
		const { context } = eventsScreen(history(40));
		expect(ruleOf(press(context, "/", ..."!node1.*start", "enter"))).toContain(" 20 of 40, ");
		expect(eventLines(press(context, "/", ..."!start", "enter"))).toHaveLength(4);
		expect(eventLines(press(context, "/", ..."NODE2.*event 1$", "enter"))).toHaveLength(1);
		expect(eventLines(press(context, "/", ..."04:41:1[12]", "enter"))).toHaveLength(2);
		expect(eventLines(press(context, "/", ..."console", "enter"))[0]).toMatch(/no event matches console/);
	});

	test("errors only: show failures and losses", () => {
		const { context } = eventsScreen([...history(40), recorded(0, { event: "standby_failure" })]);
		const narrowed = press(context, "!");
		expect(eventLines(narrowed)).toHaveLength(5);
		for (const line of eventLines(narrowed)) expect(line).toMatch(/ ! standby_/);
		expect(ruleOf(narrowed)).toContain("5 of 41, errors only");
	});

	test("go through the nodes by n, then show all again", () => {
		const { context } = eventsScreen(history(40));
		expect(ruleOf(press(context, "n"))).toContain("20 of 40, node node1, ");
		expect(ruleOf(press(context, "n", "n"))).toContain("20 of 40, node node2, ");
		expect(eventLines(press(context, "n", "n", "n"))).toEqual(["  no event of node3"]);
		expect(ruleOf(press(context, "n", "n", "n", "n"))).toContain(" 40, following");
	});

	test("select the event before a hidden one, until it is shown again", () => {
		const { context } = eventsScreen(history(40));
		const chosen = press(context, ...Array<string>(10).fill("up"));
		expect(selectedOf(chosen)).toContain("event 29");
		const hidden = press(chosen, "n");
		expect(selectedOf(hidden)).toContain("event 28");
		expect(selectedOf(press(hidden, "n"))).toContain("event 29");
	});

	test("hide nothing while they are not a valid regular expression", () => {
		const { context } = eventsScreen(history(4));
		const typing = press(context, "/", "(");
		expect(eventLines(typing)).toHaveLength(4);
		expect(ruleOf(typing)).toContain("not a valid filter (");
	});
});

describe("one event", () => {
	const shown = (context: UiContext) => bodyLines(context, draw(context));
	const details = `cloned from host "pg1"; ${"很长的说明 and words ".repeat(40)}end`;

	test("has a line for each field", () => {
		const { context } = eventsScreen([
			recorded(240, { nodeId: 2, successful: false, details: "it went wrong" }),
		]);
		expect(
			shown(press(context, "enter"))
				.filter((line) => line !== "")
				.slice(1),
		).toEqual([
			"  event      repmgrd_start",
			"  node       node2 (id 2)",
			"  time       2026-11-23 04:37:12.000000 UTC",
			"  how old    4 min ago",
			"  result     failed",
			"  source     repmgr (table repmgr.events)",
			"  details    it went wrong",
		]);
	});

	test("marks a loss that repmgr recorded as successful", () => {
		const { context } = eventsScreen([recorded(1, { event: "standby_failure" })]);
		expect(shown(press(context, "l"))).toContain(
			'  result     bad news, though repmgr recorded "successful"',
		);
	});

	test.each(ALL_SIZES)("wraps and scrolls long details at $columns×$rows", ({ columns, rows }) => {
		const { context } = eventsScreen([recorded(1, { details: details.repeat(12) })], { columns, rows });
		const opened = press(context, "enter");
		const drawn = drawnLines(opened, draw(opened));
		expect(drawn).toHaveLength(opened.bodyRows);
		for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
		expect(drawn[0]).toMatch(/lines 1 to \d+ of \d+ ─$/);
		const bottom = press(opened, "G");
		expect(shown(bottom).at(-1)).toMatch(/end$/);
		// One key back from the end must show: the offset went no further than it had to.
		expect(shown(press(bottom, "j", "k"))).not.toEqual(shown(bottom));
		expect(shown(press(bottom, "g"))).toEqual(shown(opened));
	});

	test("stays the same while others arrive, and esc goes back to it", () => {
		const given = eventsScreen(history(5));
		const opened = press(given.context, "up", "enter");
		const after = later(opened, given, [recorded(-1), recorded(-2)]);
		expect(shown(after)).toContain("  details    event 3");
		expect(selectedOf(press(after, "esc"))).toContain("event 3");
	});

	test("says that an event is no longer kept", () => {
		const given = eventsScreen(history(1));
		const opened = { ...press(given.context, "enter"), data: uiContext().context.data };
		expect(shown(opened)[1]).toBe("  this event is too old and no longer kept");
		expect(press(opened, "y", "j", "G").ui.message).toBeNull();
	});
});

test("copies an event as one line in the list, and its details on its screen", () => {
	const given = eventsScreen([
		recorded(1, { event: "standby_clone", successful: false, details: "no space" }),
	]);
	press(given.context, "y");
	press(given.context, "enter", "y");
	expect(given.copied).toEqual([
		"2026-11-23 04:41:11.000000 UTC  node1  repmgr  standby_clone  failed  no space",
		"no space",
	]);
});

test("disables opening and copying in an empty list", () => {
	const given = eventsScreen([]);
	for (const key of ["enter", "y"]) {
		const { ui } = press(given.context, key);
		expect(ui.message?.text).toMatch(/no event is selected/);
		expect(currentScreen(ui).screen).toBe("events");
	}
	expect(given.copied).toEqual([]);
});

describe("the newest events on the home screen", () => {
	const home = ({ data, columns }: UiContext, height: number) => (
		<EventList
			log={data.log}
			names={nodeNames(data.registrations)}
			today="2026-11-23"
			columns={columns}
			height={height}
		/>
	);

	test("are as many as fit, the newest at the top", () => {
		const { context } = uiContext({ events: history(40) });
		const drawn = drawnLines(context, home(context, 3));
		expect(drawn.map((line) => line.trimEnd())).toEqual([
			"  04:41:12  node2  r  ! standby_promote  event 39",
			"  04:41:11  node1  r    repmgrd_start    event 38",
			"  04:41:10  node2  r    repmgrd_start    event 37",
		]);
	});

	test("may have no room", () => {
		const { context } = uiContext({ events: history(4) });
		for (const height of [0, -2]) expect(drawnLines(context, home(context, height)).join("")).toBe("");
		const empty = uiContext().context;
		expect(drawnLines(empty, home(empty, 3))).toEqual(["  no events yet"]);
	});
});

describe("an operation's own events", () => {
	const done = {
		...LEFT_OPERATION,
		outcome: "done",
		startedAt: NOW - 30_000,
		endedAt: NOW - 10_000,
	} as const;
	const events = [
		recorded(60, { details: "long before" }),
		recorded(29, { details: "its first" }),
		recorded(20, { details: "its second" }),
		recorded(8, { details: "seen just after" }),
		recorded(1, { details: "later" }),
	];
	const of = (runs: readonly (typeof done)[], keys: readonly string[] = []) => {
		const { context } = eventsScreen(events, { columns: 100, rows: 24 });
		const operationStore = { ...context.operationStore, runs };
		return press({ ...context, operationStore } as UiContext, ...keys);
	};

	test("are one line that says what they belong to", () => {
		expect(eventLines(of([done]))).toEqual([
			expect.stringContaining("long before"),
			expect.stringMatching(/operation +switchover to "node2": done after 20 s, 3 events$/),
			expect.stringMatching(/^▸ .*later/),
		]);
		const home = press(of([done]), "esc");
		expect(bodyLines(home, draw(home)).join("\n")).toMatch(/later\n.*3 events\n.*long before/);
	});

	test("are shown by Enter, and folded again by a second Enter", () => {
		const opened = of([done], ["up", "enter"]);
		expect(
			eventLines(opened).map((line) => /(before|first|second|after|later|events)$/.exec(line)?.[1]),
		).toEqual(["before", "events", "first", "second", "after", "later"]);
		expect(selectedOf(opened)).toContain("3 events");
		expect(eventLines(press(opened, "enter"))).toHaveLength(3);
	});

	test("are shown one by one by a filter", () => {
		expect(eventLines(of([done], ["/", ..."its", "enter"]))).toHaveLength(2);
	});

	test("are not folded of an interrupted operation, whose end is not known", () => {
		expect(eventLines(of([{ ...done, endedAt: null } as never]))).toHaveLength(5);
	});

	test("do not hide a failure, nor a change of the primary that is not their work", () => {
		const log = [
			consoleEntry(NOW + 1000, 1, "upstream", null, "node1 → node2"),
			consoleEntry(NOW + 2000, 2, "STANDBY_DOWN", false, "standby is down"),
			consoleEntry(NOW + 3000, 1, "status", false, "running → stopped"),
			consoleEntry(NOW + 4000, 2, "role", false, "standby → primary"),
			...["standby_promote", "repmgrd_failover_promote", "standby_switchover"].map((event) => ({
				...consoleEntry(NOW + 5000, 2, event, true, ""),
				source: "repmgr" as const,
			})),
		];
		const foldedBy = (kind: string) =>
			foldedEvents(
				log,
				operationTimes({ run: null, runs: [{ ...done, kind, startedAt: NOW, endedAt: NOW + 9000 }] }),
				[],
			).map(({ event }) => event);
		expect(foldedBy("switchover")).toEqual(["operation", "STANDBY_DOWN", "status"]);
		expect(foldedBy("clone")).toEqual(["operation", ...log.slice(1).map(({ event }) => event)]);
	});

	test("are folded from the last resumption on, since nobody was there before", () => {
		const resumed = { ...done, resumedAt: NOW - 25_000 };
		expect(eventLines(of([resumed]))).toHaveLength(4);
		const plan = { intent: { kind: "resume" }, title: "clone" } as Plan;
		const run = { ...done, plan, outcome: "running", steps: [{ startedAt: null }, { startedAt: NOW }] };
		const [time] = operationTimes({ run: run as unknown as RunState, runs: null });
		expect(time?.from).toBe(NOW);
	});
});
