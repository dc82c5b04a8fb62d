import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loginOf } from "../../src/libpq/registered.ts";
import type { FaultKind, Outcome } from "../../src/model/fault.ts";
import type { Report } from "../../src/model/node-state.ts";
import type { Registration } from "../../src/model/registration.ts";
import type { HostLooks } from "../../src/probe/host/loop.ts";
import { LOG_SCRIPT } from "../../src/probe/logs/script.ts";
import { Poller } from "../../src/probe/poller.ts";
import { parseRegistration } from "../../src/probe/server/parse.ts";
import { DEFAULT_TIMING } from "../../src/probe/timing.ts";
import type { ConnectionParameters } from "../../src/transport/ports.ts";
import { FakeServer, fakeQuery, fault, parametersOf } from "../support/fake-query.ts";
import { FakeShell } from "../support/fake-shell.ts";
import { type RecordedServer, recordedServer } from "../support/fixtures.ts";
import { NOW } from "../support/records.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

const ROWS = recordedServer("primary").answer.nodes?.rows ?? [];
const MEMBERS = ROWS.map(parseRegistration);
const only = (...ids: readonly number[]) => MEMBERS.filter(({ nodeId }) => ids.includes(nodeId));

/** A recorded server that says it is this node. */
function serverOf(nodeId: number): FakeServer {
	const name = nodeId === 1 ? "primary" : nodeId === 4 ? "witness" : "standby";
	const { facts, answer }: RecordedServer = recordedServer(name);
	return new FakeServer({
		facts,
		answer: { ...answer, repmgrd: { ...answer.repmgrd, localNodeId: nodeId } },
	});
}

const refusing = (name: keyof Servers, kind: FaultKind) => (servers: Servers) => {
	servers[name].onConnect = () => fault(kind);
};

interface Options {
	readonly members?: readonly Registration[];
	readonly resolve?: (registration: Registration, conninfo: string) => Outcome<ConnectionParameters>;
	readonly shells?: ReadonlyMap<number, FakeShell>;
	readonly hostLooks?: HostLooks;
	readonly seeds?: readonly string[];
	readonly known?: readonly Registration[];
	/** How a node behaves from the beginning. */
	readonly arrange?: (servers: Servers) => void;
}

type Servers = Readonly<Record<"node1" | "node2" | "node3" | "node4", FakeServer>>;

/** A poller on the recorded cluster of four, each node a fake server. */
function watch({
	members = MEMBERS,
	resolve,
	shells,
	hostLooks = "in trouble",
	seeds = [],
	known = members,
	arrange,
}: Options = {}) {
	const servers = { node1: serverOf(1), node2: serverOf(2), node3: serverOf(3), node4: serverOf(4) };
	// Every 10 s the ping of a server that answers is tried.
	for (const server of Object.values(servers)) server.onPing = () => ({ value: 1 });
	arrange?.(servers);
	const batches: (readonly Report[])[] = [];
	const seedFaults: string[] = [];
	const ticks: number[] = [];
	const state = { members };
	const resolved: string[] = [];
	const poller = new Poller({
		query: fakeQuery(servers),
		redact: (text) => text,
		timing: () => DEFAULT_TIMING,
		resolve: (registration, conninfo) => {
			resolved.push(conninfo);
			return (
				resolve?.(registration, conninfo) ?? {
					value: parametersOf(loginOf(conninfo, registration.nodeName).host ?? ""),
				}
			);
		},
		shellFor: ({ nodeId }) => {
			const shell = shells?.get(nodeId);
			return shell === undefined ? null : { shell, user: "postgres" };
		},
		hostLooks,
		receive: (reports) => {
			batches.push(reports);
		},
		found() {},
		registrations: () => state.members,
		onSeedFault: (seed, seen) => seedFaults.push(`${seed.host} ${seen.kind}`),
		onLogs() {},
		onTick: (now) => ticks.push(now - NOW),
	});
	poller.start(
		seeds.map((host) => parametersOf(host)),
		known,
	);
	const readings = (nodeId: number) =>
		batches
			.flat()
			.flatMap((report) =>
				report.nodeId === nodeId && report.of === "server"
					? [[report.observation.at - NOW, report.observation.fault?.kind ?? "read"]]
					: [],
			);
	return { poller, servers, batches, readings, state, seedFaults, ticks, resolved };
}

describe("polls each node independently", () => {
	test("all known nodes, every second", async () => {
		const { readings } = watch();
		await pass(1025);
		for (const nodeId of [1, 2, 3, 4]) {
			expect(readings(nodeId)).toEqual([
				[0, "read"],
				[1000, "read"],
			]);
		}
	});

	test.each<[string, (server: FakeServer) => void]>([
		[
			"hangs while connecting",
			(server) => {
				server.onConnect = () => "hang";
			},
		],
		[
			"hangs while polling",
			(server) => {
				server.onPoll = () => "hang";
				server.onPing = () => "hang";
			},
		],
		[
			"is slow",
			(server) => {
				server.onPoll = () => ({ afterMs: 700, outcome: { value: true } });
			},
		],
	])("a node that %s delays no other", async (_, arrange) => {
		const { readings } = watch({ arrange: ({ node2 }) => arrange(node2) });
		await pass(4025);
		for (const nodeId of [1, 3, 4])
			expect(readings(nodeId).map(([at]) => at)).toEqual([0, 1000, 2000, 3000, 4000]);
		expect(readings(2).every(([at]) => at !== 1000)).toBe(true);
	});

	test("hands on together what arrives within 25 ms", async () => {
		const { batches } = watch();
		await pass(24);
		expect(batches).toHaveLength(0);
		await pass(1);
		expect(batches).toHaveLength(1);
		expect(new Set(batches[0]?.map(({ nodeId }) => nodeId))).toEqual(new Set([1, 2, 3, 4]));
	});

	test("reports the address of each connection", async () => {
		const { batches } = watch();
		await pass(25);
		const addresses = batches.flat().flatMap((report) => (report.of === "address" ? [report.address] : []));
		expect(addresses).toEqual(["node1:5432", "node2:5432", "node3:5432", "node4:5432"]);
	});

	test("hurry() polls all of them now", async () => {
		const { poller, readings } = watch();
		await pass(400);
		poller.hurry();
		await pass(25);
		for (const nodeId of [1, 2, 3, 4]) expect(readings(nodeId).at(-1)).toEqual([400, "read"]);
	});
});

describe("members come and go", () => {
	test("stops polling a node that is no longer registered", async () => {
		const { servers, state, readings } = watch();
		await pass(1500);
		state.members = only(1, 2, 4);
		await pass(1000);
		expect(servers.node3.openSessions).toBe(0);
		const before = readings(3).length;
		await pass(5000);
		expect(readings(3)).toHaveLength(before);
		expect(readings(1).at(-1)?.[0]).toBe(7000);
	});

	test("polls a new node as soon as it is known, without disturbing the others", async () => {
		const { servers, state, readings } = watch({ members: only(1, 2) });
		await pass(1500);
		expect(readings(3)).toEqual([]);
		state.members = only(1, 2, 3);
		await pass(550);
		expect(readings(3)[0]).toEqual([2025, "read"]);
		expect(servers.node1.count("connect")).toBe(1);
	});

	test("connects to a node's new address", async () => {
		const { servers, state, resolved } = watch({ members: only(1, 2) });
		await pass(500);
		state.members = [
			...only(1),
			...only(2).map((row) => ({ ...row, conninfo: "host=node3 user=repmgr", host: "node3" })),
		];
		await pass(1000);
		expect(servers.node2.openSessions).toBe(0);
		expect(servers.node3.openSessions).toBe(1);
		expect(resolved.at(-1)).toBe("host=node3 user=repmgr");
		expect(servers.node1.count("connect")).toBe(1);
	});

	test("keeps the session when other columns of a row change", async () => {
		const { servers, state } = watch({ members: only(1, 2) });
		await pass(500);
		state.members = only(1, 2).map((row) => ({ ...row, priority: 1, type: "standby", active: false }));
		await pass(3000);
		expect(servers.node2.calls.filter((call) => call !== "poll")).toEqual(["connect", "facts"]);
	});

	test("reports a node whose conninfo can't be used, and reads its host", async () => {
		const shell = new FakeShell();
		const { readings, servers } = watch({
			shells: new Map([[2, shell]]),
			resolve: ({ nodeId }) => (nodeId === 2 ? fault("protocol") : { value: parametersOf(`node${nodeId}`) }),
		});
		await pass(2000);
		expect(readings(2)).toEqual([[0, "protocol"]]);
		expect(servers.node2.calls).toEqual([]);
		expect(shell.runs).toHaveLength(1);
	});
});

describe("hosts", () => {
	test("reads the host of a silent server, but not that of one that answers", async () => {
		const shells = new Map([1, 2].map((nodeId) => [nodeId, new FakeShell()]));
		const { batches } = watch({ shells, arrange: refusing("node2", "refused") });
		await pass(2000);
		expect(shells.get(1)?.runs).toEqual([]);
		expect(shells.get(2)?.runs).toHaveLength(1);
		expect(batches.flat().filter(({ of }) => of === "host")).toMatchObject([{ nodeId: 2 }]);
	});

	test("searches only the log of a standby without a walreceiver for a reason", async () => {
		const shells = new Map([1, 2, 3].map((nodeId) => [nodeId, new FakeShell()]));
		watch({
			shells,
			hostLooks: "at once",
			arrange: ({ node2 }) => {
				node2.answer = { ...node2.answer, walReceiver: null };
			},
		});
		await pass(2000);
		const asked = [...shells].filter(([, { runs }]) => runs[0]?.argv.includes(LOG_SCRIPT));
		expect(asked.map(([nodeId]) => nodeId)).toEqual([2]);
	});

	test("closes the connection to a host with its node", async () => {
		const shell = new FakeShell();
		const { state } = watch({ shells: new Map([[3, shell]]) });
		await pass(500);
		state.members = only(1, 2);
		await pass(1000);
		expect(shell.isClosed).toBe(true);
	});
});

describe("seeds", () => {
	test("hands the session of the seed that answers over to its node", async () => {
		const { servers, readings } = watch({ known: [], seeds: ["node1"] });
		await pass(2025);
		expect(servers.node1.count("connect")).toBe(1);
		expect(servers.node1.openSessions).toBe(1);
		expect(readings(1).length).toBeGreaterThan(1);
		expect(servers.node2.count("connect")).toBe(1);
	});

	test("closes a seed whose address no node has", async () => {
		const { servers } = watch({
			known: [],
			seeds: ["node4"],
			resolve: ({ nodeId }) => ({ value: parametersOf(`node${nodeId === 4 ? 3 : nodeId}`) }),
			members: only(1, 4),
		});
		await pass(1025);
		expect(servers.node4.calls).toEqual(["connect", "facts", "poll", "close"]);
	});

	test("stops asking the other seeds once one answers", async () => {
		const { servers, seedFaults } = watch({
			known: [],
			seeds: ["node1", "node2"],
			members: only(1),
			arrange: refusing("node2", "unreachable"),
		});
		await pass(10_000);
		expect(seedFaults.length).toBeLessThanOrEqual(1);
		expect(servers.node2.count("connect")).toBe(1);
	});

	test("stops asking seeds once a cached node answers", async () => {
		const { seedFaults } = watch({
			known: only(1),
			members: only(1),
			seeds: ["node2"],
			arrange: refusing("node2", "unreachable"),
		});
		await pass(10_000);
		expect(seedFaults).toEqual(["node2 unreachable"]);
	});

	test("asks each seed again while none answers, and reports its fault", async () => {
		const { seedFaults } = watch({
			known: [],
			seeds: ["node1", "node2"],
			arrange: (servers) => {
				refusing("node1", "unreachable")(servers);
				refusing("node2", "authentication")(servers);
			},
		});
		await pass(2500);
		expect(seedFaults).toEqual([
			"node1 unreachable",
			"node2 authentication",
			"node1 unreachable",
			"node1 unreachable",
		]);
	});
});

describe("secrets", () => {
	const secretRows = ROWS.map((row) => ({ ...row, conninfo: `${row.conninfo} password=topsecret` }));

	test("reach only the connection", async () => {
		const members = secretRows.map(parseRegistration);
		const { batches, resolved } = watch({
			known: [],
			seeds: ["node1"],
			members,
			arrange: (servers) => {
				for (const server of Object.values(servers)) {
					server.answer = { ...server.answer, nodes: { digest: "d", rows: secretRows } };
				}
			},
		});
		await pass(3000);
		expect(resolved.filter((conninfo) => conninfo.includes("topsecret"))).toHaveLength(4);
		expect(JSON.stringify(batches)).toContain("password=***");
		expect(JSON.stringify(batches)).not.toMatch(/topsecret|repmgr-secret/);
	});
});

test("ticks every second", async () => {
	const { ticks } = watch();
	await pass(3500);
	expect(ticks).toEqual([1000, 2000, 3000]);
});

test("stop() ends all sessions, timers and reports", async () => {
	const shells = new Map([[1, new FakeShell()]]);
	const { poller, servers, batches, ticks } = watch({ shells, seeds: ["node1"] });
	await pass(1500);
	poller.stop();
	const told = batches.flat().length;
	await pass(60_000);
	expect(Object.values(servers).map(({ openSessions }) => openSessions)).toEqual([0, 0, 0, 0]);
	expect(batches.flat()).toHaveLength(told);
	expect(ticks).toEqual([1000]);
	expect(shells.get(1)?.isClosed).toBe(true);
	expect(vi.getTimerCount()).toBe(0);
});
