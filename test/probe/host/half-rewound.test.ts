import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runScript } from "../../../src/execution/host.ts";
import { RELEASE_SCRIPT } from "../../../src/execution/remote-scripts.ts";
import { lookAtHost } from "../../../src/probe/host/loop.ts";
import { LocalHost } from "../../support/local-host.ts";

let host: LocalHost;
let data = "";
let mark = "";
let operation = "";
beforeEach(() => {
	host = new LocalHost(1);
	data = join(host.home, "main");
	mkdirSync(join(data, "pg_wal"), { recursive: true });
	writeFileSync(join(data, "PG_VERSION"), "15\n");
	const state = join(host.home, ".local/state/repmgr-console");
	operation = join(state, "runs/1-rejoin");
	mkdirSync(join(operation, "rejoin"), { recursive: true });
	mark = join(state, "rewind-main");
	writeFileSync(mark, `${data}\n1\n${operation}\n`);
	writeFileSync(join(operation, "rejoin/stderr"), "NOTICE: executing pg_rewind\n");
	conf();
});
afterEach(() => host.remove());

/** Programs of a server whose control data are on this timeline. */
function conf(timeline = 1): void {
	const program = join(host.home, "pg_controldata");
	const text = `Database cluster state: shut down\nLatest checkpoint's TimeLineID: ${timeline}`;
	writeFileSync(program, `#!/bin/sh\necho "${text}"\n`, { mode: 0o755 });
	writeFileSync(join(host.home, "repmgr.conf"), `data_directory='${data}'\npg_bindir='${host.home}'\n`);
}

async function isHalfRewound(): Promise<boolean | undefined> {
	return (await lookAtHost({ ...host, configFile: join(host.home, "repmgr.conf") }, 10_000)).value
		?.isHalfRewound;
}

test("a mark counts once repmgr has run pg_rewind, for as long as the control data are the old ones", async () => {
	expect(await isHalfRewound()).toBe(true);
	// pg_rewind writes them last.
	conf(2);
	expect(await isHalfRewound()).toBe(false);
	conf(1);
	writeFileSync(join(operation, "rejoin/stderr"), "ERROR: unable to connect\n");
	expect(await isHalfRewound()).toBe(false);
	rmSync(operation, { recursive: true });
	expect(await isHalfRewound()).toBe(true);
	writeFileSync(mark, `/another/directory\n1\n${operation}\n`);
	expect(await isHalfRewound()).toBe(false);
});

test("a rewind that still runs, or has ended well, has not broken off", async () => {
	const pid = join(operation, "rejoin/pid");
	const [, , startedAt = ""] =
		/^(.*\) )(?:\S+ ){19}(\d+)/.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
	writeFileSync(pid, `${process.pid} ${startedAt}\n`);
	expect(await isHalfRewound()).toBe(false);
	writeFileSync(pid, `${process.pid} ${Number(startedAt) + 1}\n`);
	expect(await isHalfRewound()).toBe(true);
	writeFileSync(join(operation, "rejoin/exit"), "137\n");
	expect(await isHalfRewound()).toBe(true);
	writeFileSync(join(operation, "rejoin/exit"), "0\n");
	expect(await isHalfRewound()).toBe(false);
});

test("it is removed after a rejoin that succeeded", async () => {
	await runScript(host, RELEASE_SCRIPT, ["7", "1-rejoin"]);
	expect(existsSync(mark)).toBe(true);
	writeFileSync(join(operation, "rejoin/exit"), "0\n");
	await runScript(host, RELEASE_SCRIPT, ["7", "1-rejoin"]);
	expect(existsSync(mark)).toBe(false);
});

test("of an operation that holds a lock it is told whether a command of it runs, or when one ran last", async () => {
	const state = join(host.home, ".local/state/repmgr-console");
	const run = join(operation, "rejoin");
	mkdirSync(join(state, "lock-73"));
	const holder = { operationId: "1-rejoin", operation: "rejoin", who: "anna", since: 5 };
	writeFileSync(join(state, "lock-73/holder.json"), `${JSON.stringify(holder)}\n`);
	const workedAgo = async () =>
		(await lookAtHost({ ...host, configFile: join(host.home, "repmgr.conf") }, 10_000)).value?.locks?.[0]
			?.workedAgoSeconds;
	const old = Date.now() / 1000 - 3600;
	utimesSync(run, old, old);
	expect(await workedAgo()).toBeGreaterThanOrEqual(3600);
	const [, , startedAt = ""] =
		/^(.*\) )(?:\S+ ){19}(\d+)/.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
	writeFileSync(join(run, "pid"), `${process.pid} ${startedAt}\n`);
	utimesSync(run, old, old);
	expect(await workedAgo()).toBeLessThan(10);
	writeFileSync(join(run, "exit"), "0\n");
	utimesSync(run, old, old);
	expect(await workedAgo()).toBeGreaterThanOrEqual(3600);
	rmSync(operation, { recursive: true });
	expect(await workedAgo()).toBeUndefined();
});
