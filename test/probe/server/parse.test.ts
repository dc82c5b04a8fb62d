import { describe, expect, test } from "vitest";
import { unreadableConninfo } from "../../../src/libpq/conninfo.ts";
import { type PollAnswer, parseRegistration, parseServer } from "../../../src/probe/server/parse.ts";
import { recordedServer } from "../../support/fixtures.ts";

function readingOf(name: string, changes: Partial<PollAnswer> = {}) {
	const { facts, answer } = recordedServer(name);
	const registrations = answer.nodes?.rows?.map(parseRegistration) ?? null;
	return parseServer({ ...answer, ...changes }, facts, registrations);
}

test("a recorded primary", () => {
	const reading = readingOf("primary");
	expect(reading).toMatchObject({
		inRecovery: false,
		timeline: 1,
		receiveLsn: null,
		replayLsn: null,
		replayPaused: null,
		walReceiver: null,
		postgresVersion: "15.20 (Debian 15.20-0+deb12u1)",
		repmgrVersion: "5.3",
		systemIdentifier: "7711271344394678382",
		serverAddress: "10.99.1.11",
		serverPort: 5432,
		archiver: { failing: false, lastFailedWal: null },
		missingRights: [],
	});
	expect(reading.currentLsn).toMatch(/^0\/[0-9A-F]+$/);
	expect(reading.walSenders.map(({ applicationName, state }) => [applicationName, state]).sort()).toEqual([
		["node2", "streaming"],
		["node3", "streaming"],
	]);
	expect(reading.slots.map(({ slotName, walStatus, active }) => [slotName, walStatus, active])).toEqual([
		["repmgr_slot_2", "reserved", true],
		["repmgr_slot_3", "reserved", true],
	]);
	expect(reading.registrations?.map(({ nodeId, type }) => [nodeId, type])).toEqual([
		[1, "primary"],
		[2, "standby"],
		[3, "standby"],
		[4, "witness"],
	]);
});

test("converts times to epoch ms: the server started before it answered, within a day", () => {
	for (const name of ["primary", "standby", "witness", "primary-plain"]) {
		const { startedAt, serverTime } = readingOf(name);
		expect(startedAt).toBeTypeOf("number");
		expect(serverTime - startedAt).toBeGreaterThan(0);
		expect(serverTime - startedAt).toBeLessThan(86_400_000);
		expect(new Date(serverTime).getUTCFullYear()).toBe(2026);
	}
});

test("a recorded standby", () => {
	const reading = readingOf("standby");
	expect(reading).toMatchObject({
		inRecovery: true,
		timeline: 1,
		currentLsn: null,
		replayPaused: false,
		walReceiver: { status: "streaming", senderHost: "node1", senderPort: 5432, slotName: "repmgr_slot_2" },
		walSenders: [],
		slots: [],
		repmgrd: { running: true, paused: false, localNodeId: 2, upstreamNodeId: 1 },
	});
	expect(reading.repmgrd?.upstreamLastSeenSeconds).toBeGreaterThanOrEqual(0);
	expect(reading.replayLsn).toBe(reading.receiveLsn);
});

test("reads a recorded witness: not in recovery, another system, with the time its upstream was last seen", () => {
	const reading = readingOf("witness");
	expect(reading.inRecovery).toBe(false);
	expect(reading.systemIdentifier).not.toBe(readingOf("primary").systemIdentifier);
	expect(reading.repmgrd).toMatchObject({ localNodeId: 4, upstreamNodeId: 1, upstreamLastSeenSeconds: 0 });
});

test("a setting that this version lacks is absent", () => {
	const { settings } = readingOf("primary");
	expect(settings).toMatchObject({ wal_level: "replica", shared_preload_libraries: "repmgr" });
	expect(settings).not.toHaveProperty("wal_keep_segments");
});

describe("rights", () => {
	test.each(["primary-monitor", "standby-monitor"])("%s: pg_monitor and SELECT miss nothing", (name) => {
		expect(readingOf(name).missingRights).toEqual([]);
	});

	test.each(["primary-plain", "standby-plain"])("%s: without rights, reports what is missing", (name) => {
		const reading = readingOf(name);
		expect(reading.missingRights).toEqual([
			"details of replication (grant pg_monitor)",
			"some settings (grant pg_monitor)",
			"repmgr.events (grant SELECT)",
			"repmgr.nodes (grant SELECT)",
		]);
		expect(reading).toMatchObject({ repmgrd: null, registrations: null });
		expect(reading.settings).not.toHaveProperty("data_directory");
	});

	test("without rights, a standby has a walreceiver of which nothing is known", () => {
		expect(readingOf("standby-plain").walReceiver).toMatchObject({ status: null, senderHost: null });
	});
});

describe("timeline", () => {
	const { walReceiver } = recordedServer("standby").answer;
	/** It has replayed up to 0/5000000, and received no more; its control data are older. */
	const standby = (
		status: string | null,
		receivedTimeline: number | null,
		more: Partial<PollAnswer> = {},
	) => ({
		receiveLsn: "0/5000000",
		replayLsn: "0/5000000",
		control: [
			{ lsn: "0/3000028", timeline: 1 },
			{ lsn: "0/4000000", timeline: 2 },
		],
		walReceiver: walReceiver && { ...walReceiver, status, receivedTimeline },
		...more,
	});
	test.each<[string, string, Partial<PollAnswer>, number | null, number | null]>([
		["primary", "its insertion timeline, not the last checkpoint's", { primaryTimeline: 3 }, 3, null],
		["standby", "what it receives, before the control file knows", standby("streaming", 3), 3, null],
		[
			"standby",
			"that of its newest WAL file, when detached",
			standby(null, null, { walReceiver: null, walFileTimeline: 3 }),
			3,
			null,
		],
		["standby", "at least the control file's, while nothing streams", standby("waiting", 1), null, 2],
		[
			"standby",
			"at least the control file's, while it connects (PostgreSQL 19)",
			standby("connecting", null),
			null,
			2,
		],
		["standby", "at least the control file's, where the receiver's is hidden", standby(null, null), null, 2],
		[
			"standby",
			"at least the control file's, when that says more than the WAL files",
			standby("waiting", 1, { walFileTimeline: 1 }),
			null,
			2,
		],
		[
			"standby",
			"the control file's, where that has caught up with what it has",
			standby("waiting", 1, { control: [{ lsn: "0/5000000", timeline: 2 }, null] }),
			2,
			null,
		],
		[
			"standby",
			"at least the control file's, where more was received than it knows of",
			standby("waiting", 1, { receiveLsn: "0/5000001", control: [{ lsn: "0/5000000", timeline: 2 }] }),
			null,
			2,
		],
		["standby", "unknown without either", standby("waiting", 1, { control: [null] }), null, null],
	])("of a %s: %s", (name, _, changes, timeline, timelineAtLeast) => {
		expect(readingOf(name, changes)).toMatchObject({ timeline, timelineAtLeast });
	});
});

describe("where earlier timelines ended", () => {
	test.each<[string, Partial<PollAnswer>, unknown]>([
		["nowhere, on timeline 1", { primaryTimeline: 1 }, []],
		[
			"as the history file says",
			{
				primaryTimeline: 3,
				history: ["1\t0/5000160\tno recovery target specified", "", "# a comment", "2\t0/6022EC8\tx"],
			},
			[
				{ timeline: 1, endLsn: "0/5000160" },
				{ timeline: 2, endLsn: "0/6022EC8" },
			],
		],
		["unknown where it may not be read", { primaryTimeline: 3, history: null }, null],
	])("%s", (_, changes, forks) => {
		expect(readingOf("primary", changes).forks).toEqual(forks);
	});
});

describe("repmgrd", () => {
	const silent = {
		running: null,
		pid: null,
		paused: null,
		upstreamLastSeenSeconds: null,
		localNodeId: null,
		upstreamNodeId: null,
	};
	const talking = recordedServer("standby").answer.repmgrd;

	test("knows nothing when the library is not preloaded and all functions return null", () => {
		expect(readingOf("standby", { repmgrd: silent }).repmgrd).toBeNull();
	});

	test("counts repmgrd as not running when its pid is -1 after a restart of PostgreSQL", () => {
		const forgotten = { ...talking, running: false, pid: -1, localNodeId: -1, upstreamNodeId: -1 };
		expect(readingOf("standby", { repmgrd: forgotten }).repmgrd).toMatchObject({
			running: false,
			pid: null,
			paused: false,
			localNodeId: null,
			upstreamNodeId: null,
		});
	});

	test.each([
		["standby", 21, 21],
		["standby", -1, null],
		["witness", 50, 50],
		// It keeps its value from when this was a standby.
		["primary", 7, null],
	])("on a %s, upstream last seen %i means %s", (name, upstreamLastSeenSeconds, meaning) => {
		const { repmgrd } = recordedServer(name).answer;
		const reading = readingOf(name, { repmgrd: { ...repmgrd, upstreamLastSeenSeconds } });
		expect(reading.repmgrd?.upstreamLastSeenSeconds).toBe(meaning);
	});
});

const rows = recordedServer("primary").answer.nodes?.rows ?? [];
const [, standby] = rows;
if (standby === undefined) throw new Error("the fixture has no standby");

test("parses recorded rows", () => {
	expect(rows.map(parseRegistration)).toMatchObject([
		{ nodeId: 1, type: "primary", upstreamNodeId: null, priority: 100 },
		{ nodeId: 2, type: "standby", upstreamNodeId: 1, slotName: "repmgr_slot_2" },
		{ nodeId: 3, type: "standby", upstreamNodeId: 1, priority: 90 },
		{ nodeId: 4, type: "witness", upstreamNodeId: 1, priority: 0 },
	]);
	expect(parseRegistration(standby)).toEqual({
		nodeId: 2,
		nodeName: "node2",
		type: "standby",
		active: true,
		upstreamNodeId: 1,
		location: "default",
		priority: 100,
		slotName: "repmgr_slot_2",
		conninfo: "host=node2 user=repmgr dbname=repmgr connect_timeout=2",
		host: "node2",
		port: 5432,
		user: "repmgr",
		database: "repmgr",
		configFile: "/etc/repmgr.conf",
	});
});

test("shows repmgr's old type bdr as a standby", () => {
	expect(parseRegistration({ ...standby, type: "bdr" }).type).toBe("standby");
});

test("keeps passwords out of the record", () => {
	const row = { ...standby, conninfo: "host=node2 password='top secret' user=repmgr" };
	const record = parseRegistration(row);
	expect(JSON.stringify(record)).not.toContain("secret");
	expect(record.conninfo).toContain("user=repmgr");
});

test("sanitises hostile names, locations and hosts", () => {
	const evil = "\u001B]0;owned\u0007";
	const row = {
		...standby,
		node_name: evil,
		location: evil,
		slot_name: evil,
		config_file: evil,
		conninfo: `host=${evil}`,
	};
	expect(JSON.stringify(parseRegistration(row))).not.toMatch(/\\u001b|\\u0007/i);
});

describe("a password that stands in the wrong place of a registered conninfo", () => {
	test.each([
		"postgresql://repmgr:se/cret@node1/repmgr",
		"postgresql://repmgr:5432/cret@node1/repmgr",
		"postgresql://repmgr:p@sscret@node1/repmgr",
		"host=node1 user=repmgr dbname='postgresql://u:cret@h/db'",
		"host=node1 user=repmgr dbname='host=x password=cret'",
	])("is in no field of the registration: %s", (conninfo) => {
		const row = {
			node_id: 1,
			node_name: "node1",
			type: "primary",
			active: true,
			upstream_node_id: null,
			location: "default",
			priority: 100,
			slot_name: null,
			conninfo,
			config_file: "/etc/repmgr.conf",
		};
		const registration = parseRegistration(row);
		expect(JSON.stringify(registration)).not.toContain("cret");
		expect(registration).toMatchObject({ conninfo: unreadableConninfo, user: null, database: null });
	});
});
