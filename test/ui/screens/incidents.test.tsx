import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/model/intent.ts";
import type { UiContext } from "../../../src/ui/context.ts";
import { currentScreen } from "../../../src/ui/ui-state.ts";
import { INCIDENTS, stateOf } from "../../support/incidents.ts";
import { ALL_SIZES, bodyLines, draw, press, uiContext } from "../../support/ui-context.tsx";
import { worldOf } from "../../support/worlds.ts";

/** The console as it starts, with this cluster, and what is asked of it. */
function started(
	world = worldOf(),
	size: { readonly columns: number; readonly rows: number } = ALL_SIZES[2],
) {
	const { context, copied } = uiContext(size);
	const asked: Intent[] = [];
	context.session.operationStore.ask = (intent) => asked.push(intent);
	return { context: { ...context, data: stateOf(world) } satisfies UiContext, asked, copied };
}

const screenOf = ({ ui }: UiContext) => currentScreen(ui);
const words = (text: string): string => text.replaceAll(/[│]|\s+/g, " ").replaceAll(/ +/g, " ");

describe.each(Object.entries(INCIDENTS))("%s", (_, world) => {
	test.each(ALL_SIZES)("is named in full on the first screen at $columns×$rows", (size) => {
		const { context } = started(world, size);
		const [worst] = context.data.snapshot.findings;
		const lines = bodyLines(context, draw(context));
		const text = words(
			lines
				.slice(
					0,
					lines.findIndex((line) => line.startsWith("──")),
				)
				.join(" "),
		);
		expect(text).toContain(words(worst?.message ?? "nothing"));
		for (const line of lines) expect([...line].length).toBeLessThanOrEqual(size.columns);
		const shown = lines.filter((line) => /node[1-4] .*(primary|standby|witness)/.test(line));
		expect(shown.length).toBeGreaterThanOrEqual(4);
	});
});

describe("keys from a fresh start", () => {
	/** What Enter, Enter leads to: an intent that is planned, a form, or the command that is copied. */
	test.each([
		["a dead primary, failover paused", { kind: "start", nodeId: 1 }],
		["the old primary is down after a failover", { kind: "rejoin", nodeId: 1 }],
		["a dead standby", { kind: "start", nodeId: 2 }],
		["a standby without upstream", { kind: "follow", nodeId: 2, upstreamNodeId: 1 }],
		["repmgrd is not running", { kind: "repmgrd-start", nodeId: 2 }],
		["repmgrd is paused", { kind: "unpause" }],
		["a dead witness", { kind: "start", nodeId: 4 }],
		["a witness under a former primary", { kind: "register", nodeId: 4 }],
		["a standby registered under another upstream", { kind: "register", nodeId: 3 }],
	])("2 to the plan: %s", (name, intent) => {
		const { context, asked } = started(INCIDENTS[name]);
		expect(bodyLines(context, draw(context)).join("\n")).toContain(
			`PRESS  enter twice for the plan (${intent.kind})`,
		);
		expect(screenOf(press(context, "enter", "enter")).screen).toBe("plan");
		expect(asked).toMatchObject([intent]);
	});

	test("2 to the form of a split brain, which asks what can't be decided from here", () => {
		const { context } = started(INCIDENTS["a split brain"]);
		expect(screenOf(press(context, "enter", "enter"))).toMatchObject({ screen: "wizard", kind: "fence" });
	});

	test("3 to the plan of a switchover to a standby", () => {
		const { context, asked } = started();
		expect(screenOf(press(context, "down", "s", "enter")).screen).toBe("plan");
		expect(asked).toMatchObject([{ kind: "switchover", nodeId: 2 }]);
	});

	test.each([
		["all is well", worldOf(), ["P"]],
		["the cursor is on a finding", INCIDENTS["a dead standby"], ["tab", "P"]],
	] as const)("at most 2 to psql on the primary: %s", (_, world, keys) => {
		const { context } = started(world);
		const opened: unknown[] = [];
		press({ ...context, openProgram: (...what) => opened.push(what) }, ...keys);
		expect(opened).toEqual([["psql", 1]]);
	});

	test.each([
		["e", "events"],
		["T", "timelines"],
		["R", "runs"],
	])("1 to what happened last night: %s", (key, screen) => {
		const { context } = started();
		const session = { ...context.session, readTimelines: () => new Promise<never>(() => {}) };
		expect(screenOf(press({ ...context, session }, key)).screen).toBe(screen);
	});
});
