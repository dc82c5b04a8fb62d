import stringWidth from "string-width";
import { describe, expect, test, vi } from "vitest";
import { beginCrosscheck, type Crosscheck } from "../../../src/model/crosscheck.ts";
import type { UiContext } from "../../../src/ui/context.ts";
import { crosscheckOf, link } from "../../support/crosschecks.ts";
import { NOW } from "../../support/records.ts";
import { renderAt } from "../../support/render-at.tsx";
import { ALL_SIZES, bodyLines, draw, drawnLines, press, uiContext } from "../../support/ui-context.tsx";
import { type Changes, type Circumstances, worldOf } from "../../support/worlds.ts";

const body = (context: UiContext) => draw(context);
const lines = (context: UiContext) => bodyLines(context, body(context));

function opened(changes: Changes = {}, size = {}, circumstances: Circumstances = {}): UiContext {
	const { context } = uiContext(size);
	const { snapshot } = worldOf(changes, circumstances);
	return press({ ...context, data: { ...context.data, snapshot } }, "w");
}

const MANY = { ids: Array.from({ length: 40 }, (_, position) => position + 1) };
const ONE_DIFFERS: Changes = { 4: { ownCopy: { 3: { priority: 7 } } } };

describe("at every size, with 4, 12 and 40 nodes", () => {
	const cases = ALL_SIZES.flatMap((size) => [4, 12, 40].map((nodes) => ({ ...size, nodes })));
	test.each(cases)("$columns×$rows, $nodes nodes: fits in every position", ({ nodes, ...size }) => {
		const context = opened(ONE_DIFFERS, size, { ids: MANY.ids.slice(0, nodes) });
		const far = Array(nodes).fill("right");
		for (const shown of [
			context,
			press(context, "end"),
			press(context, ...far),
			press(context, "end", ...far),
		]) {
			const drawn = drawnLines(shown, body(shown));
			expect(drawn.length).toBeLessThanOrEqual(shown.bodyRows);
			for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(size.columns);
			expect(drawn.filter((line) => line.startsWith("▸"))).toHaveLength(1);
		}
	});
});

describe("80×24, four nodes", () => {
	test("shows all columns of a healthy cluster, and that all agree", () => {
		const drawn = lines(opened());
		expect(drawn[0]).toMatch(/─ VIEWPOINTS ─+ all agree, rows 1–14 of 20 ─$/);
		expect(drawn[1]).toMatch(/^ +seen +node1 +node2 +node3 +node4$/);
		expect(drawn[2]).toMatch(/^ +now +now +now +now$/);
		expect(drawn[3]).toMatch(/^▸ primary +node1 +node1 +node1 +node1 +node1$/);
	});

	test("has differences first, marked, with the expected value", () => {
		const drawn = lines(opened(ONE_DIFFERS));
		expect(drawn[0]).toContain("≠ in 1 row,");
		expect(drawn[1]).toMatch(/^ +seen +node4 +node1 +node2 +node3$/);
		expect(drawn[3]).toMatch(/^▸ priority of node3 +100 +≠ 7 +100 +100 +100$/);
		expect(drawn.slice(-3)).toEqual([
			"  priority of node3, by node4: 7",
			"  ≠ expected (observed, else registered on the primary): 100",
			"  its copy of repmgr.nodes: read now, the same since 04:31:12 UTC",
		]);
	});
});

test("selects the first difference", () => {
	const two: Changes = { 2: { ownCopy: { 3: { priority: 7 } } }, 4: { ownCopy: { 2: { type: "primary" } } } };
	const drawn = lines(opened(two));
	expect(drawn[1]).toMatch(/^ +seen +node2 +node4 +node1/);
	expect(drawn.join("\n")).toContain("  primary, by node4: node1 + node2\n  ≠ expected");
});

describe("moving", () => {
	const detail = (context: UiContext, ...keys: readonly string[]) => lines(press(context, ...keys)).at(-3);

	test("goes by rows and columns, and keeps its cell when rows move", () => {
		expect(detail(opened(), "down", "right")).toBe("  its own upstream, by node2: node1");
		expect(detail(opened(), "end", "j", "right", "right", "right", "right", "l")).toBe(
			"  priority of node4, by node4: 0",
		);
		const selected = press(opened(), "down", "right");
		const changed = { ...selected, data: { ...selected.data, snapshot: worldOf(ONE_DIFFERS).snapshot } };
		expect(lines(changed).at(-3)).toBe("  its own upstream, by node2: node1");
	});

	test("goes to the observed state and back", () => {
		const seen = press(opened(), "left");
		expect(lines(seen).join("\n")).toContain("primary, as seen by this console: node1");
		expect(press(seen, "left").ui.message?.text).toBe("left: this is the first column; esc goes back");
		expect(press(seen, "esc").ui.screens).toHaveLength(1);
	});

	test("scrolls to the last of 40 nodes", () => {
		const context = opened({}, {}, MANY);
		const far = press(context, ...Array(50).fill("right"));
		expect(lines(far)[1]).toMatch(/node40$/);
		expect(lines(far)[1]).toMatch(/^ +seen +/);
		expect(lines(far).at(-3)).toContain("by node40:");
		expect(lines(far)[0]).toMatch(/columns 36–40 of 40 ─$/);
	});
});

describe("filters", () => {
	test("show only differences", () => {
		expect(lines(press(opened(ONE_DIFFERS), "!")).filter((line) => / of node\d/.test(line))).toHaveLength(2);
		expect(lines(press(opened(), "!")).join("\n")).toContain("all nodes agree with the observed state");
	});

	test("by a filter", () => {
		const filtered = press(opened(), "/", ..."^type", "enter");
		expect(lines(filtered)[3]).toMatch(/^▸ type of node1/);
		expect(lines(filtered)[0]).toContain("filter ^type");
		expect(lines(press(opened(), "/", ..."nothing", "enter")).join("\n")).toContain("nothing matches");
	});
});

test("is opened from a node's screen and by its command, too", () => {
	const { context } = uiContext();
	expect(press(context, "enter", "w").ui.screens.at(-1)?.screen).toBe("viewpoints");
	expect(press(context, ":", ..."view", "enter").ui.screens.at(-1)?.screen).toBe("viewpoints");
});

describe("connections", () => {
	/** What stands below the second rule. */
	const detailOf = (context: UiContext) => {
		const drawn = lines(context);
		return drawn.slice(drawn.findLastIndex((line) => /^─+$/.test(line)) + 1).filter((line) => line !== "");
	};
	const nodes = (count: number) => MANY.ids.slice(0, count);

	/** The screen with this crosscheck in the store, and what keys asked of the session. */
	function connections(
		crosscheck: Crosscheck | null,
		{ size = {}, sshOff = null as string | null, count = 4 } = {},
	) {
		const asked: string[] = [];
		const left: string[] = [];
		const context = opened({}, size, { ids: nodes(count) });
		const session: UiContext["session"] = {
			...context.session,
			crosscheck: async () => void asked.push("crosscheck"),
			cancelCrosscheck: () => void left.push("cancel"),
		};
		const copied: string[] = [];
		const store = { ...session.store, getState: () => ({ ...session.store.getState(), crosscheck }) };
		const shown: UiContext = {
			...context,
			session: { ...session, store },
			data: { ...context.data, crosscheck, sshOff },
			copy: (text) => copied.push(text),
		};
		return { context: press(shown, "tab"), asked, left, copied };
	}

	test.each(ALL_SIZES.flatMap((size) => [4, 12, 40].map((count) => ({ ...size, count }))))(
		"$columns×$rows, $count nodes: fits in every position",
		({ count, ...size }) => {
			const long = { lines: Array(30).fill("said ".repeat(60)), command: Array(60).fill("word") };
			const broken = { "2 3": [link("sql", 3, "failed", long)] };
			const { context } = connections(crosscheckOf(nodes(count), { broken }), { size, count });
			const far = Array(count).fill("right");
			for (const shown of [context, press(context, "end"), press(context, ...far)]) {
				const drawn = drawnLines(shown, body(shown));
				expect(drawn.length).toBeLessThanOrEqual(shown.bodyRows);
				for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(size.columns);
				expect(drawn.filter((line) => line.startsWith("▸"))).toHaveLength(1);
			}
		},
	);

	test("explain c before the first crosscheck, and c starts one", () => {
		const { context, asked } = connections(null);
		expect(lines(context)[0]).toMatch(/─ CONNECTIONS ─+ not tried yet ─$/);
		expect(lines(context)[1]).toMatch(/^ {2}c makes every host try SQL and SSH to all nodes/);
		press(context, "c");
		expect(asked).toEqual(["crosscheck"]);
	});

	test("are shown by c from the other matrix", () => {
		const { context, asked } = connections(null);
		const checked = press(context, "tab", "c");
		expect(asked).toEqual(["crosscheck"]);
		expect(lines(checked)[0]).toContain("CONNECTIONS");
	});

	test("show progress, and start no second crosscheck", () => {
		const { context, asked } = connections(beginCrosscheck([1, 2, 3, 4], NOW));
		expect(lines(context)[0]).toMatch(/ 0 of 4 hosts done, esc cancels ─$/);
		expect(lines(context)[2]).toMatch(/^▸ SQL from node1 +· +· +· +·$/);
		expect(press(context, "c").ui.message?.text).toBe(
			"crosscheck: it is running; leaving the screen cancels it",
		);
		expect(asked).toEqual([]);
	});

	test("keep the order while results arrive, and have failures first afterwards", () => {
		const over = crosscheckOf([1, 2, 3, 4], {
			broken: { "3 4": [link("ssh", 4, "failed", { word: "denied" })] },
		});
		expect(lines(connections({ ...over, endedAt: null }).context)[2]).toMatch(/^▸ SQL from node1/);
		const drawn = lines(connections(over).context);
		expect(drawn[0]).toMatch(/ 4 s ago: 1 of 28 fail ─$/);
		expect(drawn[1]).toMatch(/^ +node4 +node1 +node2 +node3$/);
		expect(drawn[2]).toMatch(/^▸ SSH from node3 +denied +ok +ok +–$/);
	});

	test("show output and command of the selected cell, and y copies the command", () => {
		const said = {
			word: "password",
			lines: ['FATAL:  no "x"'],
			command: ["psql", "-d", "host=node4 user=x"],
		};
		const broken = { "3 4": [link("sql", 4, "failed", said)] };
		const { context, copied } = connections(crosscheckOf([1, 2, 3, 4], { broken }));
		expect(detailOf(context)).toEqual([
			"  node3 to node4 by SQL: password (0.0 s)",
			'  FATAL:  no "x"',
			"  on node3: psql -d 'host=node4 user=x'",
		]);
		expect(press(context, "y").ui.message?.text).toBe("copied: psql -d 'host=node4 user=x'");
		expect(copied).toEqual(["psql -d 'host=node4 user=x'"]);
	});

	test("give the reason why a host can't be asked, and no command", () => {
		const { context } = connections(crosscheckOf([1, 2], { silent: [2] }), { count: 2 });
		const there = press(context, "down");
		expect(lines(there).join("\n")).toContain("node2 to node1 by SQL: its host can't be asked: no answer");
		expect(press(there, "y").ui.message?.text).toMatch(/^copy command: there is no command for this/);
		expect(press(context, "tab", "y").ui.message?.text).toMatch(/^copy command: /);
	});

	test("report a cancelled crosscheck without results", () => {
		const begun = { ...beginCrosscheck([1, 2], NOW - 9000), endedAt: NOW - 5000, isCancelled: true };
		expect(lines(connections(begun).context)[0]).toContain("cancelled 5 s ago: nothing known");
	});

	test("show only failures", () => {
		const broken = { "1 2": [link("sql", 2, "failed")] };
		const { context } = connections(crosscheckOf([1, 2, 3, 4], { broken }));
		expect(lines(press(context, "!")).filter((line) => / from node\d/.test(line))).toHaveLength(1);
		const well = connections(crosscheckOf([1, 2, 3, 4])).context;
		expect(lines(press(well, "!")).join("\n")).toContain("all connections that were tried work");
	});

	test("are disabled without SSH", () => {
		const { context } = connections(null, { sshOff: "SSH is off" });
		expect(lines(context)[1]).toBe("  SSH is off");
		expect(press(context, "c").ui.message).toMatchObject({ text: "crosscheck: SSH is off", isProblem: true });
	});

	test("are cancelled when the screen is left", async () => {
		const { context, left } = connections(beginCrosscheck([1, 2], NOW));
		const screen = await renderAt(body(context), { columns: 80, rows: 24 });
		expect(left).toEqual([]);
		screen.unmount();
		await vi.waitFor(() => expect(left).toEqual(["cancel"]));
	});
});
