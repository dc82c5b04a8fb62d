import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { lastStepBegun } from "../../src/execution/last-begun.ts";
import {
	claimRun,
	fetchRejoinLog,
	followRun,
	type RemoteRun,
	startRun,
} from "../../src/execution/remote-run.ts";
import { pause } from "../../src/execution/retry.ts";
import type { Step } from "../../src/operation/plan/plan.ts";
import { LocalHost } from "../support/local-host.ts";

let host: LocalHost;
beforeEach(() => {
	host = new LocalHost(1);
});
afterEach(() => host.remove());

const signal = new AbortController().signal;
const patience = { patienceMs: 1000, signal };
const run = (key: string): RemoteRun => ({ host, operationId: "op-1", key });
const step = (key: string, ...argv: string[]): Step => ({
	key,
	title: key,
	command: { nodeId: 1, user: "postgres", argv, sharesSshTo: [] },
	expects: [],
	settleSeconds: 0,
	verification: "",
	wayBack: "",
	runs: "in order",
	rejoinLogOn: null,
});

async function follow(key: string) {
	let output = "";
	const end = await followRun(
		run(key),
		patience,
		(text) => (output += text),
		() => {},
	);
	return { end, output };
}

test("a run starts once, and can be followed to its end several times", async () => {
	const mark = join(host.home, "mark");
	const words = step("one", "sh", "-c", `echo x >> ${mark}; echo out; echo err >&2; wc -l < ${mark}; exit 3`);
	expect(await startRun(run("one"), words)).toEqual({ value: true });
	expect(await startRun(run("one"), words)).toEqual({ value: true });
	const { end, output } = await follow("one");
	expect(end).toEqual({ kind: "exit", exitCode: 3 });
	// The two streams may come in any order.
	const lines = ["1", "err", "out"];
	expect(output.trim().split("\n").toSorted()).toEqual(lines);
	const again = await follow("one");
	expect(again.end).toEqual(end);
	expect(again.output.trim().split("\n").toSorted()).toEqual(lines);
	expect(await claimRun(run("one"), patience)).toEqual({ value: "begun" });
});

test("a command gets its input by a file that is gone once it runs, beside the hosts that it shares connections to", async () => {
	const input = "ALTER SYSTEM SET x = E'\\\\ ä';\n";
	const words = ["sh", "-c", 'cat; ls "$REPMGR_CONSOLE_RUN"; cat "$REPMGR_CONSOLE_RUN/share"'];
	const { command, ...rest } = step("input", ...words);
	// The home directory of these tests knows no host: the connections fail, and the command still runs.
	await startRun(run("input"), { ...rest, command: { ...command, input, sharesSshTo: ["127.0.0.255"] } });
	const { end, output } = await follow("input");
	expect(end).toEqual({ kind: "exit", exitCode: 0 });
	expect(output.startsWith(input)).toBe(true);
	expect(output).toMatch(/127\.0\.0\.255\n$/);
	expect(output).not.toMatch(/^input$/m);
	// Without any it is empty, as it was.
	await startRun(run("none"), step("none", "cat"));
	expect(await follow("none")).toEqual({ end: { kind: "exit", exitCode: 0 }, output: "" });
});

test("a command whose input has not come whole never starts", async () => {
	const mark = join(host.home, "mark");
	const { command, ...rest } = step("cut", "touch", mark);
	host.cutInputAfter = 10;
	const input = "SELECT 'what is long enough'";
	const started = await startRun(run("cut"), { ...rest, command: { ...command, input } });
	expect(started.fault).toBeDefined();
	host.cutInputAfter = null;
	expect(await claimRun(run("cut"), patience)).toEqual({ value: "never" });
	expect(existsSync(mark)).toBe(false);
});

test("output is passed on in whole lines, the last one at the end", async () => {
	const piece = 'printf "password=sec"; printf "to err" >&2; sleep 1; echo ret; echo end >&2; printf last';
	await startRun(run("pieces"), step("pieces", "sh", "-c", piece));
	const pieces: string[] = [];
	await followRun(
		run("pieces"),
		{ patienceMs: 5000, signal },
		(text) => pieces.push(text),
		() => {},
	);
	expect(pieces.toSorted()).toEqual(["last", "password=secret\n", "to errend\n"]);
});

test("only the beginning of an endless line is kept", async () => {
	const line = "head -c 200000 /dev/zero | tr '\\0' x; echo; echo next";
	await startRun(run("long"), step("long", "sh", "-c", line));
	const { output } = await follow("long");
	expect(output).toMatch(/^x{60000,66000}…\nnext\n$/);
});

test("a claimed run never starts, however late its start arrives", async () => {
	expect(await claimRun(run("late"), patience)).toEqual({ value: "never" });
	const mark = join(host.home, "mark");
	await startRun(run("late"), step("late", "touch", mark));
	expect((await follow("late")).end).toEqual({ kind: "absent" });
	expect(await claimRun(run("late"), patience)).toEqual({ value: "never" });
});

test("a run whose processes are gone is lost", async () => {
	await startRun(run("killed"), step("killed", "sh", "-c", 'kill -9 "$PPID"; sleep 1'));
	expect((await follow("killed")).end).toEqual({ kind: "lost" });
});

describe("how far an interrupted operation has come", () => {
	const steps = ["dry-run", "pause-1", "change", "checkpoint"].map((key) => step(key, "true"));

	test("is the last step that was begun, and no later one begins any more", async () => {
		await startRun(run("dry-run"), step("dry-run", "true"));
		await startRun(run("pause-1"), step("pause-1", "true"));
		expect(await lastStepBegun(steps, "op-1", { hosts: [host] }, signal)).toEqual({ value: 1 });
		await startRun(run("change"), step("change", "true"));
		expect((await follow("change")).end).toEqual({ kind: "absent" });
	});

	test("is -1 if no step was begun", async () => {
		expect(await lastStepBegun(steps, "op-1", { hosts: [host] }, signal)).toEqual({ value: -1 });
	});

	test("is not known while a host does not answer; the fault says what to do", async () => {
		const leaving = new AbortController();
		leaving.abort();
		host.shell.run = async () => ({ fault: { kind: "unreachable", message: "no way there" } });
		const { fault } = await lastStepBegun(steps, "op-1", { hosts: [host] }, leaving.signal);
		expect(fault).toMatch(/whether node 1 has begun "checkpoint" can't be told: .*runs --break-lock/);
	});
});

test("only a rejoin's log that was written during the run is fetched", async () => {
	// repmgr writes them there.
	const logs = ["1", "2"].map((word) => `/tmp/node-rejoin.${process.pid}${word}.log`);
	onTestFinished(() => {
		for (const log of logs) rmSync(log, { force: true });
	});
	const [before = "", after = ""] = logs;
	const redact = (text: string) => text.replace("hush", "***");
	writeFileSync(before, "of the run before");
	await pause(20, signal);
	await startRun(run("switchover"), step("switchover", "true"));
	await follow("switchover");
	expect(await fetchRejoinLog(run("switchover"), redact)).toBeNull();
	await pause(20, signal);
	writeFileSync(after, "password=hush\nhalf a li");
	const log = { nodeId: 1, path: after, text: "password=***\n" };
	expect(await fetchRejoinLog(run("switchover"), redact)).toEqual(log);
});
