import { expect, test } from "vitest";
import { diskNearlyFull } from "../../src/diagnosis/rules/disk-nearly-full.ts";
import { diskReading, inShort, judge, worldOf } from "../support/worlds.ts";

const full = (share: number) => ({ host: { disks: diskReading(share) } });

test.each([
	["85 % on the primary", worldOf({ 1: full(0.85) }), ["warning DISK_NEARLY_FULL 1"], "85 %"],
	["95 % on the primary", worldOf({ 1: full(0.95) }), ["critical DISK_NEARLY_FULL 1"], "95 %"],
	[
		"full to the last byte on a standby: redundancy, not writes",
		worldOf({ 2: full(1) }),
		["warning DISK_NEARLY_FULL 2"],
		"100 %",
	],
	[
		"a primary that is down because of that",
		worldOf({ 1: { ...full(1), fault: { kind: "refused" } } }),
		["critical DISK_NEARLY_FULL 1"],
		"100 %",
	],
	[
		"only pg_wal's",
		worldOf({ 1: { host: { disks: [...diskReading(0.5).slice(0, 1), ...diskReading(0.9).slice(1)] } } }),
		["warning DISK_NEARLY_FULL 1"],
		"pg_wal",
	],
])("fires: %s", (_, world, expected, text) => {
	const findings = judge(diskNearlyFull, world);
	expect(inShort(findings)).toEqual(expected);
	expect(findings[0]?.message).toContain(text);
	expect(findings[0]?.doNot).toContain("pg_wal");
});

test.each([
	["84 %", worldOf({ 1: full(0.849) })],
	["thresholds of the configuration", worldOf({ 1: full(0.9) }, { thresholds: { diskWarning: 0.92 } })],
	["unknown: no SSH", worldOf({}, { ssh: false })],
	["unknown: SSH fails now", worldOf({ 1: { ...full(1), hostFault: {} } })],
	["unknown: df told nothing", worldOf({ 1: { host: { disks: [] } } })],
	[
		"a disk without a size",
		worldOf({ 1: { host: { disks: [{ of: "PGDATA", sizeBytes: 0, availableBytes: 0 }] } } }),
	],
])("does not fire: %s", (_, world) => {
	expect(judge(diskNearlyFull, world)).toEqual([]);
});
