import { describe, expect, test } from "vitest";
import type { UiContext } from "../../../src/ui/context.ts";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import {
	good,
	NOW,
	primaryReading,
	receiver,
	repmgrd,
	sender,
	standbyReading,
} from "../../support/records.ts";
import { bodyLines, click, draw, press, SIZES, uiContext } from "../../support/ui-context.tsx";

type Given = ReturnType<typeof uiContext>;

/** Replay of node2 is paused; repmgrd of node3 is not running. */
function troubled(
	size: { readonly columns: number; readonly rows: number } = { columns: 80, rows: 24 },
): Given {
	const given = uiContext(size);
	given.store.receive([
		{
			nodeId: 1,
			of: "server",
			observation: good(
				primaryReading({
					walSenders: [sender(11, { applicationName: "node2" }), sender(12, { applicationName: "node3" })],
				}),
			),
		},
		{
			nodeId: 2,
			of: "server",
			observation: good(
				standbyReading({ replayPaused: true, walReceiver: receiver({ senderHost: "node1" }) }),
			),
		},
		{
			nodeId: 3,
			of: "server",
			observation: good(
				standbyReading({
					walReceiver: receiver({ senderHost: "node1" }),
					repmgrd: repmgrd({ running: false, pid: 77 }),
				}),
			),
		},
	]);
	given.store.tick(NOW + 60_000);
	return { ...given, context: now(given) };
}

const now = ({ store, context }: Given, ui = context.ui): UiContext => ({
	...context,
	ui,
	data: store.getState(),
});
const list = (context: UiContext) => bodyLines(context, draw(context));
const one = (context: UiContext) => bodyLines(context, draw(context));
const home = (context: UiContext) => bodyLines(context, draw(context));
const codes = (context: UiContext) => context.data.snapshot.findings.map(({ code }) => code);

describe("the home screen", () => {
	test("begins with the worst finding, in full and with what to do; the others follow, the nodes below", () => {
		const lines = home(troubled().context);
		expect(lines[0]).toMatch(/^▸ ! {2}WAL replay is paused on standby "node2" +WAL_REPLAY_PAUSED/);
		expect(lines[1]).toMatch(/^ {5}DO {2}\S/);
		const other = lines.findIndex((line) =>
			/^ {2}! {2}repmgrd is not running .*REPMGRD_NOT_RUNNING/.test(line),
		);
		expect(other).toBeGreaterThan(1);
		expect(lines.findIndex((line) => /^ {2}ID {2}NODE/.test(line))).toBeGreaterThan(other);
	});

	test("has the cursor on it: Enter opens it, and Esc goes back", () => {
		const { context } = troubled();
		const opened = press(context, "enter");
		expect(one(opened)[0]).toMatch(/^─ FINDING ─/);
		expect(one(opened)[1]).toContain(" WAL_REPLAY_PAUSED ");
		expect(currentScreen(press(opened, "esc").ui).screen).toBe("topology");
	});

	test("moves within the list that the cursor is in; tab goes to the other one", () => {
		const { context } = troubled();
		const marked = (pressed: UiContext) => home(pressed).filter((line) => /^[▸·]/.test(line));
		expect(marked(context)).toEqual([
			expect.stringMatching(/^▸ ! .*WAL_REPLAY_PAUSED/),
			expect.stringMatching(/^· .*node1/),
		]);
		const down = press(context, "down");
		expect(marked(down)[0]).toMatch(/^▸ ! .*REPMGRD_NOT_RUNNING/);
		const nodes = press(down, "tab");
		expect(marked(nodes)).toEqual([expect.stringMatching(/^▸ .*node1/)]);
		const node2 = press(nodes, "j");
		expect(currentScreen(press(node2, "enter").ui)).toMatchObject({ screen: "node", nodeId: 2 });
		const back = press(node2, "tab");
		expect(marked(back)).toEqual([expect.stringMatching(/^▸ ! /), expect.stringMatching(/^· .*node2/)]);
	});

	test("has the cursor in the table while there is nothing urgent, and in the minute after the operator went there", () => {
		const { context, store } = troubled();
		const chosen = press(context, "tab");
		const later = (ms: number): UiContext => ({ ...chosen, now: context.now + ms });
		expect(home(later(59_000))[0]).not.toMatch(/^▸/);
		expect(home(later(61_000))[0]).toMatch(/^▸ ! /);
		for (const key of store.getState().findingPeriods.keys()) store.acknowledge(key, "known");
		const known = home({ ...context, data: store.getState() });
		expect(known.find((line) => line.startsWith("▸"))).toContain("node1");
	});

	test("selects by a click in either list, and opens what is selected", () => {
		const { context } = troubled();
		const lines = home(context);
		const second = lines.findIndex((line) => line.includes("REPMGRD_NOT_RUNNING"));
		expect(click(context, 0)).toBe("open");
		expect(click(context, second)).toMatchObject({ screen: { finding: "REPMGRD_NOT_RUNNING 3" } });
		const row = lines.findIndex((line) => /node2 .*streaming/.test(line));
		expect(click(context, row)).toMatchObject({ screen: { nodeId: 2, cursor: { on: "nodes" } } });
	});
});

describe.each(SIZES)("at $columns×$rows", (size) => {
	test("shows the list, and the selected finding in full below it", () => {
		const context = press(troubled(size).context, "v");
		const lines = list(context);
		expect(lines[1]).toMatch(/^▸ ! {2}WAL replay is paused .*WAL_REPLAY_PAUSED/);
		const text = lines.join("\n");
		for (const heading of ["WHAT TO DO", "EVIDENCE", "pg_wal_replay_resume"]) expect(text).toContain(heading);
		for (const line of lines) expect([...line].length).toBeLessThanOrEqual(size.columns);
	});
});

test("selects by j, opens by Enter, and goes back by Esc", () => {
	const context = press(troubled().context, "v", "j");
	const second = codes(context)[1];
	expect(list(context)[2]).toContain(`▸ `);
	const opened = press(context, "enter");
	expect(one(opened)[0]).toMatch(/^─ FINDING ─/);
	expect(one(opened)[1]).toContain(` ${second} `);
	expect(currentScreen(press(opened, "esc").ui).screen).toBe("findings");
});

test("says that a finding is over", () => {
	const given = troubled();
	const opened = press(given.context, "v", "enter");
	given.store.receive([
		{
			nodeId: 2,
			of: "server",
			observation: good(standbyReading({ walReceiver: receiver({ senderHost: "node1" }) }), NOW + 61_000),
		},
	]);
	given.store.tick(NOW + 62_000);
	expect(one(now(given, opened.ui)).join("\n")).toMatch(
		/resolved at 04:42:14 UTC, over after .*WAL replay is paused/,
	);
});

test("copies the command quoted for a shell by y", () => {
	const given = troubled();
	press(given.context, "v", "y");
	expect(given.copied).toEqual([
		expect.stringMatching(/^psql -p 5432 -d postgres -c 'SELECT pg_wal_replay_resume\(\)'$/),
	]);
});

test("copies by Enter, too, and says where to run the command", () => {
	const given = troubled();
	const opened = press(given.context, "v", "enter", "enter");
	expect(given.copied).toHaveLength(1);
	expect(opened.ui.message?.text).toMatch(/^copied, to be run on node2 as postgres: psql /);
});

describe("acknowledging", () => {
	const acknowledged = (given: Given) => {
		const { ui } = press(given.context, "v", "a", ..."Anna knows", "enter");
		return now(given, ui);
	};

	test("dims the finding and shows the note", () => {
		const context = acknowledged(troubled());
		expect(list(context)[1]).toMatch(/^▸ ✓ {2}WAL replay is paused .*WAL_REPLAY_PAUSED/);
		expect(list(context).join("\n")).toContain("acknowledged at 04:42:12 UTC: Anna knows");
		expect(home(press(context, "esc")).join("\n")).toMatch(/✓ {2}WAL replay is paused .*WAL_REPLAY_PAUSED/);
	});

	test("is undone by a second a", () => {
		const given = troubled();
		const context = press(acknowledged(given), "a");
		expect(context.ui.message?.text).toBe("no longer acknowledged: WAL_REPLAY_PAUSED");
		expect(list(now(given, context.ui))[1]).toMatch(/^▸ ! {2}WAL replay is paused .*WAL_REPLAY_PAUSED/);
	});

	test("is cancelled by Esc", () => {
		const given = troubled();
		const { ui } = press(given.context, "v", "a", "x", "esc");
		expect(list(now(given, ui))[1]).toMatch(/^▸ ! {2}WAL replay is paused .*WAL_REPLAY_PAUSED/);
	});
});

test("says that there are no findings, and disables acknowledging", () => {
	const { context } = uiContext();
	const opened = press(
		{ ...context, data: { ...context.data, snapshot: { ...context.data.snapshot, findings: [] } } },
		"v",
	);
	expect(list(opened)[1]).toBe("  no findings");
	expect(press(opened, "a").ui.message?.text).toBe("acknowledge: there is no finding");
});
