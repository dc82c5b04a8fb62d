import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Names, parseAddresses, resolveBySystem } from "../../src/transport/names.ts";
import { postgresQuery } from "../../src/transport/postgres/postgres.ts";
import { parametersOf } from "../support/fake-query.ts";
import { runOnce } from "./ssh/support.ts";

const ADDRESS = { address: "127.0.0.1", family: 4 };

/** The addresses that a connection would be given, or the words of its fault. */
function lookUp(names: Names, name: string, options = {}): Promise<unknown> {
	return new Promise((resolve) => {
		names.lookup(name, { all: true, ...options }, (error, addresses) => resolve(error?.message ?? addresses));
	});
}

describe("lookups", () => {
	test("each name has one lookup at a time, however many ask", async () => {
		const asked: string[] = [];
		const { promise, resolve } = Promise.withResolvers<(typeof ADDRESS)[]>();
		const names = new Names((name) => {
			asked.push(name);
			return promise;
		});
		const answers = [1, 2, 3].map(() => lookUp(names, "node1"));
		const other = lookUp(names, "node2");
		expect(names.pendingFault("node1")).toMatchObject({
			kind: "name",
			message: 'the name "node1" is not resolved',
			detail: "The resolver of this machine has not answered in time.",
		});
		resolve([ADDRESS]);
		expect(await Promise.all([...answers, other])).toEqual([[ADDRESS], [ADDRESS], [ADDRESS], [ADDRESS]]);
		expect(asked).toEqual(["node1", "node2"]);
		expect(names.pendingFault("node1")).toBeNull();
	});

	test("the last address stays in use while a new lookup is pending and after it failed", async () => {
		vi.useFakeTimers();
		try {
			const answers = [async () => [ADDRESS], async () => [], () => new Promise<never>(() => {})];
			let asked = 0;
			const names = new Names(() => answers[asked++]?.() ?? Promise.reject(new Error("asked too often")));
			expect(await lookUp(names, "node1")).toEqual([ADDRESS]);
			for (let attempt = 0; attempt < 5; attempt++) {
				await vi.advanceTimersByTimeAsync(10_000);
				const found = lookUp(names, "node1");
				await vi.advanceTimersByTimeAsync(300);
				expect(await found).toEqual([ADDRESS]);
			}
			expect(asked).toBe(3);
			expect(names.pendingFault("node1")).toBeNull();
		} finally {
			vi.useRealTimers();
		}
	});

	test("an unknown name, an address of another family and a failing resolver are faults", async () => {
		const unresolved = 'the name "node1" is not resolved';
		expect(await lookUp(new Names(async () => []), "node1")).toBe(unresolved);
		expect(await lookUp(new Names(async () => [ADDRESS]), "node1", { family: 6 })).toBe(unresolved);
		expect(await lookUp(new Names(() => Promise.reject(new Error("EMFILE"))), "node1")).toBe(unresolved);
	});

	test("queued names are looked up when others are done", async () => {
		const releases: (() => void)[] = [];
		const names = new Names(() => new Promise((resolve) => releases.push(() => resolve([ADDRESS]))));
		const answers = Array.from({ length: 100 }, (_, index) => lookUp(names, `node${index}`));
		expect(releases.length).toBe(32);
		for (let next = 0; next < 100; next++) {
			await expect.poll(() => releases.length).toBeGreaterThan(next);
			releases[next]?.();
		}
		expect(await Promise.all(answers)).toEqual(Array(100).fill([ADDRESS]));
	});

	test("getent's output yields each address once, in its order", () => {
		const output = "10.0.0.1 STREAM node1\n10.0.0.1 DGRAM  \nfd00::1 STREAM\nfd00::1 RAW\n\njunk\n";
		expect(parseAddresses(output)).toEqual([
			{ address: "10.0.0.1", family: 4 },
			{ address: "fd00::1", family: 6 },
		]);
	});

	test("/etc/hosts is used", async () => {
		expect(await resolveBySystem("localhost")).toContainEqual(ADDRESS);
		expect(await resolveBySystem("node1.invalid")).toEqual([]);
		expect(await resolveBySystem("--help")).toEqual([]);
	});
});

describe("a name server that does not answer", () => {
	const directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	const path = process.env.PATH;
	let server: Server;
	let port: number;

	beforeEach(async () => {
		writeFileSync(
			join(directory, "getent"),
			'#!/bin/sh\ncase $3 in slow*) exec sleep 60 ;; esac\necho "127.0.0.1 STREAM"\n',
		);
		chmodSync(join(directory, "getent"), 0o755);
		process.env.PATH = `${directory}:${path}`;
		// Answers a ping as a server without TLS.
		server = createServer(
			(socket) => void socket.once("data", () => socket.write("N")).on("error", () => {}),
		);
		await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
		port = (server.address() as { port: number }).port;
	});
	afterEach(() => {
		process.env.PATH = path;
		server.close();
		rmSync(directory, { recursive: true, force: true });
	});

	test("delays no other node and no file access, and is named in the faults", async () => {
		const query = postgresQuery("test");
		const parameters = (host: string) => parametersOf(host, { port, ssl: { mode: "disable" } });
		const slow = Array.from({ length: 8 }, (_, index) => `slow${index}.example`);
		const silent = slow.flatMap((host) => [
			query.ping(parameters(host), 1500),
			query.connect(parameters(host), 1500),
		]);
		const ssh = runOnce({ host: "slow0.example", configFile: "/dev/null", connectTimeoutMs: 6000 });
		expect((await query.ping(parameters("healthy.example"), 10_000)).fault).toBeUndefined();
		expect(await readFile(join(directory, "getent"), "utf8")).toContain("sleep");
		for (const [index, outcome] of (await Promise.all(silent)).entries()) {
			const host = slow[Math.floor(index / 2)];
			expect(outcome.fault).toMatchObject({ kind: "name", message: `the name "${host}" is not resolved` });
		}
		expect((await ssh).fault).toMatchObject({
			kind: "name",
			message: 'the name "slow0.example" is not resolved',
		});
	}, 20_000);
});
