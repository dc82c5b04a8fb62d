import { expect, test } from "vitest";
import { switchoverLeftIncomplete } from "../../src/diagnosis/rules/switchover-left-incomplete.ts";
import { diagnose } from "../support/diagnose.ts";
import { everybodyLostIt, failedOver, refusing, stopped, withRepmgrd } from "../support/reach.ts";
import { NOW } from "../support/records.ts";
import { type Changes, inShort, judge, since, worldOf } from "../support/worlds.ts";

const clean = stopped("shut down");
const before = (seconds: number, old = clean): Changes => ({
	1: old,
	...withRepmgrd(everybodyLostIt(seconds), { paused: true }),
});
const after = (old = clean) => withRepmgrd(failedOver(old), { paused: true });

test.each([
	["the candidate was not promoted", since(30, before(30)), ["critical SWITCHOVER_LEFT_INCOMPLETE 1"]],
	[
		"the same at first sight: pg_control tells since when",
		worldOf(before(30)),
		["critical SWITCHOVER_LEFT_INCOMPLETE 1"],
	],
	[
		"it was promoted, and the old primary not rejoined",
		since(30, after()),
		["warning SWITCHOVER_LEFT_INCOMPLETE 1"],
	],
])("fires: %s", (_, world, expected) => {
	expect(inShort(judge(switchoverLeftIncomplete, world))).toEqual(expected);
});

test("starts the old primary before a promotion, and never after one", () => {
	expect(judge(switchoverLeftIncomplete, since(30, before(30)))[0]?.remedy?.argv).toContain("start");
	const [found] = judge(switchoverLeftIncomplete, since(30, after()));
	expect(found?.remedy?.argv).toEqual([
		"repmgr",
		"-f",
		"/etc/repmgr.conf",
		"node",
		"rejoin",
		"-d",
		"host=node2 user=repmgr dbname=repmgr connect_timeout=2",
		"--force-rewind",
		"--dry-run",
	]);
	expect(found?.doNot).toMatch(/second primary/);
});

test("does not replace NO_PRIMARY, which comes first", () => {
	expect(inShort(diagnose(since(30, before(30))))).toEqual([
		"critical PRIMARY_DOWN 1",
		"critical SWITCHOVER_LEFT_INCOMPLETE 1",
	]);
});

test("explains a paused repmgrd and a node that is down", () => {
	const codes = inShort(diagnose(since(30, after())));
	expect(codes[0]).toBe("warning SWITCHOVER_LEFT_INCOMPLETE 1");
	expect(codes.join()).not.toMatch(/STANDBY_DOWN|REPMGRD_PAUSED|METADATA/);
});

const running = { host: { repmgrCommands: ["standby switchover"] } };

test.each([
	[
		"a switchover goes on: shut down a moment ago",
		since(3, before(3, stopped("shut down", { controlFileAt: NOW - 3000 }))),
	],
	["the same at first sight", worldOf(before(3, stopped("shut down", { controlFileAt: NOW - 3000 })))],
	["a switchover is seen to run", since(30, { ...before(30), 2: { ...before(30)[2], ...running } })],
	["no repmgrd is paused: a failover", since(30, { 1: clean, ...everybodyLostIt(30) })],
	["it crashed", since(30, before(30, stopped("in production")))],
	[
		"a standby is stopped while repmgrd is paused",
		since(30, withRepmgrd({ 2: stopped("shut down in recovery") }, { paused: true }, [3, 4])),
	],
	["without SSH a clean shutdown can't be told (unknown)", since(30, before(30, refusing))],
	["all is well but paused", worldOf(withRepmgrd({}, { paused: true }))],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(switchoverLeftIncomplete, world)).toEqual([]);
});

test("does not fire during a switchover", () => {
	const world = since(3, before(3, stopped("shut down", { controlFileAt: NOW - 3000 })));
	expect(inShort(diagnose(world)).filter((code) => !code.includes("PAUSED"))).toEqual([]);
});
