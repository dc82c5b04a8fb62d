import { expect, test } from "vitest";
import { diagnose } from "../../src/diagnosis/index.ts";
import { noPrimary } from "../../src/diagnosis/rules/no-primary.ts";
import { detached, everybodyLostIt, silent, starting, stopped, withRepmgrd } from "../support/reach.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const inRecovery = {
	server: {
		inRecovery: true,
		currentLsn: null,
		receiveLsn: "0/5000000",
		replayLsn: "0/5000000",
		replayPaused: false,
	},
};
const lost = (seconds: number) => withRepmgrd(everybodyLostIt(seconds), { running: false });

test.each([
	[
		"all are in recovery",
		worldOf({ 1: inRecovery, 2: detached(), 3: detached() }),
		["critical NO_PRIMARY cluster"],
	],
	[
		"those that can be read are",
		worldOf({ 1: inRecovery, 2: detached(), 3: silent }),
		["unknown NO_PRIMARY cluster"],
	],
	["the primary recovers after a crash", since(3, { 1: starting, ...lost(3) }), ["critical NO_PRIMARY 1"]],
	[
		"the primary is shutting down for long, repmgrd paused",
		since(30, {
			1: { fault: { kind: "refused", code: "57P03", message: "the database system is shutting down" } },
			...withRepmgrd({}, { paused: true }),
		}),
		["critical NO_PRIMARY 1"],
	],
])("fires: %s", (_, world, expected) => {
	expect(inShort(judge(noPrimary, world))).toEqual(expected);
});

test("explains the detached standbys", () => {
	const codes = inShort(diagnose(since(60, { 1: inRecovery, 2: detached(60), 3: detached(60) })));
	expect(codes[0]).toBe("critical NO_PRIMARY cluster");
	expect(codes.join()).not.toMatch(/DETACHED|REDUNDANCY/);
});

test.each([
	["it is stopped: PRIMARY_DOWN says so", since(60, { 1: stopped("in production"), ...lost(60) })],
	["repmgrd is about to fail over", since(3, { 1: starting, ...everybodyLostIt(3) })],
	[
		"a restart while repmgrd is paused",
		since(3, { 1: starting, ...withRepmgrd(everybodyLostIt(3), { paused: true }) }),
	],
	["it is only silent", since(60, { 1: silent })],
	[
		"nobody was read yet (unknown)",
		worldOf({ 1: { isUnread: true }, 2: { isUnread: true }, 3: { isUnread: true } }),
	],
	["the primary was not read yet (unknown)", worldOf({ 1: { isUnread: true } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(noPrimary, world)).toEqual([]);
});
