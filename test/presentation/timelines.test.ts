import { describe, expect, test } from "vitest";
import { withCommits } from "../../src/assess/timelines.ts";
import type { CommitCount } from "../../src/model/own-wal.ts";
import { timelinesRecord, timelinesReport } from "../../src/presentation/timelines.ts";
import {
	AFTER_FAILOVER,
	FAILED_OVER,
	RECORDED,
	readingsOf,
	SPLIT,
	timelinesIn,
} from "../support/timelines.ts";

const split = timelinesIn(SPLIT, readingsOf(RECORDED));
const failedOver = timelinesIn(FAILED_OVER, readingsOf(AFTER_FAILOVER));

test("a split brain: since when, from which fork and how each side became a primary", () => {
	const { severity, verdict, promotions, nodes } = timelinesReport(split);
	expect(severity).toBe("critical");
	expect(verdict).toBe(
		'"node1", "node2" and "node3" are all primaries: they parted at 0/6020E30 on timeline 3, where "node3" was promoted (without repmgr)',
	);
	expect(promotions.rows.map(({ cells, tone }) => [...cells, tone])).toEqual([
		["4", "3", "0/60246D0", "2026-11-30 07:01:48", "node2", "without repmgr", "critical"],
		["4", "3", "0/6020E30", "2026-11-30 07:01:46", "node3", "without repmgr", "critical"],
		["3", "2", "0/601A960", "2026-11-30 07:00:42", "node1", "failover by repmgrd", "plain"],
		["2", "1", "0/60000A0", "2026-11-30 06:59:57", "node2", "switchover, by root on bastion", "plain"],
	]);
	expect(nodes.rows.map(({ cells, tone }) => [...cells, tone])).toEqual([
		["node1", "primary", "3", "0/601A960", "0/6024840", "15 kB after 0/6020E30", "critical"],
		["node2", "primary", "4", "0/60246D0", "0/60379F0", "91 kB after 0/6020E30", "critical"],
		["node3", "primary", "4", "0/6020E30", "0/6022D68", "7.8 kB after 0/6020E30", "critical"],
	]);
});

test("the transactions that only one node has are counted where they were read", () => {
	const at = "2026-11-30T07:02:03.000000Z";
	const counted: CommitCount = { count: 12, prepared: 0, firstAt: at, lastAt: at, unread: null };
	const cut: CommitCount = { ...counted, count: 1, unread: "That takes too long." };
	const report = timelinesReport(
		withCommits(
			split,
			new Map([
				[1, counted],
				[2, cut],
				[3, null],
			]),
		),
	);
	expect(report.nodes.rows.map(({ cells }) => cells[5])).toEqual([
		"15 kB after 0/6020E30, 12 commits",
		"91 kB after 0/6020E30, 1+ commit",
		"7.8 kB after 0/6020E30",
	]);
	expect(report.sections[0]?.lines.slice(0, 2)).toEqual([
		"node1: in WAL that no other primary has, 12 commits (2026-11-30 07:02:03 UTC).",
		"node2: in WAL that no other primary has, 1 commit (2026-11-30 07:02:03 UTC), and there may be more.",
	]);
});

describe("the verdict", () => {
	const own = (state: string, checkpointLsn: string) => {
		const controlData = { state, timeline: 2, checkpointLsn, systemIdentifier: null };
		const look = { postmaster: false as const, controlData };
		return timelinesReport(timelinesIn(FAILED_OVER, readingsOf(AFTER_FAILOVER, { 2: { look } })));
	};

	test.each([
		["shut down", "0/601A000", "ok", 'all WAL is in the history of "node1", which is on timeline 3'],
		["shut down", "0/601AA60", "warning", '"node2" has WAL that no primary has'],
		["in production", "0/601A000", "unknown", 'whether "node2" has WAL that no primary has is not known'],
	])("a node that is %s at %s: %s", (state, lsn, severity, verdict) => {
		expect(own(state, lsn)).toMatchObject({ severity, verdict });
	});

	test("tells lower bounds and reasons", () => {
		const { nodes, sections } = own("in production", "0/601AA60");
		expect(nodes.rows[1]?.cells).toEqual([
			"node2",
			"stopped primary",
			"2",
			"0/60000A0",
			"0/601AA60",
			"at least 256 B after 0/601A960",
		]);
		expect(sections[0]).toEqual({
			title: "NODES",
			lines: ["node2: It made its last checkpoint there, and may have more."],
		});
	});
});

test("evidence is told for each promotion, and what could not be read", () => {
	const fault = { kind: "unreachable", message: "no answer from node2:22" } as const;
	const { sections } = timelinesReport(
		timelinesIn(FAILED_OVER, readingsOf(AFTER_FAILOVER, { 2: { hostFault: fault } })),
	);
	expect(sections.map(({ title }) => title)).toEqual(["NODES", "NOT READ", "EVIDENCE"]);
	expect(sections.at(-1)?.lines).toContain(
		'timeline 3 from 0/601A960 on: "node1" logged "selected new timeline ID: 3" at 2026-11-30 07:00:42 UTC',
	);
	expect(sections.at(-1)?.lines).toContain(
		'timeline 2 from 0/60000A0 on: switchover to "node2" by root on bastion, approved at 2026-11-30 06:59:50 UTC',
	);
});

test("a cluster without a promotion", () => {
	const told = timelinesIn({}, readingsOf({}));
	expect(timelinesReport(told)).toMatchObject({
		severity: "ok",
		verdict: 'all WAL is in the history of "node1", which is on timeline 1',
		promotions: { rows: [] },
		nodes: {
			rows: [
				{ cells: ["node1", "primary", "1", "–", "0/5000000", "–"], tone: "primary" },
				{ cells: ["node2", "standby", "1", "–", "0/5000000", "none"], tone: "plain" },
				{ cells: ["node3", "standby", "1", "–", "0/5000000", "none"], tone: "plain" },
			],
		},
	});
});

test("the JSON document", () => {
	expect(timelinesRecord("prod", failedOver)).toMatchObject({
		schema: 1,
		readAt: "2026-11-23T04:41:12.000Z",
		cluster: { name: "prod" },
		severity: "unknown",
		promotions: [
			{ timeline: 3, from: { timeline: 2, lsn: "0/601A960" }, at: "2026-11-30T07:00:42.380Z", nodeId: 1 },
			{
				timeline: 2,
				operation: {
					kind: "switchover",
					title: 'switchover to "node2"',
					who: "root on bastion",
					startedAt: "2026-11-30T06:59:50.000Z",
				},
			},
		],
		nodes: [{ own: { state: "primary" } }, { own: { state: "unknown" } }, { own: { state: "none" } }],
		unread: [`repmgr.events of "node2" can't be read: connection refused`],
	});
});
