import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { reportCommand } from "../../src/command/report.ts";
import { recordAlone, recordedIncident } from "../../src/presentation/recorded-incident.ts";
import { singleFile } from "../../src/record/file.ts";
import { Recorder } from "../../src/record/recorder.ts";
import type { Session } from "../../src/session/session.ts";
import { formatSeconds } from "../../src/text/format.ts";
import { settled } from "../support/fake-cluster.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { PracticeConsole } from "../support/practice.ts";
import { BY, recordAt } from "../support/recorded.ts";
import { NOW } from "../support/records.ts";

let directory = "";
let file = "";
let practice: PracticeConsole;
beforeEach(async () => {
	vi.useFakeTimers({ now: NOW });
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	file = join(directory, "record");
	const recorder = new Recorder(singleFile(file), BY, (text) => text, 10_000);
	practice = new PracticeConsole("calm", 1, (store) => recorder.observe(store));
	await settled(practice.session.firstPicture());
	await practice.seconds(15);
	closeRecord = () => recorder.close();
	recordRun = (run) => recorder.operation(run);
});
let closeRecord = (): void => {};
let recordRun: Recorder["operation"] = () => {};
afterEach(() => {
	practice.close();
	vi.useRealTimers();
	rmSync(directory, { recursive: true });
});

/** The report as made somewhere else: without this journal. */
async function report(session: Session) {
	const { out, err, output } = recordOutput();
	const options = { file, from: undefined, to: undefined, out: undefined, isBundle: false };
	const exitCode = await settled(reportCommand(session, options, output));
	return { exitCode, text: out.join("\n"), err: err.join("\n") };
}

/** A session that can read nothing. */
const unreachable = () => fakeSession([], { kind: "refused", message: "connection to node1:5432 refused" });

test("a recorded drill: the same outage, loss and promoted node as the drill measured, from the record alone", async () => {
	const { report: measured } = await practice.operate({ kind: "drill", nodeId: 1, how: "stop" });
	const { came } = measured ?? {};
	await practice.seconds(15);
	closeRecord();
	const { text, err, exitCode } = await report(unreachable());
	expect([exitCode, err]).toEqual([0, expect.stringContaining("connection to node1:5432 refused")]);
	const [, to, least, most, loss] =
		/changed from node1 to (\S+) \(failover by repmgrd\); no primary answered for ([\d.]+) s at least and ([\d.]+) s at most \(seen by polling\); (.*)\.\n/.exec(
			text,
		) ?? [];
	expect(to, text).toBe(came?.winner);
	expect(Number(least)).toBeLessThanOrEqual((came?.writeOutageSeconds ?? 0) + 0.5);
	expect(Number(most)).toBeGreaterThanOrEqual((came?.writeOutageSeconds ?? 0) - 0.5);
	expect(Number(most) - Number(least)).toBeLessThan(4);
	expect([came?.lostWrites, loss]).toEqual([
		0,
		expect.stringMatching(/^(0 bytes lost|bytes lost: unknown; 0 of)/),
	]);
	expect(text).toMatch(
		/\| node1 \| primary, running, timeline 1 \| standby, streaming, from node2, timeline 2 \|/,
	);
	expect(text).toContain("only what the record has: connection to node1:5432 refused");
});

test("a drill of the console that recorded: what it measured is in its record", async () => {
	const run = await practice.operate({ kind: "drill", nodeId: 1, how: "stop" });
	const endedAt = Date.now();
	recordRun(run);
	// Keyframes repeat it.
	await practice.seconds(30);
	closeRecord();
	const { came } = run.report ?? {};
	const { text } = await report(unreachable());
	expect(text).toContain(
		`the primary changed from node1 to ${came?.winner} (drill by ${run.who}); nobody could write for ${came?.writeOutageSeconds?.toFixed(2)} s (measured by writing); ${came?.lostWrites} of ${came?.acknowledgedWrites} acknowledged writes lost`,
	);
	expect(text).toContain(`: done, ${formatSeconds((endedAt - run.startedAt) / 1000)} (${run.operationId})`);
});

test("a file of the ring that only repeats an operation does not tell when it ended: its last step does", async () => {
	const run = await practice.operate({ kind: "drill", nodeId: 1, how: "stop" });
	recordRun(run);
	await practice.seconds(60);
	closeRecord();
	const record = recordAt(file);
	const recorded = recordedIncident({ ...record, ...record.chapters.at(-1) });
	const ended = Math.max(...run.steps.map(({ endedAt }) => endedAt ?? 0));
	expect(recorded?.operations).toEqual([
		expect.objectContaining({ operationId: run.operationId, endedAt: ended, outcome: "done" }),
	]);
	if (recorded === null) throw new Error("nothing is recorded");
	const told = (from: number, to: number) => recordAlone(recorded, { from, to }, to, "").operations.length;
	expect([
		told(run.startedAt, ended),
		told(ended + 1, Date.now()),
		told(run.startedAt - 10, run.startedAt - 1),
	]).toEqual([1, 0, 0]);
});

test("an operation that the record leaves running is not said to be interrupted", async () => {
	const run = await practice.operate({ kind: "drill", nodeId: 1, how: "stop" });
	recordRun({ ...run, outcome: "running" });
	await practice.seconds(15);
	closeRecord();
	const { text } = await report(unreachable());
	expect(text).toContain(`: not over when the record ended (${run.operationId})`);
	expect(text).not.toContain("interrupted");
});

test("with the cluster as well: what was found has a beginning and an end, beside logs and events", async () => {
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(40);
	await practice.operate({ kind: "rejoin", nodeId: 1, forceRewind: true, stopFirst: false });
	await practice.seconds(15);
	closeRecord();
	const { text, exitCode } = await report(practice.session);
	expect(exitCode).toBe(0);
	expect(text).toMatch(
		/\| \d\d:\d\d:\d\d\.\d{3} \| \d\d:\d\d:\d\d\.\d{3} \(\S+ s\) \| critical \| FAILOVER_IN_PROGRESS \|/,
	);
	expect(text).toMatch(/STANDBY_DOWN \| node1 \|/);
	expect(text).not.toContain("not watched");
	for (const witness of ["console", "repmgr.events", "PostgreSQL", "repmgrd", "operator"])
		expect(text).toContain(` | ${witness} | `);
	expect(text).toMatch(
		/\n- Outage: no primary answered for .*\n- Outage: nobody could write for about 6\.0 s \(by the logs\)/,
	);
	// repmgr's events stand there once, however they were read.
	expect(text.match(/repmgrd\\_failover\\_promote: /g)).toHaveLength(1);
});

test("what was not over when the record ended is not said to last until now", async () => {
	await practice.fault("kill-postgres", "node2");
	await practice.seconds(30);
	closeRecord();
	const end = new Date().toISOString().slice(11, 17);
	await practice.seconds(600);
	const { text } = await report(unreachable());
	expect(text).toMatch(new RegExp(`not over at ${end}\\d\\d\\.\\d{3} \\| \\w+ \\| STANDBY_DOWN \\|`));
});

test("a file of the ring, which only continues another one, is a record as well", () => {
	closeRecord();
	const record = recordAt(file);
	const last = record.chapters.at(-1);
	if (last === undefined) throw new Error("no chapter");
	expect([...last.entries()][0]).toMatchObject({ kind: "keyframe", isContinued: true });
	const { watched, snapshot } = recordedIncident({ ...record, ...last }) ?? {};
	expect(watched?.range.to).toBe(recordedIncident(record)?.watched.range.to);
	expect(snapshot?.nodes).toHaveLength(4);
});

test("a record of another cluster is not mixed with this one", async () => {
	closeRecord();
	const { store } = practice.session;
	const state = store.getState();
	const cluster = { ...state.snapshot.cluster, systemIdentifier: "1" };
	const other = { ...state, snapshot: { ...state.snapshot, cluster } };
	const session = { ...practice.session, store: { ...store, getState: () => other } };
	expect(await report(session)).toEqual({
		exitCode: 78,
		text: "",
		err: expect.stringMatching(
			/is a record of another cluster\nDETAIL: {2}.* in the record is \d+, .* is 1\./,
		),
	});
});

test("a file that is no record is refused", async () => {
	writeFileSync(file, "no record");
	expect(await report(unreachable())).toMatchObject({
		exitCode: 78,
		err: expect.stringContaining("is no record"),
	});
});
