import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FaultKind } from "../../../src/model/fault.ts";
import type { Report } from "../../../src/model/node-state.ts";
import { ConnectionLimiter } from "../../../src/probe/connection-limiter.ts";
import { ServerLoop } from "../../../src/probe/server/loop.ts";
import { ServerSession } from "../../../src/probe/server/session.ts";
import { TimeSlicer } from "../../../src/probe/time-slicer.ts";
import { DEFAULT_TIMING, type Timing } from "../../../src/probe/timing.ts";
import type { ConnectionParameters } from "../../../src/transport/ports.ts";
import { FakeServer, fakeQuery, fault, parametersOf } from "../../support/fake-query.ts";
import { recordedServer } from "../../support/fixtures.ts";
import { NOW } from "../../support/records.ts";

/** A whole second: polls fall on these. */
const START = NOW;

beforeEach(() => {
	vi.useFakeTimers({ now: START });
});
afterEach(() => {
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** The loop of node 1 on one fake server, with what it reports. */
function watch(server: FakeServer, timing: Partial<Timing> = {}, more: Partial<ConnectionParameters> = {}) {
	const query = fakeQuery({ node1: server });
	const reports: (Report & { readonly after: number })[] = [];
	const learnt: ReadonlyMap<number, string>[] = [];
	const onTrouble = vi.fn();
	const onCalm = vi.fn();
	const parameters = parametersOf("node1", more);
	const loop = new ServerLoop(1, parameters, {
		query,
		timing: () => ({ ...DEFAULT_TIMING, ...timing }),
		limiter: new ConnectionLimiter(1),
		slices: new TimeSlicer(),
		report: (report) => reports.push({ ...report, after: Date.now() - START }),
		onConninfos: (conninfos) => learnt.push(conninfos),
		onTrouble,
		onCalm,
	});
	const of = (what: Report["of"]) => reports.filter((report) => report.of === what);
	/** [ms since start, fault's kind or "read"] of every observation of the server. */
	const story = (what: "server" | "ping" = "server") =>
		reports.flatMap((report) =>
			report.of === what ? [[report.after, report.observation.fault?.kind ?? "read"]] : [],
		);
	return { loop, query, parameters, reports, learnt, onTrouble, onCalm, of, story };
}

describe("polling", () => {
	test("starts at once, then follows multiples of the interval, over one session", async () => {
		vi.setSystemTime(START + 300);
		const server = new FakeServer();
		const { loop, story } = watch(server);
		void loop.run();
		await pass(3000);
		expect(story()).toEqual([
			[300, "read"],
			[1000, "read"],
			[2000, "read"],
			[3000, "read"],
		]);
		expect(server.count("connect")).toBe(1);
		expect(server.count("facts")).toBe(1);
	});

	test("uses a changed interval from the next pause on", async () => {
		const timing = { intervalMs: 1000 };
		const { loop, story } = watch(new FakeServer(), timing);
		void loop.run();
		await pass(500);
		timing.intervalMs = 5000;
		await pass(11_000);
		// It started at second 12 of a minute: the multiples of 5 s are the seconds 15 and 20.
		expect(story().map(([after]) => after)).toEqual([0, 1000, 3000, 8000]);
	});

	test("polls now on hurry(), without shifting the rhythm", async () => {
		const { loop, story } = watch(new FakeServer());
		void loop.run();
		await pass(400);
		loop.hurry();
		await pass(700);
		expect(story().map(([after]) => after)).toEqual([0, 400, 1000]);
	});

	test("each poll asks for rows of repmgr.nodes and settings of files only if they changed", async () => {
		const server = new FakeServer();
		const digest = server.answer.nodes?.digest;
		const loadedAt = server.answer.configuration?.loadedAt;
		const { loop, of, learnt } = watch(server);
		void loop.run();
		await pass(2000);
		expect(server.polledWith).toEqual([
			[null, null],
			[digest, loadedAt],
			[digest, loadedAt],
		]);
		expect(learnt).toHaveLength(1);
		const copies = of("server").map(
			(report) => report.of === "server" && report.observation.value?.registrations,
		);
		expect(copies[0]).toHaveLength(4);
		// The very same copy, so that nothing is computed again.
		expect(copies[2]).toBe(copies[0]);
	});

	describe("events", () => {
		const newestOf = ({ events }: FakeServer) =>
			events.events
				?.map(({ timestamp }) => timestamp)
				.sort()
				.at(-1);

		test("are read after the poll is reported, with each poll for 10 s, then every 5 s, since the newest one", async () => {
			const server = new FakeServer();
			server.onPing = () => ({ value: 1 });
			const { loop, reports } = watch(server);
			void loop.run();
			await pass(0);
			expect(reports.map(({ of }) => of)).toEqual(["ping", "server", "events"]);
			await pass(30_000);
			const newest = newestOf(server);
			const eager = Array.from({ length: 9 }, (_, index) => [index + 2, newest]);
			expect(server.eventsAsked).toEqual([
				[1, null],
				...eager,
				...[15, 20, 25, 30].map((polls) => [polls, newest]),
			]);
		});

		test("are read at once after a change", async () => {
			const server = new FakeServer();
			server.onPing = () => ({ value: 1 });
			const { loop } = watch(server);
			void loop.run();
			await pass(16_000);
			const asked = server.eventsAsked.length;
			server.answer = { ...server.answer, inRecovery: !server.answer.inRecovery };
			await pass(3000);
			expect(server.eventsAsked.slice(asked).map(([polls]) => polls)).toEqual([18, 19, 20]);
		});

		test("have a time limit of their own, and don't delay the report", async () => {
			const server = new FakeServer();
			server.onEvents = () => fault("timeout", { code: "57014" });
			const { loop, story, of } = watch(server);
			void loop.run();
			await pass(2000);
			expect(server.timeouts.slice(0, 2)).toEqual(["1000", null]);
			expect(story()).toEqual([
				[0, "read"],
				[1000, "read"],
				[2000, "read"],
			]);
			expect(of("events")).toMatchObject(
				[{}, {}, {}].map(() => ({ observation: { fault: { code: "57014" } } })),
			);
			expect(server.count("connect")).toBe(1);
		});

		test("that get no answer at all end the session", async () => {
			const server = new FakeServer();
			server.onEvents = () => fault("timeout");
			const { loop } = watch(server);
			void loop.run();
			await pass(1000);
			expect(server.count("connect")).toBe(2);
		});

		test("are not queried without the right to, and the reason is reported", async () => {
			const server = new FakeServer();
			server.facts = { ...server.facts, tables: ["nodes"] };
			const { loop, of } = watch(server);
			void loop.run();
			await pass(0);
			expect(server.eventsAsked).toEqual([]);
			expect(of("events")).toMatchObject([{ observation: { fault: { kind: "permission" } } }]);
		});
	});

	test("uses the user's connect_timeout to connect, and its own deadline for answers", async () => {
		const server = new FakeServer();
		const { loop } = watch(server, {}, { connectTimeoutMs: 7000 });
		void loop.run();
		await pass(0);
		expect(server.calls.slice(0, 3)).toEqual(["connect", "facts", "poll"]);
		expect(server.deadlines).toEqual([7000, 14_000, 3 * DEFAULT_TIMING.deadlineMs]);
	});

	test("sanitises a server's messages", async () => {
		const server = new FakeServer();
		const evil = "\u001B[2J";
		server.answer = {
			...server.answer,
			settings: { cluster_name: evil },
		};
		const event = { nodeId: 1, event: evil, successful: true, timestamp: "2026", details: evil };
		server.events = { tableBytes: 8192, events: [event] };
		const { loop, reports } = watch(server);
		void loop.run();
		await pass(0);
		server.onPoll = () => fault("command", { message: evil, detail: evil });
		await pass(1000);
		expect(reports.length).toBeGreaterThan(3);
		expect(JSON.stringify(reports)).not.toMatch(/\\u001b/i);
	});
});

describe("a server that rejects us", () => {
	test.each<FaultKind>(["authentication", "permission", "command", "protocol"])(
		"%s: asked again after 15 s, no sooner: each attempt is a line in its log",
		async (kind) => {
			const server = new FakeServer();
			server.onConnect = () => fault(kind);
			const { loop, story } = watch(server);
			void loop.run();
			await pass(14_999);
			expect(server.count("connect")).toBe(1);
			await pass(1);
			expect(server.count("connect")).toBe(2);
			expect(story()).toEqual([
				[0, kind],
				[15_000, kind],
			]);
		},
	);

	test.each<FaultKind>(["unreachable", "refused"])("%s: asked again at the next tick", async (kind) => {
		const server = new FakeServer();
		server.onConnect = () => fault(kind);
		const { loop, story } = watch(server);
		void loop.run();
		await pass(2000);
		expect(story()).toEqual([
			[0, kind],
			[1000, kind],
			[2000, kind],
		]);
	});

	test("hurry() asks a rejecting server at once, as the operator may just have fixed it", async () => {
		const server = new FakeServer();
		server.onConnect = () => fault("authentication");
		const { loop, story } = watch(server);
		void loop.run();
		await pass(4000);
		server.onConnect = () => ({ value: true });
		loop.hurry();
		await pass(0);
		expect(story()).toEqual([
			[0, "authentication"],
			[4000, "read"],
		]);
	});

	test("reports a server that is silent after the login, and closes the session", async () => {
		const server = new FakeServer();
		server.onFacts = () => fault("timeout");
		const { loop, story } = watch(server);
		void loop.run();
		await pass(0);
		expect(story()).toEqual([[0, "timeout"]]);
		expect(server.openSessions).toBe(0);
	});

	test("counts a connection that takes longer than 300 ms as trouble, until an answer comes", async () => {
		const server = new FakeServer();
		server.onConnect = () => ({ afterMs: 400, outcome: { value: true } });
		const { loop, onTrouble, onCalm } = watch(server);
		void loop.run();
		await pass(299);
		expect(onTrouble).not.toHaveBeenCalled();
		await pass(1);
		expect(onTrouble).toHaveBeenCalledTimes(1);
		expect(onCalm).not.toHaveBeenCalled();
		await pass(100);
		expect(onCalm).toHaveBeenCalledTimes(1);
	});

	test("does not count a fast connection as trouble", async () => {
		const { loop, onTrouble } = watch(new FakeServer());
		void loop.run();
		await pass(5000);
		expect(onTrouble).not.toHaveBeenCalled();
	});
});

describe("a connection that breaks", () => {
	test("is opened again at once, without a fault", async () => {
		const server = new FakeServer();
		const { loop, story } = watch(server);
		void loop.run();
		await pass(2345);
		server.breakSessions();
		await pass(0);
		expect(server.count("connect")).toBe(2);
		expect(story()).toEqual([
			[0, "read"],
			[1000, "read"],
			[2000, "read"],
			[2345, "read"],
		]);
	});

	test("reports the result of the new attempt", async () => {
		const server = new FakeServer();
		const { loop, story, onTrouble } = watch(server);
		void loop.run();
		await pass(2345);
		server.onConnect = () => fault("refused", { code: "57P03" });
		server.breakSessions();
		await pass(0);
		expect(story().at(-1)).toEqual([2345, "refused"]);
		expect(onTrouble).toHaveBeenCalled();
	});

	test("during a poll: reports the new attempt, not the broken poll", async () => {
		const server = new FakeServer();
		server.onPing = () => ({ value: 1 });
		const { loop, story } = watch(server);
		void loop.run();
		await pass(1999);
		server.onPoll = () => ({ afterMs: 100, outcome: fault("refused") });
		await pass(51);
		server.onPoll = () => ({ value: true });
		server.breakSessions();
		await pass(50);
		expect(story()).toEqual([
			[0, "read"],
			[1000, "read"],
			[2100, "read"],
		]);
	});

	test("every time: does not reconnect in a loop", async () => {
		const server = new FakeServer();
		server.onPoll = () => {
			server.breakSessions();
			return fault("refused");
		};
		const { loop } = watch(server);
		void loop.run();
		await pass(5999);
		expect(server.count("connect")).toBe(6);
	});
});

describe("a poll that fails", () => {
	test.each<[FaultKind, number]>([
		["refused", 1000],
		["timeout", 1000],
		["command", 1000],
		["permission", 1000],
	])("with %s is reported, and the next one, after %i ms, has a new session", async (kind, ms) => {
		const server = new FakeServer();
		server.onPing = () => ({ value: 1 });
		const { loop, story } = watch(server);
		void loop.run();
		server.onPoll = () => fault(kind);
		await pass(0);
		server.onPoll = () => ({ value: true });
		await pass(ms);
		expect(story()).toEqual([
			[0, kind],
			[ms, "read"],
		]);
		expect(server.calls.join(" ")).toMatch(/^connect facts poll close (ping )?connect facts poll/);
		expect(server.openSessions).toBe(1);
	});

	test("twice in a row waits 15 s, as the server logs each failure", async () => {
		const server = new FakeServer();
		server.onPoll = () => fault("command");
		const { loop, story } = watch(server);
		void loop.run();
		await pass(17_000);
		expect(story()).toEqual([
			[0, "command"],
			[1000, "command"],
			[16_000, "command"],
		]);
	});

	test("with 55000 is tried once more, as recovery may have ended meanwhile", async () => {
		const server = new FakeServer();
		const { loop, story } = watch(server);
		server.onPoll = () =>
			server.count("poll") === 1 ? fault("command", { code: "55000" }) : { value: true };
		void loop.run();
		await pass(0);
		expect(server.count("poll")).toBe(2);
		expect(story()).toEqual([[0, "read"]]);
	});

	test("with 55000 twice is a fault", async () => {
		const server = new FakeServer();
		server.onPoll = () => fault("command", { code: "55000" });
		const { loop, story } = watch(server);
		void loop.run();
		await pass(0);
		expect(server.count("poll")).toBe(2);
		expect(story()).toEqual([[0, "command"]]);
	});
});

describe("a poll without an answer is explained by a ping", () => {
	const { deadlineMs } = DEFAULT_TIMING;

	test.each<[string, FaultKind, FaultKind]>([
		["the network is cut", "unreachable", "unreachable"],
		["the server ended", "refused", "refused"],
		["the server hangs", "timeout", "timeout"],
	])("%s", async (_, pinged, reported) => {
		const server = new FakeServer();
		const { loop, story, onTrouble } = watch(server);
		void loop.run();
		await pass(999);
		server.onPoll = () => "hang";
		server.onPing = () => fault(pinged);
		await pass(1 + deadlineMs / 2 - 1);
		expect(server.count("ping")).toBe(0);
		await pass(1);
		expect(server.count("ping")).toBe(1);
		await pass(deadlineMs / 2);
		expect(story()).toEqual([
			[0, "read"],
			[1000 + deadlineMs, reported],
		]);
		expect(onTrouble).toHaveBeenCalled();
		expect(server.calls.at(-1)).toBe("close");
	});

	test("logs in to a silent server only after it answers a ping, since it would log earlier attempts", async () => {
		const server = new FakeServer();
		server.onConnect = () => "hang";
		server.onPing = () => "hang";
		const { loop, story } = watch(server);
		void loop.run();
		await pass(20_000);
		expect(server.count("connect")).toBe(1);
		expect(new Set(story().map(([, kind]) => kind))).toEqual(new Set(["timeout"]));
		server.onConnect = () => ({ value: true });
		server.onPing = () => ({ value: 1 });
		await pass(2 * deadlineMs);
		expect(server.count("connect")).toBe(2);
		expect(story().at(-1)?.[1]).toBe("read");
	});

	test("gives a hanging session three deadlines while the server answers pings", async () => {
		const server = new FakeServer();
		server.onPoll = () => "hang";
		server.onPing = () => ({ value: 1 });
		const { loop, story } = watch(server);
		void loop.run();
		await pass(3 * deadlineMs - 1);
		expect(story()).toEqual([]);
		await pass(1);
		expect(story()).toEqual([[3 * deadlineMs, "timeout"]]);
	});

	test("reports no fault for a slow answer, even after a ping", async () => {
		const server = new FakeServer();
		server.onPing = () => "hang";
		server.onPoll = () => ({ afterMs: 1000, outcome: { value: true } });
		const { loop, story } = watch(server);
		void loop.run();
		await pass(1999);
		expect(server.count("ping")).toBe(1);
		expect(story()).toEqual([[1000, "read"]]);
		expect(server.count("connect")).toBe(1);
	});

	test("pings only for silence, not for other faults", async () => {
		const server = new FakeServer();
		server.onPing = () => fault("unreachable");
		server.onPoll = () => ({ afterMs: 1000, outcome: fault("permission") });
		const { loop, story } = watch(server);
		void loop.run();
		await pass(1000);
		expect(story()).toEqual([[1000, "permission"]]);
	});
});

describe("the ping: does the server accept NEW connections?", () => {
	test("succeeds with a new session, then is repeated every 10 s", async () => {
		const server = new FakeServer();
		server.onPing = () => ({ value: 1 });
		const { loop, story } = watch(server);
		void loop.run();
		await pass(9999);
		expect(server.count("ping")).toBe(0);
		await pass(1);
		expect(server.count("ping")).toBe(1);
		await pass(20_000);
		expect(story("ping")).toEqual([
			[0, "read"],
			[10_000, "read"],
			[20_000, "read"],
			[30_000, "read"],
		]);
		expect(server.count("connect")).toBe(1);
	});

	test("is reported as failed while polls go on", async () => {
		const server = new FakeServer();
		server.onPing = () => "hang";
		const { loop, story } = watch(server);
		void loop.run();
		await pass(12_000);
		expect(story("ping")).toEqual([
			[0, "read"],
			[10_000 + DEFAULT_TIMING.deadlineMs, "timeout"],
		]);
		expect(story()).toHaveLength(13);
	});

	test("is repeated without a pause after a failure, so that recovery shows soon", async () => {
		const server = new FakeServer();
		server.onPing = () => "hang";
		const { loop, story } = watch(server);
		void loop.run();
		await pass(12_500);
		server.onPing = () => ({ value: 1 });
		await pass(2000);
		expect(story("ping").at(-1)).toEqual([14_000, "read"]);
	});
});

test.each([1, 3, -1, null])(
	"the node id in shared memory is a hint: a server that has %s there is read",
	async (localNodeId) => {
		const server = new FakeServer();
		server.answer = { ...server.answer, repmgrd: { ...server.answer.repmgrd, localNodeId } };
		const { loop, story, of } = watch(server);
		void loop.run();
		await pass(0);
		expect(story()).toEqual([[0, "read"]]);
		const told = localNodeId === -1 ? null : localNodeId;
		expect(of("server")).toMatchObject([{ observation: { value: { repmgrd: { localNodeId: told } } } }]);
	},
);

describe("stop()", () => {
	test("ends the loop, its session and its timers", async () => {
		const server = new FakeServer();
		const { loop, story } = watch(server);
		const ended = loop.run();
		await pass(500);
		loop.stop();
		await ended;
		expect(server.openSessions).toBe(0);
		expect(vi.getTimerCount()).toBe(0);
		await pass(60_000);
		expect(story()).toHaveLength(1);
	});

	test.each<[string, (server: FakeServer) => void]>([
		[
			"while it connects",
			(server) => {
				server.onConnect = () => ({ afterMs: 200, outcome: { value: true } });
			},
		],
		[
			"while it polls",
			(server) => {
				server.onPoll = () => ({ afterMs: 200, outcome: { value: true } });
			},
		],
		[
			"while a poll fails",
			(server) => {
				server.onPoll = () => ({ afterMs: 200, outcome: fault("command") });
			},
		],
	])("%s: nothing is reported any more, and no session stays open", async (_, arrange) => {
		const server = new FakeServer();
		arrange(server);
		const { loop, reports, learnt } = watch(server);
		const ended = loop.run();
		await pass(100);
		const before = reports.length;
		loop.stop();
		await pass(5000);
		await ended;
		expect(reports).toHaveLength(before);
		expect(learnt).toEqual([]);
		expect(server.openSessions).toBe(0);
	});

	test("during a ping: its result is not reported", async () => {
		const server = new FakeServer();
		server.onPing = () => ({ afterMs: 500, outcome: { value: 500 } });
		const { loop, story } = watch(server);
		void loop.run();
		await pass(10_100);
		loop.stop();
		await pass(1000);
		expect(story("ping")).toEqual([[0, "read"]]);
	});
});

test("uses an open session instead of a new one", async () => {
	const server = new FakeServer(recordedServer("primary"));
	const { loop, query, parameters, story } = watch(server);
	const opened = await ServerSession.open(query, parameters, 1000);
	if (opened.value === undefined) throw new Error("it did not open");
	await opened.value.poll(1000);
	void loop.run(opened.value);
	await pass(1000);
	expect(server.count("connect")).toBe(1);
	expect(story("ping")).toEqual([[0, "read"]]);
	expect(story()).toEqual([
		[0, "read"],
		[1000, "read"],
	]);
	// It continues the session: the rows of repmgr.nodes are known.
	expect(server.polledWith[1]?.[0]).toBe(server.answer.nodes?.digest);
});

test("reports no password", async () => {
	const server = new FakeServer();
	const rows = server.answer.nodes?.rows?.map((row) => ({
		...row,
		conninfo: `${row.conninfo} password=topsecret`,
	}));
	server.answer = { ...server.answer, nodes: { digest: "d", rows: rows ?? [] } };
	const { loop, reports, learnt } = watch(server);
	void loop.run();
	await pass(2000);
	expect(JSON.stringify(reports)).toContain("password=***");
	expect(JSON.stringify(reports)).not.toMatch(/topsecret|repmgr-secret/);
	// The connection needs the password, and gets it separately.
	expect(learnt[0]?.get(2)).toContain("topsecret");
});
