import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { isAlive } from "../../src/execution/history.ts";

test("the process of an operation is alive until it ends, however it was started", async () => {
	const child = spawn("sleep", ["60"], { stdio: "ignore" });
	await once(child, "spawn");
	const { pid = null } = child;
	const notedAt = Date.now();
	expect(isAlive({ pid, notedAt })).toBe(true);
	// The pid has been reused since.
	expect(isAlive({ pid, notedAt: notedAt - 60_000 })).toBe(false);
	const ended = once(child, "close");
	child.kill("SIGKILL");
	await ended;
	expect(isAlive({ pid, notedAt })).toBe(false);
});

test("this process, or none, is not another one that is alive", () => {
	expect(isAlive({ pid: process.pid, notedAt: Date.now() })).toBe(false);
	expect(isAlive({ pid: null, notedAt: Date.now() })).toBe(false);
});
