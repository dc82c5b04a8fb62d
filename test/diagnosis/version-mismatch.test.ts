import { expect, test } from "vitest";
import { versionMismatch } from "../../src/diagnosis/rules/version-mismatch.ts";
import { inShort, judge, worldOf } from "../support/worlds.ts";

const pg = (postgresVersion: string) => ({ server: { postgresVersion } });
const repmgr = (repmgrVersion: string | null) => ({ server: { repmgrVersion } });

test.each([
	[
		"a witness of another major version",
		worldOf({ 4: pg("16.4") }),
		[4],
		/PostgreSQL 16 where others have 15/,
	],
	[
		"another extension on the witness",
		worldOf({ 4: repmgr("5.5") }, { ssh: false }),
		[4],
		/extension repmgr 5.5 where others have 5.3/,
	],
	[
		"against the most common, without a primary",
		worldOf({ 1: { fault: {} }, 4: pg("16.4") }),
		[4],
		/PostgreSQL 16/,
	],
	[
		"both at once",
		worldOf({ 4: { server: { postgresVersion: "14.1", repmgrVersion: "5.2" } } }),
		[4],
		/PostgreSQL 14 .* and extension/,
	],
])("fires: %s", (_, world, nodeIds, message) => {
	const findings = judge(versionMismatch, world);
	expect(inShort(findings)).toEqual(nodeIds.map((nodeId) => `warning VERSION_MISMATCH ${nodeId}`));
	expect(findings[0]?.message).toMatch(message);
});

test.each([
	["well", worldOf()],
	["minor versions differ during an update", worldOf({ 2: pg("15.21 (Debian 15.21-1)") })],
	["unknown: no extension in the database that was named", worldOf({ 2: repmgr(null) })],
	["unknown: it does not answer", worldOf({ 4: { ...pg("16.4"), fault: {} } })],
	[
		"unknown: two, and no primary: which is odd can't be said",
		worldOf({ 1: { fault: {} }, 3: { fault: {} }, 4: pg("16.4") }),
	],
	["unknown: a version that is no number", worldOf({ 4: pg("devel") })],
])("does not fire: %s", (_, world) => {
	expect(judge(versionMismatch, world)).toEqual([]);
});
