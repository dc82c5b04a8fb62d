import { describe, expect, test } from "vitest";
import { archiveBacklog } from "../../src/diagnosis/rules/archive-backlog.ts";
import { archiveFailing } from "../../src/diagnosis/rules/archive-failing.ts";
import type { Archiver } from "../../src/model/server-reading.ts";
import { diagnose } from "../support/diagnose.ts";
import { confOfNode, inShort, judge, worldOf } from "../support/worlds.ts";

const archiver: Archiver = {
	archivedCount: 6,
	failedCount: 4,
	lastArchivedWal: "000000010000000000000004",
	lastFailedWal: "000000010000000000000005",
	failing: true,
};
const on = { archive_mode: "on", archive_command: "/bin/false", archive_library: "" };
const server = (settings: Readonly<Record<string, string>>, changes: Partial<Archiver> = {}) => ({
	server: { archiver: { ...archiver, ...changes }, settings },
});
const waiting = (archiveReadyFiles: number | null) => ({ host: { archiveReadyFiles } });

describe("ARCHIVE_FAILING", () => {
	test.each([
		["the newest attempt failed", worldOf({ 1: server(on) }, { ssh: false }), 1, /archiving WAL fails/],
		[
			"also before PostgreSQL 15, without archive_library",
			worldOf({ 1: server({ archive_mode: "on", archive_command: "x" }) }),
			1,
			/fails/,
		],
		[
			"archive_mode=always on a standby",
			worldOf({ 2: server({ ...on, archive_mode: "always" }) }),
			2,
			/fails/,
		],
		[
			"on, with nothing to do it",
			worldOf({ 1: server({ ...on, archive_command: "" }, { failing: false }) }),
			1,
			/archives no WAL/,
		],
	])("fires: %s", (_, world, nodeId, message) => {
		const findings = judge(archiveFailing, world);
		expect(inShort(findings)).toEqual([`warning ARCHIVE_FAILING ${nodeId}`]);
		expect(findings[0]?.message).toMatch(message);
		expect(findings[0]?.evidence[0]?.text).toContain("last_failed_wal 000000010000000000000005");
	});

	test.each([
		["well", worldOf()],
		["it failed before, the newest attempt did not", worldOf({ 1: server(on, { failing: false }) })],
		[
			"archiving is off; the statistics are from before",
			worldOf({ 1: server({ ...on, archive_mode: "off", archive_command: "(disabled)" }) }),
		],
		["a standby does not archive; it failed when it was the primary", worldOf({ 2: server(on) })],
		[
			"archived by a library",
			worldOf({
				1: server({ ...on, archive_command: "", archive_library: "basic_archive" }, { failing: false }),
			}),
		],
		["unknown: no settings", worldOf({ 1: server({}) })],
		["unknown: no statistics", worldOf({ 1: { server: { archiver: null, settings: on } } })],
		["unknown: the server does not answer", worldOf({ 1: { ...server(on), fault: {} } })],
	])("does not fire: %s", (_, world) => {
		expect(judge(archiveFailing, world)).toEqual([]);
	});
});

describe("ARCHIVE_BACKLOG", () => {
	const limits = (warning: string, critical: string) => ({
		host: {
			archiveReadyFiles: 20,
			repmgrConf: confOfNode(1, { archive_ready_warning: warning, archive_ready_critical: critical }),
		},
	});

	test.each([
		["16 files: repmgr's default", worldOf({ 1: waiting(16) }), /A shutdown, and so a switchover, waits/],
		[
			"128 files: repmgr refuses a switchover",
			worldOf({ 1: waiting(128) }),
			/refuses a switchover from 128 files on/,
		],
		["by the node's own limits", worldOf({ 1: limits("10", "20") }), /from 20 files on/],
		[
			"on a standby with archive_mode=always",
			worldOf({ 2: { ...waiting(16), ...server({ ...on, archive_mode: "always" }, { failing: false }) } }),
			/A shutdown, and so a switchover, waits/,
		],
	])("fires: %s", (_, world, detail) => {
		const findings = judge(archiveBacklog, world);
		expect(findings).toMatchObject([{ code: "ARCHIVE_BACKLOG", severity: "warning" }]);
		expect(findings[0]?.detail).toMatch(detail);
		expect(findings[0]?.evidence[0]?.by).toBe("ssh");
	});

	test.each([
		["15 files", worldOf({ 1: waiting(15) })],
		["fewer than the node's own limit", worldOf({ 1: limits("30", "60") })],
		["a standby that does not archive", worldOf({ 2: waiting(99) })],
		["unknown: not counted", worldOf({ 1: waiting(null) })],
		["unknown: no SSH", worldOf({}, { ssh: false })],
		["unknown: SSH fails now", worldOf({ 1: { ...waiting(99), hostFault: {} } })],
	])("does not fire: %s", (_, world) => {
		expect(judge(archiveBacklog, world)).toEqual([]);
	});
});

test("ARCHIVE_FAILING explains ARCHIVE_BACKLOG and names the number of files", () => {
	const world = worldOf({ 1: { ...server(on), ...waiting(40) } });
	expect(inShort(diagnose(world))).toEqual(["warning ARCHIVE_FAILING 1"]);
	expect(diagnose(world)[0]?.detail).toContain("40 files");
});
