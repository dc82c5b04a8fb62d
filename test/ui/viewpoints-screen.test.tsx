import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { UiContext } from "../../src/ui/context.ts";
import { ViewpointsScreen } from "../../src/ui/screens/viewpoints-screen.tsx";
import { bodyLines, drawnLines, press, SIZES, uiContext } from "../support/ui-context.tsx";
import { type Changes, type Circumstances, worldOf } from "../support/worlds.ts";

const body = (context: UiContext) => <ViewpointsScreen context={context} />;
const lines = (context: UiContext) => bodyLines(context, body(context));

function opened(changes: Changes = {}, size = {}, circumstances: Circumstances = {}): UiContext {
	const { context } = uiContext(size);
	const { snapshot } = worldOf(changes, circumstances);
	return press({ ...context, data: { ...context.data, snapshot } }, "w");
}

const MANY = { ids: Array.from({ length: 40 }, (_, position) => position + 1) };
const ONE_DIFFERS: Changes = { 4: { ownCopy: { 3: { priority: 7 } } } };

describe("at every size, with 4, 12 and 40 nodes", () => {
	const cases = SIZES.flatMap((size) => [4, 12, 40].map((nodes) => ({ ...size, nodes })));
	test.each(cases)("$columns×$rows, $nodes nodes: fits, wherever one goes", ({ nodes, ...size }) => {
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
	test("healthy: all columns are there, and that all agree", () => {
		const drawn = lines(opened());
		expect(drawn[0]).toMatch(/─ VIEWPOINTS ─+ all agree, rows 1 to 14 of 20 ─$/);
		expect(drawn[1]).toMatch(/^ +seen +node1 +node2 +node3 +node4$/);
		expect(drawn[2]).toMatch(/^ +now +now +now +now$/);
		expect(drawn[3]).toMatch(/^▸ primary +node1 +node1 +node1 +node1 +node1$/);
	});

	test("who differs comes first, marked, with what it is held against", () => {
		const drawn = lines(opened(ONE_DIFFERS));
		expect(drawn[0]).toContain("≠ in 1 row,");
		expect(drawn[1]).toMatch(/^ +seen +node4 +node1 +node2 +node3$/);
		expect(drawn[3]).toMatch(/^▸ priority of node3 +100 +≠ 7 +100 +100 +100$/);
		expect(drawn.slice(-3)).toEqual([
			"  priority of node3, by node4: 7",
			"  ≠ what is seen, else registered on the primary: 100",
			"  its copy of repmgr.nodes: read now, the same since 04:31:12 UTC",
		]);
	});
});

describe("moving", () => {
	const detail = (context: UiContext, ...keys: readonly string[]) => lines(press(context, ...keys)).at(-3);

	test("by rows and columns; the selection holds the question and who says it, not their places", () => {
		expect(detail(opened(), "down", "right")).toBe("  its own upstream, by node2: node1");
		expect(detail(opened(), "end", "j", "right", "right", "right", "right", "l")).toBe(
			"  priority of node4, by node4: 0",
		);
		const selected = press(opened(), "down", "right");
		const changed = { ...selected, data: { ...selected.data, snapshot: worldOf(ONE_DIFFERS).snapshot } };
		expect(lines(changed).at(-3)).toBe("  its own upstream, by node2: node1");
	});

	test("to what is seen, and from there back", () => {
		const seen = press(opened(), "left");
		expect(lines(seen).join("\n")).toContain("primary, as this console sees it: node1");
		expect(press(seen, "left").ui.message?.text).toBe("left: this is the first column; esc goes back");
		expect(press(seen, "esc").ui.screens).toHaveLength(1);
	});

	test("of 40 nodes the last is found to the right", () => {
		const context = opened({}, {}, MANY);
		const far = press(context, ...Array(50).fill("right"));
		expect(lines(far)[1]).toMatch(/node40$/);
		expect(lines(far)[1]).toMatch(/^ +seen +/);
		expect(lines(far).at(-3)).toContain("by node40:");
		expect(lines(far)[0]).toMatch(/35 of 41 columns hidden ─$/);
	});
});

describe("narrowing", () => {
	test("only what differs", () => {
		expect(lines(press(opened(ONE_DIFFERS), "!")).filter((line) => / of node\d/.test(line))).toHaveLength(2);
		expect(lines(press(opened(), "!")).join("\n")).toContain("all nodes believe what is seen");
	});

	test("by a filter", () => {
		const filtered = press(opened(), "/", ..."^type", "enter");
		expect(lines(filtered)[3]).toMatch(/^▸ type of node1/);
		expect(lines(filtered)[0]).toContain("filter ^type");
		expect(lines(press(opened(), "/", ..."nothing", "enter")).join("\n")).toContain("nothing matches");
	});
});

test("from the screen of a node, too, and as a command", () => {
	const { context } = uiContext();
	expect(press(context, "enter", "w").ui.screens.at(-1)?.screen).toBe("viewpoints");
	expect(press(context, ":", ..."view", "enter").ui.screens.at(-1)?.screen).toBe("viewpoints");
});
