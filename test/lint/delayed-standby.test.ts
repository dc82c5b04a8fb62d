import { describe, expect, test } from "vitest";
import { lintOf, type SetupChange, type SetupChanges } from "../support/setups.ts";

const codes = (changes: SetupChanges): readonly string[] =>
	lintOf(changes)
		.filter(({ code }) => code.startsWith("DELAYED_STANDBY"))
		.map(({ severity, code, nodeId }) => `${severity} ${code} ${nodeId}`);

const delayed: SetupChange = { settings: { recovery_min_apply_delay: "3600000" } };

describe("a delayed standby", () => {
	test("is a warning if it may be promoted, with priority 0 as the change", () => {
		expect(codes({ 3: delayed })).toEqual(["warning DELAYED_STANDBY 3"]);
		const [result] = lintOf({ 3: { ...delayed, conf: { priority: "100" } } });
		expect(result?.message).toBe(
			'"node3" replays with a delay of 3600 s and may be promoted: its priority is 100',
		);
		expect(result?.change.map(({ text }) => text)).toEqual([
			"priority='0'",
			"repmgr -f /etc/repmgr.conf standby register --force",
		]);
		expect(result?.change[0]?.title).toMatch(/^line \d+ of \/etc\/repmgr.conf on node3$/);
	});

	test("is accepted with priority 0", () => {
		expect(codes({ 3: { ...delayed, registered: { priority: 0 }, conf: { priority: "0" } } })).toEqual([]);
	});

	test("is not reported as the primary, or without a delay", () => {
		expect(codes({ 1: delayed, 2: { settings: { recovery_min_apply_delay: "0" } } })).toEqual([]);
	});

	test.each([
		["*", "remote_apply", true],
		["ANY 1 (node2, Node3)", "remote_apply", true],
		["node2", "remote_apply", false],
		["*", "on", false],
		["", "remote_apply", false],
	])("synchronous_standby_names %j with synchronous_commit %s: commits wait: %s", (names, commit, waits) => {
		const settings = { synchronous_standby_names: names, synchronous_commit: commit };
		const told = codes({ 1: { settings }, 3: { ...delayed, registered: { priority: 0 } } });
		expect(told).toEqual(waits ? ["error DELAYED_STANDBY_SYNCHRONOUS 3"] : []);
	});
});
