import { describe, expect, test } from "vitest";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import { metadataDrift } from "../../src/diagnosis/rules/metadata-drift.ts";
import { statusRecord } from "../../src/presentation/status-record.ts";
import {
	byId,
	failed,
	NOW,
	nodeState,
	primaryReading,
	read,
	registration,
	standbyReading,
} from "../support/records.ts";
import { judge, since } from "../support/worlds.ts";

const record = statusRecord(
	takeSnapshot(
		"prod",
		byId(
			read(1, primaryReading()),
			read(2, standbyReading()),
			nodeState(registration(3), { server: [failed({ detail: "secret detail" })] }),
		),
		["a notice"],
		NOW,
	),
);
const [primary, standby, silent] = record.nodes;

describe("status --json, schema 1, in full", () => {
	test("has these fields", () => {
		expect(Object.keys(record)).toEqual([
			"schema",
			"takenAt",
			"cluster",
			"severity",
			"settling",
			"notRead",
			"nodes",
			"findings",
			"notices",
		]);
		expect(record).toMatchObject({
			schema: 1,
			takenAt: "2026-11-23T04:41:12.000Z",
			cluster: { name: "prod", systemIdentifier: "7711271344394678382", primaryNodeId: 1 },
			severity: "unknown",
			notices: ["a notice"],
		});
	});

	test("has these fields for each node", () => {
		expect(Object.keys(standby ?? {})).toEqual([
			"nodeId",
			"nodeName",
			"registered",
			"observed",
			"repmgrd",
			"ageMs",
		]);
		expect(standby?.registered).toStrictEqual({
			type: "standby",
			active: true,
			upstreamNodeId: 1,
			location: "default",
			priority: 100,
			slotName: "repmgr_slot_2",
			conninfo: "host=node2 user=repmgr dbname=repmgr",
		});
		expect(standby?.observed).toStrictEqual({
			reachable: true,
			status: "streaming",
			role: "standby",
			timeline: 1,
			timelineAtLeast: null,
			currentLsn: null,
			receiveLsn: "0/5000000",
			replayLsn: "0/5000000",
			lagBytes: 0,
			lagSeconds: 0,
			attached: true,
			upstreamNodeId: 1,
			replayPaused: false,
			postgresVersion: "15.20 (Debian 15.20-0+deb12u1)",
			repmgrVersion: "5.3",
			detail: null,
		});
		expect(standby?.repmgrd).toStrictEqual({
			running: true,
			pause: null,
			pid: 93,
			paused: false,
			upstreamLastSeenSeconds: 0,
		});
	});
});

test("an unknown value is null, never absent", () => {
	expect(Object.keys(silent?.observed ?? {})).toEqual(Object.keys(primary?.observed ?? {}));
	expect(silent).toMatchObject({
		observed: { reachable: false, status: "unreachable", role: null, lagBytes: null },
		repmgrd: { running: null },
		ageMs: null,
	});
	expect(JSON.stringify(record)).toBe(JSON.stringify(JSON.parse(JSON.stringify(record))));
});

test("no internal state leaks out", () => {
	expect(JSON.stringify(record)).not.toMatch(/secret detail|configFile|"state"|"address"/);
});

test("a remedy is a command to copy, without the console's own intent", () => {
	const row = { 3: { registered: { upstreamNodeId: 2 } } };
	const world = since(60, row, { before: row });
	const snapshot = { ...world.snapshot, findings: judge(metadataDrift, world) };
	expect(snapshot.findings[0]?.remedy?.intent).toEqual({ kind: "register", nodeId: 3 });
	expect(Object.keys(statusRecord(snapshot).findings[0]?.remedy ?? {})).toEqual([
		...["title", "nodeId", "user", "argv"],
	]);
});

test("one notice says that the console's role is a superuser, on however many nodes", () => {
	const readings = [primaryReading({ isSuperuser: true }), standbyReading({ isSuperuser: true })];
	const nodes = byId(...readings.map((reading, index) => read(index + 1, reading)));
	const { notices } = statusRecord(takeSnapshot("prod", nodes, ["a notice"], NOW));
	expect(notices).toEqual(["a notice", expect.stringContaining("pg_monitor")]);
});
