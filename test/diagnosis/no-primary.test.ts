import { expect, test } from "vitest";
import { noPrimary } from "../../src/diagnosis/rules/no-primary.ts";
import { diagnose } from "../support/diagnose.ts";
import {
	detached,
	everybodyLostIt,
	refusing,
	silent,
	starting,
	stopped,
	withRepmgrd,
} from "../support/reach.ts";
import { NOW } from "../support/records.ts";
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
		"the primary's postmaster has only just begun: it does not listen yet",
		since(3, {
			1: { ...refusing, hostFault: undefined as never, host: { hostTime: NOW, pidFileAt: NOW - 2000 } },
			...lost(3),
		}),
		["critical NO_PRIMARY 1"],
	],
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

test("names the standby with most WAL, and the registered primary among equals", () => {
	const hintOf = (received: string) =>
		judge(noPrimary, worldOf({ 1: inRecovery, 2: detached(0, { receiveLsn: received }), 3: detached() }))[0]
			?.hint;
	expect(hintOf("0/5000000")).toContain('"node1" has as much WAL as any other, up to 0/5000000');
	expect(hintOf("0/5000500")).toContain('"node2" has as much WAL as any other, up to 0/5000500');
});

test("explains that repmgrd exits where it finds no primary", () => {
	const world = worldOf({ 1: inRecovery, ...lost(60) });
	expect(inShort(diagnose(world))).toEqual(["critical NO_PRIMARY cluster"]);
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
	[
		"it began a moment ago, was well and is killed: what its host told before says nothing now",
		since(2, {
			1: {
				...refusing,
				hostFault: undefined as never,
				hostSecondsAgo: 8,
				host: { hostTime: NOW - 8000, pidFileAt: NOW - 10_000 },
			},
			...lost(2),
		}),
	],
	["it is only silent", since(60, { 1: silent })],
	[
		"no node was read yet (unknown)",
		worldOf({ 1: { isUnread: true }, 2: { isUnread: true }, 3: { isUnread: true } }),
	],
	["the primary was not read yet (unknown)", worldOf({ 1: { isUnread: true } })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(noPrimary, world)).toEqual([]);
});
