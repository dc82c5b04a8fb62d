import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { composePractice, listScenarios } from "../../src/app/practice.ts";
import type { Intent } from "../../src/model/intent.ts";
import { FAULTS } from "../../src/practice/faults.ts";
import { SCENARIOS } from "../../src/practice/scenarios/index.ts";
import { settled } from "../support/fake-cluster.ts";
import { PracticeConsole } from "../support/practice.ts";
import { NOW } from "../support/records.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	vi.useRealTimers();
});

const REJOIN: Intent = { kind: "rejoin", nodeId: 1, forceRewind: true, stopFirst: false };
const PROMOTE: Intent = { kind: "promote", nodeId: 2, siblingsFollow: true, acceptLesser: false };
const FENCE: Intent = {
	kind: "fence",
	nodeId: 2,
	how: "stop",
	withoutMask: false,
	reason: "it was promoted beside node1",
};

/** A way to the good end: what is waited for, what is done, and what is mended by hand. */
const SOLUTIONS: Readonly<
	Record<string, readonly (Intent | number | readonly [fault: string, nodeId: number])[]>
> = {
	"forgotten-pause": [{ kind: "unpause", reason: "" }],
	"lagging-standby": [30, ["slow-replay", 3]],
	"lost-slot": [15, { kind: "follow", nodeId: 3, upstreamNodeId: 1 }],
	"stale-witness": [{ kind: "repmgrd-start", nodeId: 4 }],
	"dead-primary": [30, REJOIN],
	"dead-primary-manual": [30, PROMOTE, REJOIN],
	"half-done-switchover": [15, { kind: "start", nodeId: 1 }, { kind: "unpause", reason: "" }],
	"full-disk": [30, ["fill-disk", 1], 40, REJOIN],
	"everything-at-once": [
		45,
		PROMOTE,
		REJOIN,
		{ kind: "unpause", reason: "" },
		{ kind: "repmgrd-start", nodeId: 4 },
	],
	"split-brain": [15, FENCE, { ...REJOIN, nodeId: 2 }, { kind: "repmgrd-start", nodeId: 2 }],
};

describe.each(SCENARIOS.filter(({ happens }) => happens.length > 0))(
	"the scenario $name",
	({ name, hints }) => {
		test("is solved by the console's operations, not before, and ends with a debrief", async () => {
			const practice = new PracticeConsole(name);
			await settled(practice.session.firstPicture());
			await practice.seconds(10);
			expect(practice.practice.state().isSolved).toBe(false);
			for (const step of SOLUTIONS[name] ?? []) {
				if (typeof step === "number") await practice.seconds(step);
				else if ("kind" in step) {
					const { outcome, steps } = await practice.operate(step);
					expect(outcome, JSON.stringify(steps.map(({ output }) => output))).toBe("done");
				} else practice.practice.make(step[1], step[0]);
			}
			await practice.seconds(20);
			const { isSolved, debrief } = practice.practice.state();
			expect(isSolved).toBe(true);
			expect(debrief.join("\n")).toMatch(
				/the cluster is well again\n(Writing was possible all the time|Nobody could write for \d+ s)/,
			);
			expect(
				practice.findings().filter((one) => !one.startsWith("notice") && !one.includes("FAILOVER_NOT_READY")),
			).toEqual([]);
			practice.close();
		});

		test("shows its hints one by one", () => {
			const practice = new PracticeConsole(name);
			expect(practice.practice.state().hints).toEqual([]);
			for (const _ of hints) practice.practice.askHint();
			practice.practice.askHint();
			expect(practice.practice.state()).toMatchObject({ hints, hasMoreHints: false });
			practice.close();
		});
	},
);

test("every scenario names faults and nodes that there are, and has a name of its own", () => {
	const named = SCENARIOS.flatMap(({ happens }) => happens);
	expect(named.filter(({ fault }) => !FAULTS.some(({ id }) => id === fault))).toEqual([]);
	expect(named.filter(({ node }) => !/^node[1-4]$/.test(node))).toEqual([]);
	expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
	expect(listScenarios().split("\n")).toHaveLength(SCENARIOS.length);
});

test("twenty times as fast, a failover takes a twentieth of the time", async () => {
	const practice = new PracticeConsole("calm", 20);
	await settled(practice.session.firstPicture());
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(3);
	expect(practice.cluster.node(2).data.isStandby).toBe(false);
	practice.close();
});

test("a name that is no scenario is refused with those that there are", () => {
	const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
	const { problems } = composePractice(client, "split-brian", 1);
	expect(problems?.[0]).toMatchObject({
		message: 'there is no scenario "split-brian"',
		hint: 'Did you mean "split-brain"?',
	});
});

test("nothing is left behind: its directory goes with it", async () => {
	const own = () => readdirSync(tmpdir()).filter((name) => name.startsWith("repmgr-console-practice-"));
	const before = own();
	const practice = new PracticeConsole();
	const made = own().find((name) => !before.includes(name)) ?? "";
	expect(existsSync(`${tmpdir()}/${made}`)).toBe(true);
	practice.close();
	expect(own()).not.toContain(made);
});
