import { expect, test } from "vitest";
import { findCluster, parseClustersFile } from "../../src/config/clusters-file.ts";

const fileWith = (...lines: string[]) =>
	[
		"clusters:",
		"  prod:",
		"    conninfo: host=a",
		"    thresholds:",
		...lines.map((line) => `      ${line}`),
	].join("\n");
const problemsOf = (...lines: string[]) => parseClustersFile(fileWith(...lines), "t", "/h").problems;

test("converts units to shares and bytes; unset thresholds are absent", () => {
	const file = parseClustersFile(
		fileWith(
			"grace_seconds: 30",
			"disk_warning_percent: 80",
			"slot_warning_mb: 2",
			"replication_lag_warning: 5",
		),
		"t",
		"/h",
	);
	expect(file.value?.clusters.get("prod")?.thresholds).toEqual({
		graceSeconds: 30,
		diskWarning: 0.8,
		slotWarningBytes: 2 * 1024 * 1024,
		lagWarningSeconds: 5,
	});
});

test("prefers each threshold of a cluster to the default's", () => {
	const text = `defaults: {thresholds: {grace_seconds: 30, clock_skew_seconds: 5}}\n${fileWith("grace_seconds: 20")}`;
	const file = parseClustersFile(text, "t", "/h").value;
	const found = file && findCluster(file, "prod").value;
	expect(found?.thresholds).toEqual({ graceSeconds: 20, clockSkewSeconds: 5 });
});

test.each([
	[
		"grace_seconds: -1",
		'invalid value for "grace_seconds": -1',
		/^It must be a number of seconds, from 0 to 86400\.$/,
	],
	["grace_seconds: long", 'invalid value for "grace_seconds": "long"', /number of seconds/],
	["disk_warning_percent: 850", 'invalid value for "disk_warning_percent": 850', /percentage, from 1 to 100/],
	["archive_ready_warning: 1.5", 'invalid value for "archive_ready_warning": 1.5', /whole number of files/],
])("refused: %s", (line, message, detail) => {
	expect(problemsOf(line)).toMatchObject([
		{ message, detail: expect.stringMatching(detail), where: { line: 5 }, exitCode: 78 },
	]);
});

test("refuses a warning limit beyond the critical one at its line", () => {
	expect(problemsOf("disk_warning_percent: 97", "disk_critical_percent: 90")).toMatchObject([
		{
			message: 'invalid value for "disk_critical_percent": 90',
			detail: "It must not be less than disk_warning_percent, which is 97.",
			where: { line: 6 },
		},
	]);
});

test("suggests a known key for an unknown one", () => {
	expect(problemsOf("grace_second: 10")).toMatchObject([
		{
			message: 'unknown key "grace_second"',
			hint: expect.stringContaining("grace_seconds"),
			where: { line: 5 },
		},
	]);
});
