import { describe, expect, test } from "vitest";
import type { ServerReading } from "../../src/cluster/server-reading.ts";
import { diagnose } from "../../src/diagnosis/index.ts";
import { splitBrain } from "../../src/diagnosis/rules/split-brain.ts";
import { failedOver, silent } from "../support/reach.ts";
import { NOW, repmgrd } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const SPLIT = ["critical SPLIT_BRAIN cluster"];
/** The old primary is back after node 2 was promoted and node 3 follows it. */
const cameBack = (server: Partial<ServerReading> = {}) =>
	failedOver({ server: { walSenders: [], slots: [], currentLsn: "0/5000400", ...server } });
/** Node 2 is promoted by hand beside a primary in use. */
const promoted = (server: Partial<ServerReading> = {}) => ({
	2: {
		server: {
			inRecovery: false,
			timeline: 2,
			currentLsn: "0/5000300",
			receiveLsn: null,
			replayLsn: null,
			walReceiver: null,
			forks: [{ timeline: 1, endLsn: "0/5000100" }],
			...server,
		},
	},
});

test.each([
	["the old primary came back", since(3, cameBack())],
	["a standby was promoted by hand", since(3, promoted())],
	["at first sight", worldOf(promoted())],
	["without SSH", worldOf(promoted(), { ssh: false })],
])("fires: %s", (_, world) => {
	expect(inShort(judge(splitBrain, world))).toEqual(SPLIT);
});

describe("which one to keep", () => {
	test.each([
		[
			"the newer one, which the standby follows",
			cameBack({ clientSessions: 0 }),
			/Keep "node2": "node3" streams from it, and it is on the newest timeline/,
			1,
		],
		[
			"the older one, which the standby follows",
			promoted({ clientSessions: 0 }),
			/Keep "node1": "node3" streams from it\./,
			2,
		],
		[
			"not told: clients on one, the standby on the other",
			promoted({ clientSessions: 7 }),
			/can't be told from here/,
			null,
		],
		[
			"not told yet: the newer one was promoted moments ago, the standby may be about to follow it",
			promoted({ clientSessions: 0, promotedAt: NOW - 5000 }),
			/look again in half a minute/,
			null,
		],
		[
			"not told: the one with the standby takes no new connections",
			{ 1: { door: { kind: "timeout" as const } }, ...promoted({ clientSessions: 0 }) },
			/can't be told from here/,
			null,
		],
		[
			"the newest where nobody follows anybody",
			{ ...promoted(), 3: silent },
			/Keep "node2": it is on the newest timeline/,
			1,
		],
		[
			"not told: one timeline, nobody follows",
			{ ...promoted({ timeline: 1 }), 3: silent },
			/can't be told from here/,
			null,
		],
	])("%s", (_, changes, hint, stopped) => {
		const [found] = judge(splitBrain, worldOf(changes));
		expect(found?.hint).toMatch(hint);
		expect(found?.remedy?.nodeId ?? null).toBe(stopped);
		if (stopped === null) return;
		expect(found?.remedy?.argv).toContain("--action=stop");
		expect(found?.remedy?.intent).toEqual({
			kind: "rejoin",
			nodeId: stopped,
			forceRewind: true,
			stopFirst: true,
		});
	});
});

test("the evidence: timelines, positions past the fork, who streams from whom, clients", () => {
	const [found] = judge(splitBrain, worldOf(cameBack({ clientSessions: 3 })));
	expect(found?.detail).toContain("They parted at 0/5000100, the end of timeline 1.");
	expect(found?.evidence.map(({ nodeId, text }) => `${nodeId} ${text}`)).toEqual([
		"1 pg_is_in_recovery() = false, timeline 1, at 0/5000400 (768 bytes past the fork), nobody streams from it, 3 sessions in other databases than repmgr's",
		'2 pg_is_in_recovery() = false, timeline 2, at 0/5000900 (2048 bytes past the fork), "node3" streams from it, clients unknown',
	]);
});

test("the fork point by SSH, where SQL may not read files; unknown where nobody can", () => {
	const bySsh = { ...promoted({ forks: null }) };
	const world = worldOf({ 2: { ...bySsh[2], host: { forks: [{ timeline: 1, endLsn: "0/5000100" }] } } });
	expect(judge(splitBrain, world)[0]?.detail).toContain("parted at 0/5000100");
	expect(judge(splitBrain, worldOf(bySsh))[0]?.detail).toContain("Where they parted is not known.");
	const stale = {
		...bySsh[2],
		server: { ...bySsh[2].server, timeline: 3 },
		host: { forks: [{ timeline: 1, endLsn: "0/5000100" }] },
	};
	expect(judge(splitBrain, worldOf({ 2: stale }))[0]?.detail).toContain("not known");
});

test("is the cause of what is registered wrongly and of standbys on another timeline", () => {
	const codes = inShort(diagnose(since(60, promoted())));
	expect(codes[0]).toBe(SPLIT[0]);
	expect(codes.join()).not.toMatch(/METADATA|TIMELINE|DIVERGED|NOT_READY|REDUNDANCY/);
});

test("nobody is told to start a repmgrd now", () => {
	const stopped = { repmgrd: repmgrd({ running: false, pid: null }) };
	expect(inShort(diagnose(worldOf(promoted(stopped))))).toEqual(SPLIT);
});

test.each([
	["one primary and its witness", worldOf()],
	["the other one's system identifier is another cluster's", worldOf(promoted({ systemIdentifier: "1" }))],
	["the old one can't be read now (unknown)", since(20, failedOver(silent))],
])("does not fire: %s", (_, world) => {
	expect(judge(splitBrain, world)).toEqual([]);
});
