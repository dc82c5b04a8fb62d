import { expect, test } from "vitest";
import { standbyDiverged } from "../../src/diagnosis/rules/standby-diverged.ts";
import type { ServerReading } from "../../src/model/server-reading.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached, failedOver, IN_A_RECORD, silent, stopped } from "../support/reach.ts";
import { receiver } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const DIVERGED = ["warning STANDBY_DIVERGED 3"];
const old = stopped("in production");
/** Node 2 was promoted; node 3 did not follow. */
const leftBehind = (server: Partial<ServerReading>, primary: Partial<ServerReading> = {}) => {
	const cluster = failedOver(old);
	return {
		...cluster,
		2: { ...cluster[2], server: { ...cluster[2]?.server, ...primary } },
		3: { registered: { upstreamNodeId: 2 }, ...detached(0, server) },
	};
};
const past = { receiveLsn: "0/5000200", replayLsn: "0/5000180" };

test.each([
	[
		"past the fork",
		since(60, leftBehind(past)),
		/forked off timeline 1 at 0\/5000100, 256 bytes before the standby's 0\/5000200/,
	],
	["past the fork, a moment after the promotion", since(3, leftBehind(past)), /forked off/],
	[
		"replayed past it, its walreceiver began again",
		since(60, leftBehind({ receiveLsn: "0/5000000", replayLsn: "0/5000200" })),
		/0\/5000200/,
	],
	[
		"past the fork, not at the end of a page",
		since(60, leftBehind({ ...IN_A_RECORD, receiveLsn: "0/5002008" })),
		/forked off/,
	],
	[
		"past the fork by a whole record",
		since(60, leftBehind({ ...IN_A_RECORD, replayLsn: "0/5000180" })),
		/forked off/,
	],
	[
		"whole records may be held back by a pause",
		since(60, leftBehind({ ...IN_A_RECORD, replayPaused: true })),
		/forked off/,
	],
	[
		"whole records may be held back by recovery_min_apply_delay",
		since(60, leftBehind({ ...IN_A_RECORD, settings: { recovery_min_apply_delay: "300000ms" } })),
		/forked off/,
	],
	[
		"on a timeline that the primary never was on",
		since(60, leftBehind({ timeline: 2 }, { timeline: 3, forks: [{ timeline: 1, endLsn: "0/5000100" }] })),
		/never was on its timeline 2/,
	],
	[
		"on a timeline no earlier than a later one",
		since(60, leftBehind({ timeline: null, timelineAtLeast: 4 })),
		/on timeline 4 or a later one, the primary on 2/,
	],
	[
		"past the primary's own end, on whichever timeline",
		since(
			60,
			leftBehind({ timeline: null, timelineAtLeast: 1, replayLsn: "0/6000000", receiveLsn: "0/7000000" }),
		),
		/ahead of the primary on timeline 1 or a later one/,
	],
	["on a later timeline", since(60, leftBehind({ timeline: 4 })), /on timeline 4, the primary on 2/],
	[
		"ahead of the primary on one timeline",
		since(60, { 3: detached(0, { receiveLsn: "0/5000200" }) }),
		/512 bytes ahead/,
	],
])("fires: %s", (_, world, detail) => {
	const findings = judge(standbyDiverged, world);
	expect(inShort(findings)).toEqual(DIVERGED);
	expect(findings[0]?.detail).toMatch(detail);
	expect(findings[0]?.doNot).toMatch(/Do not rewind or clone it before/);
});

test("explains the detached standby", () => {
	const codes = inShort(diagnose(since(60, leftBehind(past))));
	expect(codes).toContain(DIVERGED[0]);
	expect(codes.join()).not.toMatch(/STANDBY_DETACHED|LAG_UNKNOWN|TIMELINE/);
});

test.each([
	["before the fork", since(60, leftBehind({ receiveLsn: "0/5000100", replayLsn: "0/5000100" }))],
	["no more than the beginning of a record", since(60, leftBehind(IN_A_RECORD))],
	["the primary's history can't be read (unknown)", since(60, leftBehind(past, { forks: null }))],
	["its timeline is not known (unknown)", since(60, leftBehind({ ...past, timeline: null }))],
	[
		"past the fork of the earliest timeline that it may be on, not of a later one",
		since(60, leftBehind({ ...past, timeline: null, timelineAtLeast: 1 })),
	],
	["its position is not known (unknown)", since(60, leftBehind({ receiveLsn: null, replayLsn: null }))],
	["it streams: two readings are a moment apart", worldOf({ 3: { server: { receiveLsn: "0/5000200" } } })],
	["ahead, but it only just lost its walreceiver", since(3, { 3: detached(0, { receiveLsn: "0/5000200" }) })],
	[
		"whether it streams can't be seen (unknown)",
		since(60, leftBehind({ ...past, walReceiver: receiver({ status: null, senderHost: null }) })),
	],
	["no primary is seen", since(60, { ...leftBehind(past), 2: silent })],
	["all is well", worldOf()],
])("does not fire: %s", (_, world) => {
	expect(judge(standbyDiverged, world)).toEqual([]);
});
