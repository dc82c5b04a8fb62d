import { describe, expect, test } from "vitest";
import { parseHost } from "../../../src/probe/host/parse.ts";
import { fixtureText } from "../../support/fixtures.ts";

const LOOKED = { from: 1000, to: 1200 };
const recorded = (name: string) => parseHost(fixtureText(`host/${name}.txt`), LOOKED);

test.each([
	["primary", "in production", "7711271344394678382"],
	["standby", "in archive recovery", "7711271344394678382"],
	["witness", "in production", "7711271344594002030"],
])("a recorded host of a %s", (name, state, systemIdentifier) => {
	const reading = recorded(name);
	expect(reading.postmaster).toEqual({ pid: expect.any(Number), state: "S" });
	expect(reading.repmgrd).toEqual({ pid: expect.any(Number), state: "S" });
	expect(reading.controlData).toMatchObject({ state, systemIdentifier, timeline: 1 });
	expect(reading.controlData?.checkpointLsn).toMatch(/^0\/[0-9A-F]+$/);
	expect(reading.dataDirectory).toBe("/var/lib/postgresql/15/main");
	expect(reading.units).toEqual([
		{ unit: "postgresql.service", active: "active", sub: "exited" },
		{ unit: "postgresql@15-main.service", active: "active", sub: "running" },
		{ unit: "repmgrd.service", active: "active", sub: "running" },
	]);
});

test("a recorded repmgr.conf: what is set", () => {
	const { repmgrConf, archiveReadyFiles, forks } = recorded("primary");
	expect(repmgrConf).toMatchObject({
		node_id: "1",
		failover: "automatic",
		priority: "100",
		promote_command: "/usr/bin/repmgr standby promote -f /etc/repmgr.conf --log-to-file",
	});
	expect(repmgrConf).not.toHaveProperty("always_promote");
	expect(repmgrConf?.conninfo).toBe("host=node1 user=repmgr dbname=repmgr connect_timeout=2");
	expect(archiveReadyFiles).toBe(0);
	expect(forks).toEqual([]);
});

test("recorded disks, in bytes", () => {
	const text = fixtureText("host/primary.txt");
	const [, kilobytes] = /^disk PGDATA \S+ +\d+ +\d+ +(\d+)/m.exec(text) ?? [];
	expect(recorded("primary").disks).toEqual([
		{ of: "PGDATA", sizeBytes: 1024 ** 3, availableBytes: Number(kilobytes) * 1024 },
		{ of: "pg_wal", sizeBytes: 1024 ** 3, availableBytes: Number(kilobytes) * 1024 },
	]);
});

test.each([
	["stopped-fast", "shut down"],
	["stopped-immediate", "in production"],
])("a recorded host with a stopped server (%s): %s", (name, state) => {
	const reading = recorded(name);
	expect(reading.postmaster).toBe(false);
	expect(reading.repmgrd).toBe(false);
	expect(reading.controlData).toMatchObject({ state, timeline: 1 });
	// Quoted in repmgr.conf, with a comment behind.
	expect(reading.dataDirectory).toMatch(/^\/tmp\/repmgr-console-fixture-\w+\/data$/);
	expect(reading.units).toEqual([]);
	expect(reading.disks).toHaveLength(2);
});

describe("clock", () => {
	test.each([
		["1.100000000", 1100, 0],
		["3.6", 3600, 2500],
		["0.100", 100, -1000],
	])("the host says %s s: %i ms, %i off the middle of the look", (time, hostTime, clockOffsetMs) => {
		expect(parseHost(`time ${time}\n`, LOOKED)).toMatchObject({ hostTime, clockOffsetMs });
	});

	// BusyBox's date knows no %N.
	test.each(["", "time 1795420760.%N\n", "time \n"])("unreadable: %j", (text) => {
		expect(parseHost(text, LOOKED)).toMatchObject({ hostTime: null, clockOffsetMs: null });
	});
});

describe("processes", () => {
	test.each([
		["postmaster 52 T", { pid: 52, state: "T" }],
		["postmaster none", false],
		["", null],
		// Shorter than the fact's word: another fact.
		["postmasters 52 S", null],
	])("%j", (text, expected) => {
		expect(parseHost(text, LOOKED).postmaster).toEqual(expected);
	});
});

test("knows nothing from empty output", () => {
	expect(parseHost("", LOOKED)).toEqual({
		postmaster: null,
		readMs: LOOKED.to - LOOKED.from,
		repmgrd: null,
		controlData: null,
		masked: [],
		fences: [],
		pauses: [],
		pauseFileAt: null,
		units: [],
		disks: [],
		dataDirectory: null,
		pidFileAt: null,
		controlFileAt: null,
		repmgrCommands: [],
		isHalfRewound: false,
		locks: [],
		archiveReadyFiles: null,
		forks: [],
		repmgrConf: null,
		repmgrdUnit: null,
		serverUnit: null,
		hostTime: null,
		clockOffsetMs: null,
	});
});

test("skips unknown lines: banners, half a line, unknown units", () => {
	const text = [
		"Welcome to node1!",
		"disk PGDATA overlay",
		"disk / overlay 1 2 3 4% /",
		"unit repmgrd.service not-found inactive dead repmgrd.service",
		"unit",
		"control no colon here",
		"repmgrd 93 S",
	].join("\n");
	expect(parseHost(text, LOOKED)).toMatchObject({
		disks: [],
		masked: [],
		fences: [],
		units: [],
		controlData: null,
		repmgrd: { pid: 93, state: "S" },
	});
});

test("sanitises the name of a data directory", () => {
	expect(parseHost("data /srv/\u001B[2Jmain\r\n", LOOKED).dataDirectory).toBe("/srv/\uFFFD[2Jmain");
});

describe("the unit of the server", () => {
	const of = (...lines: readonly string[]) => parseHost(lines.join("\n"), LOOKED);

	test("is that of its cgroup, whatever it is called", () => {
		expect(
			of(
				"postmaster 77 S",
				"unitof server edb-as-15.service",
				"unit edb-as-15.service loaded active running 77",
			),
		).toMatchObject({
			serverUnit: "edb-as-15.service",
			units: [{ unit: "edb-as-15.service", active: "active" }],
		});
	});

	test("is none where the cgroup is inherited: the unit's main process is another one", () => {
		const agent = ["unitof server agent.service", "unit agent.service loaded active running 12"];
		expect(of("postmaster 77 S", ...agent).serverUnit).toBeNull();
		// That of an init script has no main process.
		expect(
			of("postmaster 77 S", "unitof server pg.service", "unit pg.service loaded active exited 0").serverUnit,
		).toBe("pg.service");
	});

	test("is that of its service command where it does not run, if systemd knows that", () => {
		const lines = ["postmaster none", "unitof start postgres.service"];
		expect(of(...lines, "unit postgres.service loaded inactive dead 0").serverUnit).toBe("postgres.service");
		expect(of(...lines, "unit postgres.service not-found inactive dead 0").serverUnit).toBeNull();
		expect(of(...lines).serverUnit).toBeNull();
	});

	test("is not known where it is not known whether it runs", () => {
		expect(of("unitof start a.service", "unit a.service loaded inactive dead 0").serverUnit).toBeNull();
	});

	test("is shown once, and repmgrd has its own", () => {
		const reading = of(
			"repmgrd 5 S",
			"unitof repmgrd repmgr-16.service",
			"unit repmgr-16.service loaded active running 5",
			"unit repmgr-16.service loaded active running 5",
		);
		expect(reading).toMatchObject({
			repmgrdUnit: "repmgr-16.service",
			units: [{ unit: "repmgr-16.service" }],
		});
		expect(reading.units).toHaveLength(1);
	});
});
