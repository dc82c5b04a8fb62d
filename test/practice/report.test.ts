import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { handoverCommand, type ReportOptions, reportCommand } from "../../src/command/report.ts";
import { settled } from "../support/fake-cluster.ts";
import { recordOutput } from "../support/fake-session.ts";
import { eachOnCalmPractice, type PracticeConsole } from "../support/practice.ts";

let practice: PracticeConsole;
eachOnCalmPractice((console) => {
	practice = console;
});

async function report(given: Partial<ReportOptions> = {}) {
	const { out, err, output } = recordOutput();
	const options = {
		file: undefined,
		from: undefined,
		to: undefined,
		out: undefined,
		isBundle: false,
		...given,
	};
	const exitCode = await settled(reportCommand(practice.session, options, output));
	return { exitCode, text: out.join("\n"), err: err.join("\n") };
}

async function handover(): Promise<readonly string[]> {
	const { out, output } = recordOutput();
	expect(await settled(handoverCommand(practice.session, 8, output))).toBe(0);
	return out.join("\n").split("\n");
}

const part = (text: string, title: string): string => text.split(`\n## ${title}`)[1]?.split("\n## ")[0] ?? "";

test("a failover and a rejoin: who was promoted, why, for how long nobody could write, what was done", async () => {
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(40);
	await practice.operate({ kind: "rejoin", nodeId: 1, forceRewind: true, stopFirst: false });
	await practice.seconds(10);
	const { text, exitCode } = await report({ from: "2h" });
	expect(exitCode).toBe(0);
	expect(part(text, "Summary")).toMatch(
		/the primary changed from node1 to node2 \(failover by repmgrd\); nobody could write for about 6\.0 s \(by the logs\); what was lost is not known\.\n- Now: OK: primary node2/,
	);
	const promotion = part(text, "Promotion of node2");
	const reasons = promotion.match(
		/PostgreSQL on node1: .*postmaster exit`|All attempts to reconnect.*|This node has won.*/g,
	);
	expect(reasons).toHaveLength(3);
	expect(promotion).toContain("- By whom: failover by repmgrd.");
	expect(part(text, "Operators' actions")).toMatch(/rejoin "node1" by alice on \S+: done, 11 s/);
	const times = [...part(text, "Timeline").matchAll(/^\| (\S+ \S+) \|/gm)].map(([, time]) => time);
	expect(times.length).toBeGreaterThan(30);
	expect(times).toEqual(times.toSorted());
	// All witnesses, in one order; node3 does not hold an election of its own once it follows.
	for (const witness of ["repmgr.events", "PostgreSQL", "repmgrd", "operator"])
		expect(part(text, "Timeline")).toContain(`| ${witness} |`);
	expect(part(text, "Timeline")).not.toContain('candidate is "node3"');
	expect((await handover()).slice(0, 5)).toEqual([
		expect.stringMatching(/^practice calm, \d{4}-\d\d-\d\d \d\d:\d\d UTC$/),
		expect.stringMatching(/^NOW {4}OK: primary node2/),
		"DONE   in the last 8 h",
		expect.stringMatching(/node1 → node2: failover by repmgrd; nobody could write for about 6\.0 s/),
		expect.stringMatching(/rejoin "node1" by alice on \S+: done after 11 s/),
	]);
});

test("what was before is not told, and a time without anything says so", async () => {
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(40);
	const { text } = await report({ from: new Date(Date.now() - 2000).toISOString().slice(0, 19) });
	expect(text).toContain("No change of the primary is known in this time.");
	expect(text).toContain("Nothing is known of this time.");
});

test("while something is wrong, a handover tells the worst, its cause and what is left, on one screen", async () => {
	await practice.fault("kill-postgres", "node2");
	await practice.seconds(20);
	const lines = await handover();
	expect(lines.join("\n")).toMatch(/WORST {2}warning STANDBY_DOWN: .*node2.*\n {7}\S/);
	expect(lines.join("\n")).toMatch(/LEFT\n {2}- warning STANDBY_DOWN: .*; next: .* \(repmgr-console start\)/);
});

test("--out writes the report with the rights of its owner only", async () => {
	const directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	try {
		const { err, exitCode } = await report({ out: join(directory, "new") });
		expect([exitCode, err]).toEqual([0, `wrote ${join(directory, "new", "report.md")}`]);
		expect(readFileSync(join(directory, "new", "report.md"), "utf8")).toMatch(
			/^# Incident report: cluster practice/,
		);
		const refused = await report({ out: join(directory, "new", "report.md") });
		expect(refused.exitCode).not.toBe(0);
		expect(refused.err).toMatch(/error: could not write ".*report.md\/report.md"/);
	} finally {
		rmSync(directory, { recursive: true });
	}
});

test.each([
	[{ from: "yesterday" }, '"yesterday" is not a time'],
	[{ to: "25:00" }, '"25:00" is not a time'],
	[{ from: "1h", to: "2h" }, "--from is not before --to"],
])("%j is refused with a hint", async (given, message) => {
	const { exitCode, err } = await report(given);
	expect([exitCode, err]).toEqual([64, expect.stringContaining(`error: ${message}\nHINT:  Times are UTC`)]);
});
