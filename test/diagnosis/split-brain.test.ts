import { describe, expect, test } from "vitest";
import { splitBrain } from "../../src/diagnosis/rules/split-brain.ts";
import type { ServerReading } from "../../src/model/server-reading.ts";
import { diagnose } from "../support/diagnose.ts";
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
			/Keep "node2": "node3" streams from it, while "node1" has no standby, no client session and no more WAL/,
			1,
		],
		[
			"undecided: the one without clients has written more",
			cameBack({ clientSessions: 0, currentLsn: "0/5800000" }),
			/can't be decided from here/,
			null,
		],
		["undecided: unknown whether the other one has clients", cameBack(), /can't be decided from here/, null],
		[
			"the one with the clients, though the other one was cut off last and has the newest timeline",
			{
				1: { server: { clientSessions: 4, currentLsn: "0/5800000" } },
				...promoted({ clientSessions: 0 }),
				3: silent,
			},
			/Keep "node1": it has 4 client sessions, while "node2" has no standby/,
			2,
		],
		[
			"the older one, which the standby follows",
			{ 1: { server: { currentLsn: "0/5000400" } }, ...promoted({ clientSessions: 0 }) },
			/Keep "node1": "node3" streams from it, while/,
			2,
		],
		[
			"not told: clients on one, the standby on the other",
			promoted({ clientSessions: 7 }),
			/can't be decided from here/,
			null,
		],
		[
			"not told yet: the newer one was promoted moments ago, the standby may be about to follow it",
			promoted({ clientSessions: 0, promotedAt: NOW - 5000 }),
			/check again in half a minute/,
			null,
		],
		[
			"not told: the one with the standby takes no new connections",
			{ 1: { ping: { kind: "timeout" as const } }, ...promoted({ clientSessions: 0 }) },
			/can't be decided from here/,
			null,
		],
		[
			"undecided if neither has clients: the newest timeline only shows which was promoted last",
			{ 1: { server: { clientSessions: 0 } }, ...promoted({ clientSessions: 0 }), 3: silent },
			/can't be decided from here: .*newest timeline only shows which one was promoted last/,
			null,
		],
		[
			"undecided: one timeline, and no standby follows",
			{ ...promoted({ timeline: 1 }), 3: silent },
			/can't be decided from here/,
			null,
		],
	])("%s", (_, changes, hint, stopped) => {
		const [found] = judge(splitBrain, worldOf(changes));
		expect(found?.hint).toMatch(hint);
		expect(found?.remedy?.nodeId ?? null).toBe(stopped);
		if (stopped === null) return;
		expect(found?.remedy?.argv).toContain("--action=stop");
		// Nothing is rewound before what only it has could be saved.
		expect(found?.remedy?.intent).toMatchObject({ kind: "fence", nodeId: stopped, how: "stop" });
	});
});

test("is a warning while all but one are read-only by default, and says which", () => {
	const [found] = judge(splitBrain, worldOf(cameBack({ readOnlyByDefault: true })));
	expect(found).toMatchObject({ severity: "warning", form: "fence", remedy: { nodeId: 1 } });
	expect(found?.message).toBe(
		'"node1" and "node2" are both out of recovery, and "node1" is read-only by default',
	);
	expect(found?.evidence[0]?.text).toContain("default_transaction_read_only = on");
});

test("reports what each side wrote since the fork, its clients and its standbys", () => {
	const [found] = judge(splitBrain, worldOf(cameBack({ clientSessions: 1 })));
	expect(found?.detail).toContain(
		'"node1" wrote 768 B of WAL since then, has 1 client session and has no standby; "node2" wrote 2.0 kB of WAL since then, clients are not known and has 1 standby.',
	);
	expect(found?.doNot).toMatch(/^Do not let clients write to more than one of them\. /);
	const [told] = judge(splitBrain, worldOf(cameBack({ clientSessions: 0 })));
	expect(told?.doNot).toMatch(/^Do not let clients write to "node1"\. /);
});

test("finds the fork of two standbys that were promoted independently", () => {
	const both = (nodeId: number, endLsn: string) => ({
		[nodeId]: {
			server: { ...promoted()[2].server, forks: [{ timeline: 1, endLsn }], promotedAt: NOW - 60_000 },
		},
	});
	const [found] = judge(splitBrain, worldOf({ 1: silent, ...both(2, "0/5000100"), ...both(3, "0/5000080") }));
	expect(found?.detail).toContain("They diverged at 0/5000080, the end of timeline 1.");
	expect(found?.evidence[0]?.text).toContain("promoted at 2026-11-23 04:40:12 UTC");
});

test("has evidence: timelines, positions past the fork, standbys, clients", () => {
	const [found] = judge(splitBrain, worldOf(cameBack({ clientSessions: 3 })));
	expect(found?.detail).toContain("They diverged at 0/5000100, the end of timeline 1.");
	expect(found?.evidence.map(({ nodeId, text }) => `${nodeId} ${text}`)).toEqual([
		'1 pg_is_in_recovery() = false, timeline 1, at 0/5000400 (768 bytes past the fork), no standby streams from it, 3 sessions in other databases than repmgr\'s, witness "node4" watches it',
		'2 pg_is_in_recovery() = false, timeline 2, at 0/5000900 (2048 bytes past the fork), "node3" streams from it, clients unknown',
	]);
});

test("reads the fork over SSH where SQL may not read files, and reports it as unknown without both", () => {
	const bySsh = { ...promoted({ forks: null }) };
	const world = worldOf({ 2: { ...bySsh[2], host: { forks: [{ timeline: 1, endLsn: "0/5000100" }] } } });
	expect(judge(splitBrain, world)[0]?.detail).toContain("diverged at 0/5000100");
	expect(judge(splitBrain, worldOf(bySsh))[0]?.detail).toContain("Where they diverged is not known.");
	const stale = {
		...bySsh[2],
		server: { ...bySsh[2].server, timeline: 3 },
		host: { forks: [{ timeline: 1, endLsn: "0/5000100" }] },
	};
	expect(judge(splitBrain, worldOf({ 2: stale }))[0]?.detail).toContain("not known");
});

test("explains wrong registrations and standbys on another timeline", () => {
	const codes = inShort(diagnose(since(60, promoted())));
	expect(codes[0]).toBe(SPLIT[0]);
	expect(codes.join()).not.toMatch(/METADATA|TIMELINE|DIVERGED|NOT_READY|REDUNDANCY/);
});

test("masks the advice to start repmgrd", () => {
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
