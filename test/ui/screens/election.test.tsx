import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { UiContext } from "../../../src/ui/context.ts";
import { runCommand } from "../../../src/ui/prompt/commands.ts";
import { ALL_SIZES, bodyLines, draw, drawnLines, press, uiContext } from "../../support/ui-context.tsx";
import { type Changes, type Circumstances, foreseen } from "../../support/worlds.ts";

const body = (context: UiContext) => draw(context);

function opened(changes: Changes = {}, size = {}, circumstances: Circumstances = {}): UiContext {
	const { context } = uiContext(size);
	return press({ ...context, data: { ...context.data, snapshot: foreseen(changes, circumstances) } }, "i");
}

const SILENT = { fault: { kind: "unreachable" as const } };

describe("at every size, with 4 and 40 nodes", () => {
	const cases = ALL_SIZES.flatMap((size) => [4, 40].map((nodes) => ({ ...size, nodes })));
	test.each(cases)("$columns×$rows, $nodes nodes: fits in every position", ({ nodes, ...size }) => {
		const ids = Array.from({ length: nodes }, (_, position) => position + 1);
		const context = opened({ 3: { ...SILENT, registered: { nodeName: "東京".repeat(30) } } }, size, { ids });
		for (const shown of [context, press(context, "pagedown"), press(context, "end")]) {
			const drawn = drawnLines(shown, body(shown));
			expect(drawn.length).toBeLessThanOrEqual(shown.bodyRows);
			for (const line of drawn) expect(stringWidth(line)).toBeLessThanOrEqual(size.columns);
		}
	});
});

test("80×24: shows the verdict and the ranking first, and wraps sentences", () => {
	const context = opened({ 3: { registered: { priority: 90, active: false } } });
	expect(bodyLines(context, body(context)).slice(0, 12)).toEqual([
		"─ FAILOVER FORECAST ────────────────────────────────────── lines 1 to 20 of 33 ─",
		" WARNING",
		'   if "node1" fails now, repmgrd promotes "node2"',
		"",
		"   RANK  NODE   TYPE     PRIORITY  LOCATION  RECEIVED   THEN",
		"   1     node2  standby  100       default   0/5000000  is promoted",
		"   –     node3  standby  90        default   0/5000000  is not notified: it is",
		"                                                        registered as inactive",
		'   –     node4  witness  0         default   –          follows "node2"',
		"",
		"   RESERVATIONS",
		'   "node3" is not notified: it is registered as inactive',
	]);
});

test("says that there is no primary", () => {
	const context = opened({ 1: SILENT });
	expect(bodyLines(context, body(context)).slice(1, 4)).toEqual([
		" UNKNOWN",
		"   there is no single primary: no primary is seen; node1 unreachable; 2 of 2",
		"   standbys stream",
	]);
});

test("says that there is no forecast in the first second", () => {
	const { context } = uiContext();
	const snapshot = { ...foreseen(), forecast: null };
	const early = press({ ...context, data: { ...context.data, snapshot } }, "i");
	expect(bodyLines(early, body(early)).slice(1, 3)).toEqual([" UNKNOWN", "   not forecast yet"]);
});

test("is opened by i and :failover, left by esc, and kept up to date", () => {
	const context = opened();
	expect(context.ui.screens.map(({ screen }) => screen)).toEqual(["topology", "election"]);
	expect(runCommand(context, "fail")).toEqual({ event: "open", screen: { screen: "election", offset: 0 } });
	expect(press(context, "esc").ui.screens).toHaveLength(1);
	const now = { ...context, data: { ...context.data, snapshot: foreseen({ 2: SILENT }) } };
	expect(bodyLines(now, body(now))[2]).toContain('promotes "node3"');
});

test("stops scrolling at the last line", () => {
	const bottom = press(opened(), "end", "down");
	expect(bodyLines(bottom, body(bottom))[0]).toMatch(/lines (\d+) to (\d+) of \2 ─$/);
});
