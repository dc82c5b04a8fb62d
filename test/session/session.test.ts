import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type RunsAction, runsCommand } from "../../src/command/runs.ts";
import type { Interaction } from "../../src/command/terminal.ts";
import { loginOf } from "../../src/libpq/registered.ts";
import { TOO_BUSY } from "../../src/model/fault.ts";
import type { Registration } from "../../src/model/registration.ts";
import type { HostLooks } from "../../src/probe/host/loop.ts";
import { openSession, type Session } from "../../src/session/session.ts";
import { FakeServer, fakeQuery, fault, parametersOf } from "../support/fake-query.ts";
import { recordOutput } from "../support/fake-session.ts";
import { FakeShell } from "../support/fake-shell.ts";
import { recordedServer } from "../support/fixtures.ts";
import { NOW, registration } from "../support/records.ts";

const sessions: Session[] = [];
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	for (const session of sessions.splice(0)) session.close();
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function serverOf(nodeId: number): FakeServer {
	const { facts, answer } = recordedServer(nodeId === 1 ? "primary" : nodeId === 4 ? "witness" : "standby");
	return new FakeServer({
		facts,
		answer: { ...answer, repmgrd: { ...answer.repmgrd, localNodeId: nodeId } },
	});
}

/** A session on the recorded cluster; SSH is off unless a shell is given. */
function open({
	seeds = ["node1"],
	arrange = (_servers: Readonly<Record<string, FakeServer>>) => {},
	shell = null as FakeShell | null,
	hostLooks = "in trouble" as HostLooks,
	waitMs = 10_000,
	known = [] as readonly Registration[],
} = {}) {
	const servers = { node1: serverOf(1), node2: serverOf(2), node3: serverOf(3), node4: serverOf(4) };
	arrange(servers);
	const remembered: [string | null, readonly Registration[]][] = [];
	const session = openSession({
		name: "prod",
		query: fakeQuery(servers),
		writingQuery: fakeQuery({}),
		seeds: seeds.map((host) => parametersOf(host)),
		known,
		sshOff: shell === null ? "SSH is off" : null,
		intervalMs: 1000,
		waitMs,
		hostLooks,
		redact: (text) => text,
		resolve: ({ nodeName }, conninfo) => ({
			value: parametersOf(loginOf(conninfo, nodeName).host ?? ""),
		}),
		shellFor: () => shell && { shell, user: "postgres" },
		operator: { osUser: "alice", host: "bastion", sshFrom: null, pid: 1 },
		journalPath: "/nonexistent/journal.jsonl",
		remember: (systemIdentifier, registrations) => remembered.push([systemIdentifier, registrations]),
	});
	sessions.push(session);
	/** When firstPicture() resolved, in ms, and with what. */
	let picture: readonly [number, string] | null = null;
	void session.firstPicture().then((outcome) => {
		picture = [Date.now() - NOW, outcome.fault?.kind ?? "a picture"];
	});
	return { session, servers, remembered, picture: () => picture };
}

describe("more nodes than the console handles", () => {
	const overfill = (server: FakeServer | undefined): void => {
		if (server !== undefined)
			server.answer = { ...server.answer, nodes: { digest: "x", rows: null, count: 5004 } };
	};

	test("nodes remembered from last time do not replace a list that is too long", async () => {
		const known = [registration(1), registration(2)];
		const { session } = open({ known, arrange: (servers) => Object.values(servers).forEach(overfill) });
		const pictures = Promise.all([session.firstPicture(), session.eventsPicture()]);
		await pass(2000);
		const fault = { message: "5004 nodes are registered in repmgr.nodes" };
		expect(await pictures).toMatchObject([{ fault }, { fault }]);
	});

	test("a list that grows too long later is reported, and the known nodes stay watched", async () => {
		const { session, servers } = open();
		await pass(100);
		Object.values(servers).forEach(overfill);
		await pass(3000);
		const { snapshot } = session.store.getState();
		expect(snapshot.nodes).toHaveLength(4);
		expect(snapshot.notices).toContainEqual(
			expect.stringMatching(
				/^all nodes: 5004 nodes are registered in repmgr.nodes, and the console handles at most 400/,
			),
		);
	});
});

describe("the first picture", () => {
	test("is complete when every node has answered", async () => {
		const { session, picture } = open();
		await pass(100);
		expect(picture()?.[1]).toBe("a picture");
		expect(session.store.getState().snapshot).toMatchObject({
			cluster: { primaryNodeId: 1, systemIdentifier: "7711271344394678382" },
		});
		expect(session.store.getState().snapshot.nodes).toHaveLength(4);
	});

	test("waits for a node that is slow", async () => {
		const { picture } = open({
			arrange: ({ node3 }) => {
				if (node3) node3.onConnect = () => ({ afterMs: 800, outcome: { value: true } });
			},
		});
		await pass(799);
		expect(picture()).toBeNull();
		await pass(100);
		expect(picture()?.[1]).toBe("a picture");
	});

	test("does not wait for a node that has failed, while SSH is off", async () => {
		const { picture } = open({
			arrange: ({ node3 }) => {
				if (node3) node3.onConnect = () => fault("refused");
			},
		});
		await pass(100);
		expect(picture()?.[1]).toBe("a picture");
	});

	test("waits for the host of a node that has failed, with SSH", async () => {
		const shell = new FakeShell();
		shell.onRun = () => ({ afterMs: 400, outcome: { value: { exitCode: 0, stdout: "", stderr: "" } } });
		const { picture } = open({
			shell,
			arrange: ({ node3 }) => {
				if (node3) node3.onConnect = () => fault("refused");
			},
		});
		await pass(399);
		expect(picture()).toBeNull();
		await pass(100);
		expect(picture()?.[1]).toBe("a picture");
	});

	test("waits for every host if all are read at once", async () => {
		const shell = new FakeShell();
		shell.onRun = () => ({ afterMs: 400, outcome: { value: { exitCode: 0, stdout: "", stderr: "" } } });
		const { picture } = open({ shell, hostLooks: "at once" });
		await pass(399);
		expect(picture()).toBeNull();
		await pass(100);
		expect(picture()?.[1]).toBe("a picture");
	});

	test("waits for no host that can't be read", async () => {
		const { picture } = open({ hostLooks: "at once" });
		await pass(100);
		expect(picture()?.[1]).toBe("a picture");
	});

	test("waits until each node and host has met its own deadline", async () => {
		const { session, picture } = open({
			arrange: ({ node3 }) => {
				if (node3) node3.onConnect = () => ({ afterMs: 1490, outcome: fault("unreachable") });
			},
			shell: Object.assign(new FakeShell(), { onRun: () => "hang" as const }),
		});
		await pass(5000);
		expect(picture()).toBeNull();
		await pass(1600);
		expect(picture()?.[1]).toBe("a picture");
		expect(session.store.getState().snapshot).toMatchObject({
			notRead: [],
			nodes: [{}, {}, { observed: { status: "unreachable" }, state: { host: { fault: {} } } }, {}],
		});
	});

	test("ends in time; what was not read by then is reported as not read", async () => {
		const { session, picture } = open({
			arrange: ({ node3 }) => {
				if (node3) node3.onConnect = () => ({ afterMs: 1490, outcome: { value: true } });
			},
			waitMs: 1000,
			shell: Object.assign(new FakeShell(), { onRun: () => "hang" as const }),
			hostLooks: "at once",
		});
		await pass(999);
		expect(picture()).toBeNull();
		await pass(1);
		expect(picture()).toEqual([1000, "a picture"]);
		const { snapshot } = session.store.getState();
		expect(snapshot.severity).toBe("unknown");
		expect(snapshot.notRead.map(({ node, what }) => `${node} ${what}`)).toEqual([
			"node1 ssh",
			"node2 ssh",
			"node3 sql",
			"node3 ssh",
			"node4 ssh",
		]);
		expect(new Set(snapshot.notRead.map(({ fault: late }) => late?.message))).toEqual(
			new Set(["not read within 1 s"]),
		);
	});

	test("is not complete while this machine is too busy to hear an answer, and asks again", async () => {
		let attempts = 0;
		const { session, picture } = open({
			arrange: ({ node3 }) => {
				if (node3) {
					node3.onConnect = () => {
						attempts += 1;
						return attempts === 1 ? fault("timeout", { code: TOO_BUSY }) : { value: true };
					};
				}
			},
		});
		await pass(500);
		expect(picture()).toBeNull();
		await pass(1000);
		expect(picture()?.[1]).toBe("a picture");
		expect(session.store.getState().snapshot.notRead).toEqual([]);
	});

	test("is a fault when no named server tells of a cluster; a server that answered tells more than silence", async () => {
		const { picture } = open({
			seeds: ["node1", "node2"],
			arrange: ({ node1, node2 }) => {
				if (node1) node1.onConnect = () => fault("unreachable");
				if (node2) node2.onConnect = () => fault("authentication");
			},
		});
		await pass(0);
		expect(picture()).toEqual([0, "authentication"]);
	});

	test("is a fault when no server has answered in time", async () => {
		const { picture } = open({
			arrange: ({ node1 }) => {
				if (node1) node1.onConnect = () => ({ afterMs: 60_000, outcome: { value: true } });
			},
			seeds: ["node1"],
		});
		await pass(10_000);
		expect(picture()?.[1]).toBe("timeout");
	});
});

test("the cluster's nodes are remembered once they are known, and again when they change", async () => {
	const { servers, remembered } = open();
	await pass(3000);
	expect(remembered.map(([id, nodes]) => [id, nodes.length])).toEqual([["7711271344394678382", 4]]);
	for (const server of Object.values(servers)) {
		const rows = server.answer.nodes?.rows?.slice(0, 3) ?? [];
		server.answer = { ...server.answer, nodes: { digest: "another", rows } };
	}
	await pass(1100);
	expect(remembered.at(-1)?.[1]).toHaveLength(3);
	expect(remembered).toHaveLength(2);
});

test("refresh() polls now; a new interval applies from the next poll on", async () => {
	const { session, servers } = open();
	await pass(500);
	const polls = servers.node2.count("poll");
	session.refresh();
	await pass(30);
	expect(servers.node2.count("poll")).toBe(polls + 1);
	session.intervalMs = 2000;
	expect(session.intervalMs).toBe(2000);
	await pass(500);
	const before = servers.node2.count("poll");
	await pass(8000);
	expect(servers.node2.count("poll") - before).toBe(4);
});

describe("a crosscheck", () => {
	const opened = async (shell = new FakeShell()) => {
		const { session, servers } = open({ shell });
		await pass(500);
		// Nothing but what a crosscheck runs.
		shell.runs.length = 0;
		return { shell, session, servers, crosscheck: () => session.store.getState().crosscheck };
	};
	const results = "ready\nsql 1 0 1 1\nsql 2 0 1 1\nsql 3 0 1 1\nsql 4 0 1 1\n";

	test("tries every node by its own copy of repmgr.nodes, into the store", async () => {
		const { shell, session, servers, crosscheck } = await opened();
		const rows = servers.node4.answer.nodes?.rows ?? [];
		const old = rows.map((row) => ({ ...row, conninfo: `${row.conninfo} password=secret` }));
		servers.node4.answer = { ...servers.node4.answer, nodes: { digest: "another", rows: old } };
		await pass(1200);
		shell.onOutput = results;
		const over = session.crosscheck();
		expect(crosscheck()).toMatchObject({ endedAt: null, rows: [{ fromNodeId: 1 }, {}, {}, {}] });
		await pass(100);
		await over;
		expect(crosscheck()).toMatchObject({ endedAt: expect.any(Number), isCancelled: false });
		expect(crosscheck()?.rows.map(({ asked, results: { size } }) => `${asked.state} ${size}`)).toEqual(
			Array(4).fill("done 4"),
		);
		const inputs = shell.runs.map(({ options }) => options.input).toSorted();
		expect(inputs.slice(0, 3)).toEqual(["", "", ""]);
		expect(inputs[3]?.split("\n").toSorted().slice(1)).toEqual([1, 2, 3, 4].map((id) => `${id} secret`));
	});

	test("keeps its results when it is cancelled; one that has ended is not cancelled afterwards", async () => {
		const { shell, session, crosscheck } = await opened();
		shell.onOutput = results;
		shell.onRun = () => "hang";
		void session.crosscheck();
		await pass(100);
		session.cancelCrosscheck();
		await pass(0);
		expect(crosscheck()).toMatchObject({ endedAt: NOW + 600, isCancelled: true });
		expect(crosscheck()?.rows[0]?.results.size).toBe(4);

		shell.onRun = () => ({ value: { exitCode: 0, stdout: "", stderr: "" } });
		await Promise.all([session.crosscheck(), pass(100)]);
		session.cancelCrosscheck();
		await pass(100);
		expect(crosscheck()?.isCancelled).toBe(false);
	});

	test("replaces one that still runs", async () => {
		const { shell, session, crosscheck } = await opened();
		shell.onRun = () => "hang";
		const first = session.crosscheck();
		await pass(100);
		void session.crosscheck();
		await Promise.all([first, pass(300)]);
		expect(crosscheck()).toMatchObject({ startedAt: NOW + 600, endedAt: null });
	});
});

describe("without the system identifier, by which the lock is named", () => {
	const interaction: Interaction = {
		isInteractive: false,
		ask: () => Promise.resolve(null),
		onInterrupt: () => () => {},
		onTerminate: () => () => {},
	};

	/** Output and exit code of `runs` when no server tells its system identifier. */
	async function runs(action: RunsAction) {
		const shell = new FakeShell();
		const { session } = open({
			shell,
			arrange: (servers) => {
				for (const server of Object.values(servers)) {
					server.facts = { ...server.facts, systemIdentifier: null };
					server.onPing = () => ({ value: 1 });
				}
			},
		});
		const { out, err, output } = recordOutput();
		const ended = runsCommand(session, action, false, output, interaction);
		// Its code is loaded by the first call, which takes more than fake time.
		for (let seconds = 0; err.length === 0 && seconds < 60; seconds++) {
			await vi.dynamicImportSettled();
			await pass(1000);
		}
		return { exitCode: await ended, out, text: err.join("\n"), shell };
	}

	test("the operations are not known, which is not an empty list", async () => {
		const { exitCode, out, text } = await runs({ kind: "list" });
		expect(exitCode).toBe(2);
		expect(out).toEqual([]);
		expect(text).toContain("the operations are not known");
		expect(text).toContain("pg_control_system()");
	});

	test("no lock is reported as broken, and nothing is done on a host", async () => {
		const { exitCode, out, text, shell } = await runs({ kind: "break lock", clusterName: "prod" });
		expect(exitCode).toBe(2);
		expect(out).toEqual([]);
		expect(text).toContain("the lock is not broken");
		expect(shell.runs.filter(({ options }) => options.input !== undefined)).toEqual([]);
	});
});

test("close() leaves no session, timer or surprise behind", async () => {
	const { session, servers } = open();
	await pass(2500);
	void session.crosscheck();
	await pass(30);
	session.close();
	await pass(60_000);
	expect(Object.values(servers).map(({ openSessions }) => openSessions)).toEqual([0, 0, 0, 0]);
	expect(vi.getTimerCount()).toBe(0);
});

test("a check of the configuration reads every node, reports its progress, and is shared by calls made meanwhile", async () => {
	const { session } = open();
	await pass(100);
	const progress: unknown[] = [];
	session.store.subscribe(({ setupCheck }, before) => {
		if (setupCheck !== before.setupCheck) progress.push(setupCheck.progress);
	});
	const [first, second] = [session.checkSetup(), session.checkSetup()];
	await pass(100);
	expect(await first).toBe(await second);
	expect(progress).toEqual([
		...[0, 1, 2, 3, 4].map((read) => ({ read, of: 4 })),
		// The report.
		null,
	]);
	const { report } = session.store.getState().setupCheck;
	expect(report).toBe(await first);
	expect(report?.results.filter(({ code }) => code === "ARCHIVE_COMMAND_DISCARDS")).toHaveLength(3);
	expect(report?.results.find(({ code }) => code === "NOT_READ")?.why).toMatch(/^SSH is off\./);
	const again = session.checkSetup();
	await pass(100);
	expect(await again).not.toBe(report);
});

test("the timelines are read from every node, with progress, and by calls made meanwhile only once", async () => {
	const { session } = open({
		arrange({ node1 }) {
			if (node1 === undefined) return;
			node1.timelines = {
				histories: [
					{ name: "00000001.history", writtenAt: NOW, lines: null },
					{ name: "passwd", writtenAt: NOW, lines: ["1\t0/3000000\tx"] },
				],
				events: null,
			};
		},
	});
	await pass(100);
	const progress: unknown[] = [];
	session.store.subscribe(({ timelines }, before) => {
		if (timelines !== before.timelines) progress.push(timelines.progress);
	});
	const [first, second] = [session.readTimelines(), session.readTimelines()];
	await pass(100);
	expect(await first).toBe(await second);
	expect(progress).toEqual([...[0, 1, 2, 3, 4].map((read) => ({ read, of: 4 })), null]);
	const { report } = session.store.getState().timelines;
	expect(report).toBe(await first);
	expect(report?.promotions).toEqual([]);
	expect(report?.ends.map(({ nodeName, timeline, own }) => [nodeName, timeline, own.state])).toEqual([
		["node1", 1, "primary"],
		["node2", 1, "none"],
		["node3", 1, "none"],
	]);
	expect(report?.unread).toEqual([
		`repmgr.events and PostgreSQL's log of "node1" can't be read: SSH is off`,
		`PostgreSQL's log of "node2" and "node3" can't be read: SSH is off`,
	]);
});
