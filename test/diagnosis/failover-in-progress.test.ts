import { expect, test } from "vitest";
import { failoverInProgress } from "../../src/diagnosis/rules/failover-in-progress.ts";
import { diagnose } from "../support/diagnose.ts";
import {
	detached,
	everybodyLostIt,
	failedOver,
	frozen,
	quiet,
	silent,
	starting,
	stopped,
	withRepmgrd,
	witnessSaw,
} from "../support/reach.ts";
import { confOfNode, inShort, judge, since, worldOf } from "../support/worlds.ts";

const crashed = stopped("in production");
const IN_PROGRESS = ["critical FAILOVER_IN_PROGRESS 1"];

test.each([
	["crashed", since(3, { 1: crashed, ...everybodyLostIt(3) })],
	["shut down by hand, repmgrd not paused", since(3, { 1: stopped("shut down"), ...everybodyLostIt(3) })],
	["cut off", since(20, { 1: silent, 2: quiet(20), 3: quiet(20), 4: witnessSaw(20) })],
	["within the default 6 × 10 s and the election's time", since(80, { 1: crashed, ...everybodyLostIt(80) })],
	["at first sight", worldOf({ 1: crashed, ...everybodyLostIt(3) })],
	["it is only starting again", since(3, { 1: starting, ...everybodyLostIt(3) })],
	[
		"one repmgrd of two is paused",
		since(3, withRepmgrd({ 1: crashed, ...everybodyLostIt(3) }, { paused: true }, [3])),
	],
])("fires: %s", (_, world) => {
	expect(inShort(judge(failoverInProgress, world))).toEqual(IN_PROGRESS);
});

test("explains PRIMARY_DOWN and its consequences", () => {
	expect(inShort(diagnose(since(3, { 1: crashed, ...everybodyLostIt(3) })))).toEqual(IN_PROGRESS);
	expect(inShort(diagnose(since(30, { 1: crashed, ...everybodyLostIt(30) })))).toEqual(IN_PROGRESS);
});

const conf = (id: number, changes: Record<string, string>) => ({
	host: { repmgrConf: confOfNode(id, changes) },
});

test.each([
	["repmgrd is paused", since(15, withRepmgrd({ 1: crashed, ...everybodyLostIt(15) }, { paused: true }))],
	[
		"repmgrd does not run",
		since(15, {
			...withRepmgrd({ 1: crashed, ...everybodyLostIt(15) }, { running: false }),
			2: { ...detached(15), host: { repmgrd: false }, server: { walReceiver: null, repmgrd: null } },
			3: { ...detached(15), host: { repmgrd: false }, server: { walReceiver: null, repmgrd: null } },
		}),
	],
	[
		"failover=manual",
		since(15, {
			1: crashed,
			2: { ...detached(15), ...conf(2, { failover: "manual" }) },
			3: { ...detached(15), ...conf(3, { failover: "manual" }) },
		}),
	],
	[
		"its time is up: 3 × 2 s",
		since(60, {
			1: crashed,
			2: { ...detached(60), ...conf(2, { reconnect_attempts: "3", reconnect_interval: "2" }) },
			3: { ...detached(60), ...conf(3, { reconnect_attempts: "3", reconnect_interval: "2" }) },
		}),
	],
	[
		"priority 0",
		since(15, {
			1: crashed,
			2: { ...detached(15), registered: { priority: 0 } },
			3: { ...detached(15), registered: { priority: 0 } },
		}),
	],
	[
		"repmgr.conf was not read (unknown)",
		since(15, { 1: { fault: crashed.fault ?? {} }, ...everybodyLostIt(15) }, { ssh: false }),
	],
	["the primary is seen by others", since(15, { 1: silent })],
	["the primary hangs: it may wake up", since(15, { 1: frozen, ...everybodyLostIt(15) })],
	["a standby was promoted", since(15, failedOver(crashed))],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(failoverInProgress, world)).toEqual([]);
});
