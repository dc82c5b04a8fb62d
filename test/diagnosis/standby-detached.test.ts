import { expect, test } from "vitest";
import { standbyDetached } from "../../src/diagnosis/rules/standby-detached.ts";
import { diagnose } from "../support/diagnose.ts";
import {
	detached,
	everybodyLostIt,
	failedOver,
	IN_A_RECORD,
	quiet,
	silent,
	stopped,
	witnessSaw,
} from "../support/reach.ts";
import { NOW, receiver } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const DETACHED = ["warning STANDBY_DETACHED 2"];
const waiting = { server: { walReceiver: receiver({ status: "waiting" }) } };

test.each([
	["no walreceiver", since(11, { 2: detached() })],
	["its walreceiver waits", since(11, { 2: waiting })],
	["at first sight, servers up for long", worldOf({ 2: detached() })],
])("fires: %s", (_, world) => {
	expect(inShort(judge(standbyDetached, world))).toEqual(DETACHED);
	expect(inShort(diagnose(world))).toEqual(DETACHED);
});

test("fires where other nodes see a primary that this console can't reach", () => {
	const world = since(60, { 1: silent, 2: detached(60), 3: quiet(1, 0), 4: witnessSaw(0) });
	expect(inShort(judge(standbyDetached, world))).toEqual(DETACHED);
});

test("quotes the line of its log that has the reason", () => {
	const logReason = 'FATAL:  could not start WAL streaming: ERROR:  replication slot "x" does not exist';
	const [found] = judge(standbyDetached, since(11, { 2: { ...detached(), host: { logReason } } }));
	expect(found?.evidence[1]).toMatchObject({ nodeId: 2, by: "ssh", text: `its log: ${logReason}` });
});

test("offers the dry run of a follow, and warns about the lag of 0", () => {
	const [found] = judge(standbyDetached, since(11, { 2: detached() }));
	expect(found?.remedy?.argv).toEqual([
		"repmgr",
		"-f",
		"/etc/repmgr.conf",
		"standby",
		"follow",
		"--upstream-node-id=1",
		"--dry-run",
	]);
	expect(found?.doNot).toMatch(/lag of 0/);
});

test.each([
	[
		"before the fork: it can follow",
		{ receiveLsn: "0/5000000", replayLsn: "0/5000000" },
		/ended for "node2" at 0\/5000100, which is not before the end of this standby's WAL: it can follow/,
	],
])("after a promotion: %s", (_, server, detail) => {
	const world = since(60, {
		...failedOver(stopped("in production")),
		3: { registered: { upstreamNodeId: 2 }, ...detached(0, server) },
	});
	const [found] = judge(standbyDetached, world);
	expect(found?.nodeId).toBe(3);
	expect(found?.detail).toMatch(detail);
	expect(found?.remedy?.argv).toContain("--upstream-node-id=2");
});

test("explains that repmgr refuses a standby with the beginning of a record past the fork", () => {
	const findings = diagnose(
		since(60, {
			...failedOver(stopped("in production")),
			3: { registered: { upstreamNodeId: 1 }, ...detached(0, IN_A_RECORD) },
		}),
	);
	const codes = inShort(findings);
	expect(codes).toEqual(
		expect.arrayContaining([
			"warning NO_REDUNDANCY cluster",
			"warning STANDBY_DOWN 1",
			"warning STANDBY_DETACHED 3",
		]),
	);
	expect(codes.join()).not.toMatch(/DIVERGED|ALL_STANDBYS|TIMELINE/);
	const found = findings.find(({ code }) => code === "STANDBY_DETACHED");
	expect(found?.detail).toMatch(/beginning of the next record, up to 0\/5002000: nothing is lost/);
	expect(found?.hint).toMatch(/neither a rewind nor a clone is needed/);
	expect(found?.remedy?.argv).toContain("--action=restart");
	expect(found?.remedy?.intent).toEqual({ kind: "follow", nodeId: 3, upstreamNodeId: 2 });
});

test.each([
	["it restarts", since(9, { 2: detached() })],
	["its server started a moment ago, at first sight", worldOf({ 2: detached(0, { startedAt: NOW - 3000 }) })],
	[
		"a node was promoted a moment ago: repmgrd lets it follow",
		since(5, {
			...failedOver(stopped("in production")),
			3: { registered: { upstreamNodeId: 2 }, ...detached() },
		}),
	],
	[
		"the same at first sight",
		worldOf({
			...failedOver(stopped("in production")),
			2: {
				registered: { type: "primary", upstreamNodeId: null },
				server: { ...failedOver(silent)[2]?.server, promotedAt: NOW - 5000 },
			},
			3: { registered: { upstreamNodeId: 2 }, ...detached() },
		}),
	],
	[
		"its upstream standby restarts",
		worldOf({
			2: stopped("shut down in recovery", { controlFileAt: NOW - 5000, hostTime: NOW }),
			3: { ...detached(), registered: { upstreamNodeId: 2 } },
		}),
	],
	["no node sees a primary, which another finding reports", since(60, { 1: silent, ...everybodyLostIt(60) })],
	[
		"its upstream standby is down: UPSTREAM_STANDBY_DOWN says so",
		since(60, {
			2: stopped("shut down in recovery"),
			3: { ...detached(), registered: { upstreamNodeId: 2 } },
		}),
	],
	[
		"its receiver may not be seen (unknown)",
		since(60, {
			1: { server: { walSenders: [], slots: [] } },
			2: { server: { walReceiver: receiver({ status: null, senderHost: null, senderPort: null }) } },
		}),
	],
	["it can't be read", since(60, { 2: silent })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(standbyDetached, world)).toEqual([]);
});
