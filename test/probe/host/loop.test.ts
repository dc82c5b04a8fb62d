import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Report } from "../../../src/model/node-state.ts";
import { ConnectionLimiter } from "../../../src/probe/connection-limiter.ts";
import { type HostLooks, HostLoop } from "../../../src/probe/host/loop.ts";
import { HOST_SCRIPT } from "../../../src/probe/host/script.ts";
import { LOG_SCRIPT } from "../../../src/probe/logs/script.ts";
import { DEFAULT_TIMING } from "../../../src/probe/timing.ts";
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

function watch(hostLooks: HostLooks = "after the servers") {
	const shell = new FakeShell();
	const reports: Report[] = [];
	const timing = { ...DEFAULT_TIMING };
	const target = { nodeId: 1, shell, user: "postgres", configFile: "/etc/repmgr.conf; rm -rf /" };
	const loop = new HostLoop(
		target,
		() => timing,
		(report) => reports.push(report),
		new ConnectionLimiter(1),
		(text) => text.replaceAll("geheim", "…"),
	);
	const ended = loop.run(hostLooks);
	/** When the host was read, in ms since the start. */
	const looks = () => shell.runs.map(({ at }) => at - NOW);
	return { shell, reports, loop, ended, looks, timing };
}

test("runs one constant script, with data of repmgr.nodes as arguments only", async () => {
	const { shell, reports } = watch();
	await pass(500);
	expect(shell.runs).toHaveLength(1);
	expect(shell.runs[0]?.argv.slice(-6)).toEqual([
		"sh",
		"-c",
		HOST_SCRIPT,
		"sh",
		"",
		"/etc/repmgr.conf; rm -rf /",
	]);
	expect(shell.runs[0]?.options).toEqual({ user: "postgres", deadlineMs: DEFAULT_TIMING.hostDeadlineMs });
	expect(reports).toMatchObject([
		{
			nodeId: 1,
			of: "host",
			observation: { at: NOW + 500, by: "ssh", value: { postmaster: { state: "S" } } },
		},
	]);
});

test("measures the clock against the middle of the read; the other facts date from its start", async () => {
	const { shell, reports } = watch();
	shell.onRun = () => ({
		afterMs: 200,
		outcome: { value: { exitCode: 0, stdout: `time ${(NOW + 600) / 1000}\n`, stderr: "" } },
	});
	await pass(700);
	expect(reports).toMatchObject([{ observation: { value: { clockOffsetMs: 0 }, at: NOW + 500 } }]);
});

test("reads every 15 s, after the servers had their first half second", async () => {
	const { looks } = watch();
	await pass(40_000);
	expect(looks()).toEqual([500, 15_500, 30_500]);
});

test("reads at once, then every 3 s, while its server is in trouble", async () => {
	const { loop, looks } = watch();
	await pass(5000);
	loop.trouble();
	await pass(7000);
	expect(looks()).toEqual([500, 5000, 8000, 11_000]);
	loop.calm();
	await pass(20_000);
	// The pause that began in trouble ends first.
	expect(looks().slice(4)).toEqual([14_000, 29_000]);
});

test("reads only after lasting trouble while an operation runs", async () => {
	const { loop, looks, timing } = watch();
	await pass(5000);
	timing.troublePatienceMs = 1000;
	loop.trouble();
	await pass(900);
	loop.calm();
	await pass(100);
	for (let second = 0; second < 3; second++) {
		loop.trouble();
		await pass(1000);
	}
	expect(looks()).toEqual([500, 7000]);
});

test("does not read more often when trouble is reported repeatedly", async () => {
	const { loop, looks } = watch();
	await pass(5000);
	for (let tick = 0; tick < 60; tick++) {
		loop.trouble();
		await pass(100);
	}
	expect(looks()).toEqual([500, 5000, 8000, 11_000]);
});

test("starts no second read while one hangs", async () => {
	const { shell, loop, looks, reports } = watch();
	shell.onRun = () => "hang";
	await pass(1000);
	loop.trouble();
	await pass(4400);
	expect(looks()).toEqual([500]);
	await pass(200);
	expect(reports).toMatchObject([{ observation: { fault: { kind: "timeout" }, at: NOW + 5500 } }]);
	await pass(3000);
	expect(looks()).toEqual([500, 8500]);
});

describe("at once (status)", () => {
	test("reads once when the server has answered, not at each answer", async () => {
		const { loop, looks } = watch("at once");
		await pass(50);
		loop.calm();
		await pass(1000);
		loop.calm();
		await pass(15_000);
		expect(looks()).toEqual([50, 15_050]);
	});

	test("it does not wait for long", async () => {
		const { looks } = watch("at once");
		await pass(16_000);
		expect(looks()).toEqual([500, 15_500]);
	});
});

describe("only in trouble (events)", () => {
	test("never reads a host whose server answers", async () => {
		const { looks } = watch("in trouble");
		await pass(600_000);
		expect(looks()).toEqual([]);
	});

	test("reads at once in trouble, also at the start", async () => {
		const { loop, looks } = watch("in trouble");
		loop.trouble();
		await pass(0);
		expect(looks()).toEqual([0]);
	});

	test("stops reading when the trouble ends", async () => {
		const { loop, looks } = watch("in trouble");
		loop.trouble();
		await pass(100);
		loop.calm();
		await pass(60_000);
		expect(looks()).toEqual([0]);
	});
});

test("reports a sanitised fault, and reads the host again", async () => {
	const { shell, reports, looks } = watch();
	shell.onRun = () => fault("authentication", { message: "banner \u001B[2J" });
	await pass(15_500);
	expect(reports).toMatchObject([
		{ observation: { fault: { kind: "authentication", message: "banner \uFFFD[2J" }, by: "ssh" } },
		{ observation: { fault: { kind: "authentication" } } },
	]);
	expect(looks()).toHaveLength(2);
});

describe("stop()", () => {
	test("ends the loop and closes the connection", async () => {
		const { shell, loop, ended } = watch();
		await pass(1000);
		loop.stop();
		await ended;
		expect(shell.isClosed).toBe(true);
		expect(vi.getTimerCount()).toBe(0);
	});

	test("during a read: it is not reported", async () => {
		const { shell, loop, ended, reports } = watch();
		shell.onRun = () => ({ afterMs: 1000, outcome: { value: { exitCode: 0, stdout: "", stderr: "" } } });
		await pass(1000);
		loop.stop();
		await pass(1000);
		await ended;
		expect(reports).toEqual([]);
		expect(shell.isClosed).toBe(true);
	});

	test("before the first read: there is none", async () => {
		const { loop, looks, ended } = watch();
		loop.stop();
		await pass(60_000);
		await ended;
		expect(looks()).toEqual([]);
	});
});

describe("the line of the log that may have the reason", () => {
	const output = [
		"postmaster none",
		"log log postgresql file /var/log/postgresql.log",
		"log first",
		"log |FATAL:  could not open file with password=geheim: Permission denied",
		"log to 1 70",
		"log log repmgrd none",
		"log end",
		"",
	].join("\n");
	const reasons = (reports: readonly Report[]) =>
		reports.map((report) => (report.of === "host" ? report.observation.value?.logReason : null));

	test("is searched for when the server is in trouble or has no walreceiver, and reported without secrets", async () => {
		const { shell, loop, reports } = watch();
		shell.onRun = () => ({ value: { exitCode: 0, stdout: output, stderr: "" } });
		await pass(500);
		loop.detached(true);
		await pass(15_000);
		await pass(3000);
		loop.detached(false);
		loop.trouble();
		await pass(0);
		expect(shell.runs.map(({ argv }) => argv.includes(LOG_SCRIPT))).toEqual([false, true, true]);
		const reason = "FATAL:  could not open file with password=…: Permission denied";
		expect(reasons(reports)).toEqual([undefined, reason, reason]);
	});

	test("is one of repmgrd's log where that does not run", async () => {
		const { shell, loop, reports } = watch();
		const ended = "[2026-11-23 07:58:28] [NOTICE] TERM signal received";
		const log = `repmgrd none\nlog log postgresql none\nlog log repmgrd file /var/log/repmgrd.log\nlog first\nlog |${ended}\nlog to 1 70\nlog end\n`;
		shell.onRun = () => ({ value: { exitCode: 0, stdout: log, stderr: "" } });
		loop.trouble();
		await pass(500);
		const [report] = reports;
		expect(report?.of === "host" && report.observation.value?.repmgrdLogReason).toBe(ended);
	});

	test("is not searched for while an operation runs", async () => {
		const { shell, loop, timing } = watch();
		timing.troublePatienceMs = 1000;
		loop.detached(true);
		await pass(500);
		expect(shell.runs.map(({ argv }) => argv.includes(LOG_SCRIPT))).toEqual([false]);
	});
});

test("remembers the unit of a process that is gone, but not for one that runs outside of any", async () => {
	const { shell, reports } = watch();
	const outputs = [
		"postmaster 7 S\nrepmgrd 8 S\nunitof server edb-as-15.service\nunitof repmgrd repmgrd@15-main.service",
		"postmaster none\nrepmgrd none",
		"postmaster 9 S\nrepmgrd none",
		"postmaster none\nrepmgrd none",
	];
	shell.onRun = () => ({
		afterMs: 0,
		outcome: { value: { exitCode: 0, stdout: `${outputs[shell.runs.length - 1]}\n`, stderr: "" } },
	});
	await pass(46_000);
	const units = reports.map((report) => {
		const { serverUnit, repmgrdUnit } = (report.of === "host" && report.observation.value) || {};
		return [serverUnit, repmgrdUnit];
	});
	expect(units).toEqual([
		["edb-as-15.service", "repmgrd@15-main.service"],
		["edb-as-15.service", "repmgrd@15-main.service"],
		[null, "repmgrd@15-main.service"],
		[null, "repmgrd@15-main.service"],
	]);
});
