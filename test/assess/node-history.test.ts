import { describe, expect, test } from "vitest";
import { type NodeHistory, recordPeriods } from "../../src/assess/node-history.ts";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import {
	byId,
	failed,
	good,
	NOW,
	nodeState,
	primaryReading,
	read,
	registration,
	repmgrd,
} from "../support/records.ts";

/** One state after the other, a second apart. */
function watch(...states: readonly NodeState[]): NodeHistory {
	return states.reduce<NodeHistory>(
		(history, state, index) =>
			recordPeriods(history, takeSnapshot("prod", byId(state), [], NOW + 1000 * index)),
		new Map(),
	);
}

const well = read(1, primaryReading());
const silent = nodeState(registration(1), { server: [failed()] });
const pausing = (paused: boolean | null) => read(1, primaryReading({ repmgrd: repmgrd({ paused }) }));

test("begins a period when the status changes, with the WAL position", () => {
	expect(
		watch(well, silent, silent, read(1, primaryReading({ currentLsn: "0/6000000" }))).get(1),
	).toMatchObject([
		{ since: NOW, status: "running", role: "primary", currentLsn: "0/5000000" },
		{ since: NOW + 1000, status: "unreachable", role: "primary", currentLsn: null },
		{ since: NOW + 3000, status: "running", role: "primary", currentLsn: "0/6000000" },
	]);
});

test("returns the same value when nothing changed", () => {
	const history = watch(well);
	expect(recordPeriods(history, takeSnapshot("prod", byId(well), [], NOW + 9000))).toBe(history);
	const paused = watch(pausing(true));
	expect(recordPeriods(paused, takeSnapshot("prod", byId(pausing(true)), [], NOW + 9000))).toBe(paused);
});

test("drops a node that is no longer registered", () => {
	const other = read(2, primaryReading());
	expect([...recordPeriods(watch(well), takeSnapshot("prod", byId(other), [], NOW)).keys()]).toEqual([2]);
});

describe("a pause of repmgrd", () => {
	const pauseAfter = (...states: readonly NodeState[]) =>
		watch(...states)
			.get(1)
			?.at(-1)?.pause;

	test.each([
		["there at the first look: began then or earlier", [pausing(true)], { since: NOW, isExact: false }],
		["seen to begin", [pausing(false), pausing(true), pausing(true)], { since: NOW + 1000, isExact: true }],
		["over", [pausing(true), pausing(false)], null],
		["begun again", [pausing(true), pausing(false), pausing(true)], { since: NOW + 2000, isExact: true }],
		[
			"kept while it can't be read",
			[pausing(false), pausing(true), silent],
			{ since: NOW + 1000, isExact: true },
		],
		["kept across a period", [pausing(true), silent, pausing(true)], { since: NOW, isExact: false }],
		["begun while it could not be read", [silent, pausing(true)], { since: NOW + 1000, isExact: false }],
		["not known", [pausing(null)], undefined],
	])("%s", (_, states, expected) => {
		expect(pauseAfter(...states)).toEqual(expected);
	});

	test("begins no new period", () => {
		const periods = watch(pausing(false), pausing(true)).get(1);
		expect(periods).toMatchObject([{ since: NOW, status: "running" }]);
	});
});

test("a good reading after it is current", () => {
	const back = nodeState(registration(1), { server: [failed(), good(primaryReading())] });
	expect(
		watch(silent, back)
			.get(1)
			?.map(({ status }) => status),
	).toEqual(["unreachable", "running"]);
});
