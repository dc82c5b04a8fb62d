import { describe, expect, test } from "vitest";
import { primaryDown } from "../../src/diagnosis/rules/primary-down.ts";
import { diagnose } from "../support/diagnose.ts";
import {
	detached,
	everybodyLostIt,
	failedOver,
	frozen,
	quiet,
	refusal,
	refusing,
	silent,
	stopped,
	withRepmgrd,
	witnessSaw,
} from "../support/reach.ts";
import { NOW } from "../support/records.ts";
import { confOfNode, inShort, judge, since, worldOf } from "../support/worlds.ts";

const DOWN = ["critical PRIMARY_DOWN 1"];
const PAUSED =
	/^primary "node1" is (?:stopped|down or cut .*), and repmgrd is paused: no standby will be promoted$/;
const OVERDUE = /is stopped, and the failover is overdue$/;
const NO_HEIR = ["critical PRIMARY_DOWN_NO_STANDBY 1"];
const crashed = stopped("in production");
const manual = { host: { repmgrConf: confOfNode(2, { failover: "manual" }) } };
const paused = (seconds: number) => withRepmgrd(everybodyLostIt(seconds), { paused: true });

describe("fires", () => {
	test.each([
		["crashed, and repmgrd is paused", since(3, { 1: crashed, ...paused(3) }), PAUSED],
		["the same at first sight", worldOf({ 1: crashed, ...paused(3) }), PAUSED],
		[
			"refusing, and unknown whether it crashed, while repmgrd is paused: no failover will come",
			since(4, { 1: refusing, ...paused(4) }),
			PAUSED,
		],
		[
			"shut down for long, repmgrd not running",
			since(60, { 1: stopped("shut down"), ...withRepmgrd(everybodyLostIt(60), { running: false }) }),
			/is stopped$/,
		],
		[
			"failover is manual",
			since(20, {
				1: crashed,
				2: { ...detached(20), ...manual },
				3: { ...detached(20), ...manual },
				4: witnessSaw(20),
			}),
			/is stopped$/,
		],
		[
			"silent for a few seconds, repmgrd paused: no switchover makes a host silent",
			since(8, { 1: silent, ...paused(8) }),
			/down or cut off/,
		],
		["the time for a failover is up", since(200, { 1: crashed, ...everybodyLostIt(200) }), OVERDUE],
		[
			"the same at first sight: repmgrd knows how long",
			worldOf({ 1: crashed, ...everybodyLostIt(200) }),
			OVERDUE,
		],
		[
			"refusing, without SSH, and all nodes lost it",
			since(20, { 1: refusing, ...paused(20) }),
			/down or cut off from all other nodes, and repmgrd is paused: no standby will be promoted$/,
		],
		[
			"its postmaster runs, but accepts no connections",
			since(20, { 1: { fault: refusal, host: { hostTime: NOW, pidFileAt: NOW - 600_000 } }, ...paused(20) }),
			/accepts no connections, though its postmaster runs, and repmgrd is paused/,
		],
		[
			"silent, and all nodes lost it",
			since(20, { 1: silent, ...paused(20) }),
			/down or cut off from all other nodes, and repmgrd is paused: no standby will be promoted$/,
		],
		[
			"silent, and repmgrd everywhere lost it before the walreceivers notice",
			since(20, withRepmgrd({ 1: silent, 2: quiet(20), 3: quiet(20), 4: witnessSaw(20) }, { paused: true })),
			/down or cut off/,
		],
		[
			"without SSH, so that failover= is not known",
			since(20, { 1: { fault: refusing.fault ?? {} }, ...everybodyLostIt(20) }, { ssh: false }),
			/down or cut off/,
		],
	])("%s", (_, world, message) => {
		const findings = judge(primaryDown, world);
		expect(inShort(findings)).toEqual(DOWN);
		expect(findings[0]?.message).toMatch(message);
		expect(findings[0]?.doNot).toMatch(
			message === OVERDUE
				? /^Do not promote by hand before repmgrd is paused on every node/
				: /does not replace a primary that is already dead/,
		);
	});

	test.each([
		["no standby is registered", since(3, { 1: crashed }, { ids: [1] })],
		["only a witness", since(20, { 1: crashed, 4: witnessSaw(20) }, { ids: [1, 4] })],
		[
			"all standbys are stopped",
			since(3, {
				1: crashed,
				2: stopped("shut down in recovery"),
				3: stopped("in archive recovery"),
				4: witnessSaw(3),
			}),
		],
	])("without a standby that could take over: %s", (_, world) => {
		expect(inShort(judge(primaryDown, world))).toEqual(NO_HEIR);
	});
});

test("reports an overdue failover with its standby, its deadline and the state of repmgrd", () => {
	const [found] = judge(primaryDown, since(200, { 1: crashed, ...everybodyLostIt(200) }));
	expect(found?.detail).toBe(
		'No node accepts writes. The failover to "node2" was due by 04:38:44 UTC and has not happened: repmgrd there last saw "node1" 3 min ago and does not promote it. It may hang in a connection to "node1"; read its log. "node3" waits for it.',
	);
});

test("names the standby that received most, and starts a stopped primary", () => {
	const world = since(3, {
		1: crashed,
		...withRepmgrd(
			{
				2: detached(3),
				3: detached(3, { receiveLsn: "0/5000100", replayLsn: "0/5000100" }),
				4: witnessSaw(3),
			},
			{ paused: true },
		),
	});
	const [found] = judge(primaryDown, world);
	expect(found?.hint).toMatch(/promote "node3"/);
	expect(found?.remedy?.argv).toEqual(["sudo", "systemctl", "start", "postgresql@15-main.service"]);
	expect(found?.detail).toMatch(/"node2": its repmgrd is paused/);
});

test("offers no command while an unread standby may have been promoted", () => {
	const world = since(30, { 1: crashed, ...paused(30), 3: silent });
	const [found] = judge(primaryDown, world);
	expect(found).toMatchObject({ code: "PRIMARY_DOWN", remedy: null });
	expect(found?.hint).toMatch(/make sure that "node3", which can't be read, was not promoted/);
});

test("fires for a primary that is registered as inactive", () => {
	const world = since(30, { 1: { ...crashed, registered: { active: false } }, ...paused(30) });
	expect(inShort(judge(primaryDown, world))).toEqual(DOWN);
});

test("offers the dry run of a promotion for a primary that is cut off", () => {
	const [found] = judge(primaryDown, since(20, { 1: silent, ...paused(20) }));
	expect(found?.remedy).toMatchObject({ nodeId: 2, user: "postgres" });
	expect(found?.remedy?.argv).toEqual([
		"repmgr",
		"-f",
		"/etc/repmgr.conf",
		"standby",
		"promote",
		"--siblings-follow",
		"--dry-run",
	]);
});

describe("does not fire", () => {
	test.each([
		["its standbys still see it", since(20, { 1: silent })],
		["refusing us, and its standbys still stream", since(20, { 1: refusing })],
		["silent, and no other node can tell", since(20, { 1: silent }, { ids: [1] })],
		["refusing, and no other node can tell", since(20, { 1: refusing }, { ids: [1] })],
		[
			"walreceivers may not have noticed a cut yet",
			since(3, { 1: silent, 2: quiet(4, 4), 3: quiet(4, 0), 4: witnessSaw(2) }),
		],
		[
			"one of them still sees it",
			since(20, { 1: silent, 2: detached(20), 3: detached(20), 4: witnessSaw(1) }),
		],
		["repmgrd is about to fail over", since(3, { 1: crashed, ...everybodyLostIt(3) })],
		["it hangs", since(20, { 1: frozen, ...everybodyLostIt(20) })],
		["a switchover: shut down while repmgrd is paused", since(3, { 1: stopped("shut down"), ...paused(3) })],
		["there is another primary by now", since(60, failedOver(crashed))],
		["not read yet", worldOf({ 1: { isUnread: true } })],
		["all is well", worldOf()],
	])("%s", (_, world) => {
		expect(judge(primaryDown, world)).toEqual([]);
	});

	test("ignores a standby that was detached long before", () => {
		const world = worldOf(
			{ 1: silent, 2: { server: { walReceiver: null, repmgrd: null } } },
			{ ids: [1, 2], before: { 2: { server: { walReceiver: null, repmgrd: null } } }, secondsAgo: 600 },
		);
		// Lost for 600 s as the builder says, detached since then: the same moment is evidence.
		expect(inShort(judge(primaryDown, world))).toEqual(DOWN);
	});
});

test("explains detached standbys, missing redundancy and a failover that is not ready", () => {
	const world = since(60, { 1: crashed, ...withRepmgrd(everybodyLostIt(60), { running: false }) });
	const codes = inShort(diagnose(world));
	expect(codes[0]).toBe("critical PRIMARY_DOWN 1");
	expect(codes.join()).not.toMatch(/DETACHED|REDUNDANCY|NOT_READY|WITNESS_STALE|STANDBY_/);
});

test("PRIMARY_DOWN_NO_STANDBY explains stopped standbys", () => {
	const gone = stopped("in archive recovery");
	const codes = inShort(diagnose(since(60, { 1: crashed, 2: gone, 3: gone, 4: witnessSaw(60) })));
	expect(codes).toContain("critical PRIMARY_DOWN_NO_STANDBY 1");
	expect(codes.join()).not.toMatch(/STANDBY_DOWN/);
});
