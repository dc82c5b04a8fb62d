import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LogLooks, LogLoop } from "../../../src/probe/logs/loop.ts";
import { LOG_SCRIPT } from "../../../src/probe/logs/script.ts";
import { fault } from "../../support/fake-query.ts";
import { FakeShell } from "../../support/fake-shell.ts";
import { NOW } from "../../support/records.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

const answer = (stdout: string) => ({ value: { exitCode: 0, stdout, stderr: "" } });

/** The output of a host whose logs grow by one line per read. */
function growing(shell: FakeShell): void {
	shell.onRun = () => {
		const count = shell.runs.length;
		const first = count === 1 ? "first\n" : "";
		return answer(
			`log postgresql file /pg.log\n${first}|pg ${count}\nto 7 ${count}\nlog repmgrd file /r.log\n${first}|r ${count}\nto 8 ${count}\nend\n`,
		);
	};
}

function loop() {
	const shell = new FakeShell();
	growing(shell);
	const reports: LogLooks[] = [];
	const target = { nodeId: 1, shell, user: "postgres", configFile: "/etc/repmgr.conf; rm -rf /" };
	const logs = new LogLoop(
		target,
		(text) => text,
		(looks) => reports.push(looks),
	);
	const looks = () => shell.runs.map(({ at }) => at - NOW);
	return { shell, reports, logs, looks };
}

test("runs one constant script at once and each second, with data as arguments", async () => {
	const { shell, reports, logs, looks } = loop();
	void logs.run();
	await pass(2500);
	expect(looks()).toEqual([0, 1000, 2000]);
	expect(shell.runs[0]?.argv.slice(2)).toEqual([
		...["sh", "-c", LOG_SCRIPT, "sh", "/etc/repmgr.conf; rm -rf /", "65536", "500"],
		...Array.from({ length: 8 }, () => ""),
	]);
	expect(shell.runs[0]?.options).toMatchObject({ user: "postgres" });
	expect(shell.runs[2]?.argv.slice(-8)).toEqual(["/pg.log", "7", "2", "", "/r.log", "8", "2", ""]);
	expect(reports[1]).toMatchObject({
		postgresql: { source: "/pg.log", isFirst: false, lines: [{ text: "pg 2" }], fault: null },
		repmgrd: { source: "/r.log", lines: [{ text: "r 2" }] },
	});
});

test("never runs two reads at a time, however slow the host is", async () => {
	const { shell, logs, looks } = loop();
	const play = shell.onRun;
	shell.onRun = () => ({ afterMs: 2500, outcome: play() as ReturnType<typeof answer> });
	void logs.run();
	await pass(8000);
	expect(looks()).toEqual([0, 3500, 7000]);
});

test("reports a sanitised fault for both logs, and waits before the next try", async () => {
	const { shell, reports, logs, looks } = loop();
	shell.onRun = () => fault("authentication", { message: "banner \u001B[2J" });
	void logs.run();
	await pass(6000);
	expect(looks()).toEqual([0, 5000]);
	const failed = { fault: { kind: "authentication", message: "banner \uFFFD[2J" } };
	expect(reports[0]).toMatchObject({ postgresql: failed, repmgrd: failed });
});

test("continues after a failed read where the last good one ended", async () => {
	const { shell, logs } = loop();
	const play = shell.onRun;
	void logs.run();
	await pass(500);
	shell.onRun = () => fault("timeout");
	await pass(1000);
	shell.onRun = play;
	await pass(5000);
	expect(shell.runs.at(-1)?.argv.slice(-8)).toEqual(["/pg.log", "7", "1", "", "/r.log", "8", "1", ""]);
});

test("reports incomplete output as a fault with the host's message", async () => {
	const { shell, reports, logs } = loop();
	shell.onRun = () => ({
		value: { exitCode: 1, stdout: "log postgresql file /x\n", stderr: "sh: killed\n" },
	});
	void logs.run();
	await pass(100);
	expect(reports[0]?.postgresql.fault).toMatchObject({
		message: "the script that reads the logs did not finish",
		detail: "sh: killed",
	});
});

describe("stop()", () => {
	test("ends reading; a new run() gets what was written meanwhile", async () => {
		const { shell, logs, looks } = loop();
		void logs.run();
		await pass(1500);
		logs.stop();
		await pass(10_000);
		expect(looks()).toEqual([0, 1000]);
		expect(vi.getTimerCount()).toBe(0);
		expect(shell.isClosed).toBe(false);
		void logs.run();
		await pass(100);
		expect(shell.runs.at(-1)?.argv.slice(-8)).toEqual(["/pg.log", "7", "2", "", "/r.log", "8", "2", ""]);
	});

	test("during a read: it is not reported, and its lines come with the next one", async () => {
		const { shell, reports, logs } = loop();
		shell.onRun = () => ({ afterMs: 1000, outcome: answer("end\n") });
		void logs.run();
		await pass(500);
		logs.stop();
		await pass(1000);
		expect(reports).toEqual([]);
	});

	test("and run() in one moment do not make two loops", async () => {
		const { logs, looks } = loop();
		void logs.run();
		logs.stop();
		void logs.run();
		void logs.run();
		await pass(1500);
		expect(looks()).toEqual([0, 0, 1000]);
	});
});
