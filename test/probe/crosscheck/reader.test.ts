import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { beginCrosscheck, type CrosscheckReport, recordReport } from "../../../src/model/crosscheck.ts";
import type { Outcome } from "../../../src/model/fault.ts";
import { ConnectionLimiter } from "../../../src/probe/connection-limiter.ts";
import {
	type CrosscheckSource,
	crosscheck,
	type Destination,
	destinationsOf,
} from "../../../src/probe/crosscheck/reader.ts";
import { fault } from "../../support/fake-query.ts";
import { FakeShell } from "../../support/fake-shell.ts";
import { NOW, registration } from "../../support/records.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A host whose script prints these texts at these ms after its start, and ends with the last. */
class CheckingShell extends FakeShell {
	connects: () => Promise<Outcome<true>> = () => Promise.resolve({ value: true });
	prints: Readonly<Record<number, string>> = { 0: "ready\n" };

	override async connect(signal: AbortSignal): Promise<Outcome<true>> {
		const { promise, resolve } = Promise.withResolvers<Outcome<true>>();
		void this.connects().then(resolve);
		signal.addEventListener("abort", () => resolve(fault("timeout")));
		return await promise;
	}

	override async run(...[argv, options]: Parameters<FakeShell["run"]>) {
		this.runs.push({ argv, options, at: Date.now() });
		const { promise, resolve } = Promise.withResolvers<Outcome<true>>();
		options.signal?.addEventListener("abort", () => resolve(fault("timeout")));
		for (const [ms, text] of Object.entries(this.prints))
			setTimeout(() => options.onOutput?.(text), Number(ms));
		setTimeout(() => resolve({ value: true }), Math.max(0, ...Object.keys(this.prints).map(Number)));
		const ended = await promise;
		return ended.fault === undefined
			? { value: { exitCode: 0, stdout: "", stderr: "what went wrong" } }
			: ended;
	}
}

const never = () => new Promise<never>(() => {});

const destination = (nodeId: number, changes: Partial<Destination> = {}): Destination => ({
	nodeId,
	host: `node${nodeId}`,
	conninfo: { value: { text: `host=node${nodeId}`, password: null } },
	...changes,
});

function source(
	nodeId: number,
	shell: FakeShell | null,
	destinations = [destination(1), destination(2)],
): CrosscheckSource {
	return {
		nodeId,
		target: shell && { nodeId, shell, user: "postgres", configFile: "/etc/repmgr.conf" },
		destinations: () => destinations,
	};
}

function start(sources: readonly CrosscheckSource[], { silent = [] as readonly number[], places = 8 } = {}) {
	const cancel = new AbortController();
	const batches: (readonly CrosscheckReport[])[] = [];
	let isOver = false;
	void crosscheck(sources, {
		limiter: new ConnectionLimiter(places),
		report: (reports) => batches.push(reports),
		isSilent: (nodeId) => silent.includes(nodeId),
		signal: cancel.signal,
	}).then(() => {
		isOver = true;
	});
	const now = () =>
		batches.flat().reduce(
			recordReport,
			beginCrosscheck(
				sources.map(({ nodeId }) => nodeId),
				NOW,
			),
		);
	const row = (nodeId: number) => {
		const found = now().rows.find(({ fromNodeId }) => fromNodeId === nodeId);
		return { asked: found?.asked.state, fault: found?.asked, results: [...(found?.results.values() ?? [])] };
	};
	const words = (nodeId: number) =>
		row(nodeId).results.map(({ way, toNodeId, word }) => `${way} ${toNodeId} ${word}`);
	return { cancel, batches, row, words, isOver: () => isOver };
}

describe("a host", () => {
	test("is told its destinations and reports each result when it comes", async () => {
		const shell = new CheckingShell();
		shell.prints = {
			0: "ready\n",
			100: "sql 2 0 20 1\nssh 2 255 30 Connection re",
			200: "fused\n",
			300: "sql 1 0 5 1\n",
		};
		const { row, words, isOver } = start([source(1, shell)]);
		await pass(60);
		expect(row(1)).toMatchObject({ asked: "asking", results: [] });
		await pass(100);
		expect(words(1)).toEqual(["sql 2 ok"]);
		await pass(100);
		expect(words(1)).toEqual(["sql 2 ok", "ssh 2 refused"]);
		expect(isOver()).toBe(false);
		await pass(200);
		expect(row(1).asked).toBe("done");
		expect(isOver()).toBe(true);
		expect(shell.runs).toHaveLength(1);
		expect(shell.runs[0]?.options).toMatchObject({ user: "postgres", input: "" });
		expect(shell.runs[0]?.argv.slice(-6)).toEqual(["1", "", "host=node1", "2", "node2", "host=node2"]);
	});

	test("reports results of nearly the same time together", async () => {
		const shell = new CheckingShell();
		shell.prints = Object.fromEntries(
			Array.from({ length: 40 }, (_, ms) => [ms, `sql ${(ms % 2) + 1} 0 1 1\n`]),
		);
		const { batches } = start([source(1, shell)]);
		await pass(1000);
		expect(batches.length).toBeLessThanOrEqual(3);
	});

	test("passes passwords as input, never as arguments", async () => {
		const shell = new CheckingShell();
		const secret = { value: { text: "host=node2", password: "secret" } };
		start([source(1, shell, [destination(1), destination(2, { conninfo: secret })])]);
		await pass(100);
		expect(shell.runs[0]?.options.input).toBe("2 secret\n");
		expect(shell.runs[0]?.argv.join(" ")).not.toContain("secret");
	});

	test("that prints no results is reported with its messages", async () => {
		const shell = new CheckingShell();
		shell.prints = { 10: "" };
		const { row } = start([source(1, shell)]);
		await pass(100);
		expect(row(1).fault).toMatchObject({
			state: "silent",
			fault: { kind: "command", detail: "what went wrong" },
		});
	});

	test("without SSH can't be asked", async () => {
		const { row } = start([source(1, null)]);
		await pass(100);
		expect(row(1).fault).toMatchObject({ fault: { message: "the console uses no SSH for this node" } });
	});
});

describe("a host that rejects our login", () => {
	test("is reported with its fault, and nothing runs", async () => {
		const shell = new CheckingShell();
		shell.connects = async () => fault("authentication");
		const { row, isOver } = start([source(1, shell)]);
		await pass(100);
		expect(row(1).fault).toMatchObject({ state: "silent", fault: { kind: "authentication" } });
		expect(shell.runs).toEqual([]);
		expect(isOver()).toBe(true);
	});

	test("is given up after two seconds when its server is silent, too", async () => {
		const shell = new CheckingShell();
		shell.connects = never;
		const { row } = start([source(1, shell)], { silent: [1] });
		await pass(1900);
		expect(row(1).asked).toBe("connecting");
		await pass(200);
		expect(row(1).asked).toBe("silent");
	});

	test("gets more time while its server answers, as the line may be slow", async () => {
		const shell = new CheckingShell();
		const { promise, resolve } = Promise.withResolvers<Outcome<true>>();
		shell.connects = () => promise;
		const { row } = start([source(1, shell)]);
		await pass(3500);
		expect(row(1).asked).toBe("connecting");
		resolve({ value: true });
		await pass(100);
		expect(row(1).asked).toBe("done");
	});

	test("delays no other", async () => {
		const [dead, living] = [new CheckingShell(), new CheckingShell()];
		dead.connects = never;
		living.prints = { 0: "ready\nsql 1 0 1 1\n" };
		const { row } = start([source(1, dead), source(2, living)], { silent: [1], places: 1 });
		await pass(100);
		expect(row(2)).toMatchObject({ asked: "done", results: [{ way: "sql", toNodeId: 1 }] });
	});
});

test("logs in to a few hosts at a time; then all test at once", async () => {
	const shells = [1, 2, 3].map(() => new CheckingShell());
	for (const shell of shells) {
		shell.connects = () => new Promise((resolve) => setTimeout(() => resolve({ value: true }), 100));
		shell.prints = { 0: "ready\n", 5000: "" };
	}
	start(
		shells.map((shell, position) => source(position + 1, shell)),
		{ places: 1 },
	);
	await pass(310);
	expect(shells.map(({ runs }) => (runs[0]?.at ?? 0) - NOW)).toEqual([100, 200, 300]);
});

test("ends at once when cancelled, and reports nothing more", async () => {
	const shell = new CheckingShell();
	shell.prints = { 0: "ready\n", 500: "sql 1 0 1 1\n", 9000: "" };
	const waiting = new CheckingShell();
	waiting.connects = never;
	const { cancel, batches, isOver } = start([source(1, shell), source(2, waiting)], { places: 1 });
	await pass(200);
	const before = batches.length;
	cancel.abort();
	await pass(0);
	expect(isOver()).toBe(true);
	await pass(1000);
	expect(batches).toHaveLength(before);
	expect(waiting.runs).toEqual([]);
});

describe("data from a database is not trusted", () => {
	test.each([
		"-oProxyCommand=touch /tmp/x",
		"$(id)",
		"a b",
		"a;b",
		"/var/run/postgresql",
		"",
		"hôte",
		"x".repeat(300),
	])('the host "%s" is never given to ssh', async (host) => {
		const shell = new CheckingShell();
		const { words } = start([source(1, shell, [destination(1), destination(2, { host })])]);
		await pass(100);
		expect(shell.runs[0]?.argv.slice(-3)).toEqual(["2", "", "host=node2"]);
		expect(words(1)).toEqual(["ssh 2 bad host"]);
	});

	test.each(["node2", "10.0.0.2", "fe80::1%eth0", "db_1.example.org"])("%s is", async (host) => {
		const shell = new CheckingShell();
		start([source(1, shell, [destination(2, { host })])]);
		await pass(100);
		expect(shell.runs[0]?.argv.at(-2)).toBe(host);
	});

	test("reports a missing host, as repmgr needs one except for its own node", async () => {
		const shell = new CheckingShell();
		const { row } = start([
			source(1, shell, [destination(1, { host: null }), destination(2, { host: null })]),
		]);
		await pass(100);
		expect(row(1).results).toMatchObject([{ toNodeId: 2, way: "ssh", state: "failed" }]);
	});

	test("does not try a conninfo that can't be passed on, and reports no failure", async () => {
		const shell = new CheckingShell();
		const cannot = fault("protocol", { message: "unterminated quoted string" });
		const { row } = start([source(1, shell, [destination(2, { conninfo: cannot })])]);
		await pass(100);
		expect(row(1).results).toMatchObject([
			{ way: "sql", state: "unknown", word: "conninfo", lines: ["unterminated quoted string"] },
		]);
		expect(shell.runs[0]?.argv.slice(-3)).toEqual(["2", "node2", ""]);
	});
});

describe("a host's destinations", () => {
	const registered = [1, 2, 3].map((nodeId) => registration(nodeId));
	const places = (nodeId: number, copy = registered) =>
		destinationsOf(nodeId, registered, copy, ({ host, conninfo }) => ({
			host,
			conninfo: { value: { text: conninfo, password: null } },
		})).map((place) => `${place.nodeId} ${place.host}`);

	test("are all nodes; each host begins with itself and the next", () => {
		expect(places(1)).toEqual(["1 node1", "2 node2", "3 node3"]);
		expect(places(3)).toEqual(["3 node3", "1 node1", "2 node2"]);
	});

	test("come from its own copy of repmgr.nodes where that has them", () => {
		const copy = [registration(2, { host: "old2" }), registration(9)];
		expect(places(1, copy)).toEqual(["1 node1", "2 old2", "3 node3"]);
	});
});
