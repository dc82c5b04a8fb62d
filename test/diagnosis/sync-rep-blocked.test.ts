import { describe, expect, test } from "vitest";
import { syncRepBlocked } from "../../src/diagnosis/rules/sync-rep-blocked.ts";
import { primaryReading, sender } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const syncing = (
	names: string,
	states: readonly (string | null)[],
	waiting: number | null = null,
	commit = "on",
) => ({
	server: {
		settings: { synchronous_standby_names: names, synchronous_commit: commit },
		walSenders: states.map((syncState, index) =>
			sender(62 + index, { applicationName: `node${index + 2}`, syncState }),
		),
		syncRepWaiters: waiting === null ? 0 : 3,
		syncRepOldestSeconds: waiting,
	},
});
const BLOCKED = ["critical SYNC_REP_BLOCKED 1"];
const WOULD = ["warning SYNC_REP_BLOCKED 1"];

describe("fires", () => {
	test.each([
		["sessions wait, and no synchronous standby streams", syncing("node9", ["async", "async"], 30), BLOCKED],
		[
			"sessions wait though enough stream (remote_apply, hung disk)",
			syncing("node2", ["sync", "async"], 30),
			BLOCKED,
		],
		["no session waits, but the next commit will", syncing("node9", ["async", "async"]), WOULD],
		["one of two that are needed", syncing("FIRST 2 (node2, node3)", ["sync", "async"]), WOULD],
		["one of any two", syncing("any 2 (node2, node3)", ["quorum"]), WOULD],
		["the old form", syncing("2 (node2, node3)", ["sync"]), WOULD],
		["no standby at all", syncing("*", []), WOULD],
		["waited for less than a restart takes, and none there", syncing("node9", ["async"], 9), WOULD],
	])("%s", (_, changes, expected) => {
		const findings = judge(syncRepBlocked, worldOf({ 1: changes }, { ssh: false }));
		expect(inShort(findings)).toEqual(expected);
		expect(findings[0]?.doNot).toContain("cancel");
	});
});

test.each([
	["well, asynchronous", worldOf()],
	["one of one", worldOf({ 1: syncing("node2, node3", ["sync", "potential"]) })],
	["two of any two", worldOf({ 1: syncing("ANY 2 (*)", ["quorum", "quorum"]) })],
	["commits wait for a moment, as they do", worldOf({ 1: syncing("node2", ["sync"], 0.01) })],
	["commits do not wait by default", worldOf({ 1: syncing("node9", ["async"], null, "local") })],
	[
		"a standby merely restarts",
		since(5, { 1: syncing("node2", ["async"]), 2: { fault: { kind: "refused" } } }),
	],
	["unknown: walsenders may not be seen", worldOf({ 1: syncing("node2", [null, null]) })],
	[
		"unknown: the setting was not read",
		worldOf({ 1: { server: { settings: {}, syncRepWaiters: 3, syncRepOldestSeconds: 60 } } }),
	],
	["unknown: no primary is seen", worldOf({ 1: { ...syncing("node9", [], 60), fault: {} } })],
	["two primaries", worldOf({ 1: syncing("node9", [], 60), 2: { server: primaryReading() } })],
])("does not fire: %s", (_, world) => {
	expect(judge(syncRepBlocked, world)).toEqual([]);
});
