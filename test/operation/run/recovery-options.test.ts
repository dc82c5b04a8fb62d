import { describe, expect, test } from "vitest";
import type { ServiceUnit } from "../../../src/model/survey.ts";
import { dryRunStep } from "../../../src/operation/plan/step.ts";
import { request } from "../../../src/operation/request.ts";
import { recoveryOptions } from "../../../src/operation/run/recovery-options.ts";
import type { RunState } from "../../../src/operation/run/run-state.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { receiver, registration, SYSTEM_IDENTIFIER } from "../../support/records.ts";
import type { Changes } from "../../support/worlds.ts";

const RUN = {
	plan: { pausedBefore: [] },
	outcome: "failed",
	steps: [],
	rejoinLogs: [],
} as unknown as RunState;

/** node2 was promoted at 0/5000100; node1 is down. */
const PROMOTED: Changes = {
	1: { fault: { kind: "refused" } },
	2: {
		server: {
			inRecovery: false,
			timeline: 2,
			walReceiver: null,
			currentLsn: "0/6000000",
			forks: [{ timeline: 1, endLsn: "0/5000100" }],
		},
	},
};

/** The same, and repmgr.nodes says so. */
const REGISTERED: Changes = {
	...PROMOTED,
	2: {
		server: {
			...PROMOTED[2]?.server,
			registrations: [1, 2, 3, 4].map((nodeId) =>
				registration(nodeId, nodeId === 2 ? { type: "primary", upstreamNodeId: null } : {}),
			),
		},
	},
};

const stopped = (checkpointLsn: string, state = "shut down"): SurveyChanges => ({
	look: {
		postmaster: false,
		controlData: { state, timeline: 1, checkpointLsn, systemIdentifier: SYSTEM_IDENTIFIER },
	},
});

test("an old primary is rejoined, with a rewind only if it has WAL of its own", () => {
	const wayOf = (lsn: string) =>
		recoveryOptions(RUN, factsOf({ 1: stopped(lsn) }, PROMOTED)).ways.at(-1)?.command;
	expect(wayOf("0/5000088")).toBe("rejoin node1");
	expect(wayOf("0/5000180")).toBe("rejoin node1 --force-rewind");
	const crashed = recoveryOptions(RUN, factsOf({ 1: stopped("0/5000000", "in production") }, PROMOTED));
	expect(crashed.state).toContain('"node1", which was a primary, ended without a shutdown');
	expect(crashed.ways.at(-1)?.command).toBe("rejoin node1 --force-rewind");
});

test("before a rewind, a command lists the node's own commits", () => {
	const { ways } = recoveryOptions(RUN, factsOf({ 1: stopped("0/5000180") }, REGISTERED));
	expect(ways.map(({ command }) => command)).toEqual([
		'on "node1", as the owner of the database: pg_waldump -p /var/lib/postgresql/15/main/pg_wal -t 1 -s 0/5000100 -r Transaction',
		"rejoin node1 --force-rewind",
	]);
});

test("a standby is attached before the old primary is rejoined: new commits have no copy until then", () => {
	const changes: Changes = {
		...REGISTERED,
		3: { server: { walReceiver: null, receiveLsn: "0/5000100", replayLsn: "0/5000100" } },
	};
	const { ways } = recoveryOptions(RUN, factsOf({ 1: stopped("0/5000088") }, changes));
	expect(ways.map(({ command }) => command)).toEqual(["follow node3", "rejoin node1"]);
});

test("a primary that is not registered as one is registered first: repmgr needs that for a rejoin", () => {
	const { ways } = recoveryOptions(RUN, factsOf({ 1: stopped("0/5000088") }, PROMOTED));
	expect(ways.map(({ command }) => command)).toEqual(["register node2", "rejoin node1"]);
	expect(ways[0]?.intent).toEqual({ kind: "register", nodeId: 2 });
});

test("a node is cloned if pg_rewind lacks WAL", () => {
	const output = `NOTICE: executing pg_rewind
ERROR: pg_rewind execution failed
DETAIL: pg_rewind: fatal: could not open file "/data/pg_wal/00000007000000000000000F": No such file or directory`;
	const step = { key: "rejoin", command: { nodeId: 1 }, rejoinLogOn: null, expects: [], title: "" };
	const run = { ...RUN, steps: [{ step, status: "failed", output }] } as unknown as RunState;
	const commands = recoveryOptions(run, factsOf({ 1: stopped("0/5000180") }, REGISTERED)).ways.map(
		({ command }) => command,
	);
	expect(commands.at(-1)).toBe("clone node1");
	expect(commands.join()).not.toContain("rejoin");
});

test("one of two primaries has to be fenced", () => {
	const both = recoveryOptions(RUN, factsOf({}, { 2: PROMOTED[2] ?? {} }));
	expect(both.state).toContain("2 primaries");
	expect(both.ways.at(-1)?.command).toBe("fence NODE --reason TEXT");
});

test("of two primaries one of which is fenced read-only, that one is named", () => {
	const { state, ways } = recoveryOptions(
		RUN,
		factsOf({}, { 2: { ...PROMOTED[2], server: { ...PROMOTED[2]?.server, readOnlyByDefault: true } } }),
	);
	expect(state).toContain('"node2" is read-only by default');
	expect(ways.map(({ command }) => command)).toEqual(["fence node2 --reason TEXT"]);
});

test("a primary that was shut down is started again if no standby was promoted", () => {
	const { ways } = recoveryOptions(
		RUN,
		factsOf({ 1: stopped("0/5000088") }, { 1: { fault: { kind: "refused" } } }),
	);
	expect(ways[0]?.command).toBe("start node1");
});

test("a standby that ended where the new timeline begins follows as it is", () => {
	const at = (receiveLsn: string) =>
		recoveryOptions(
			RUN,
			factsOf({}, { ...PROMOTED, 3: { server: { walReceiver: null, receiveLsn, replayLsn: receiveLsn } } }),
		)
			.ways.map(({ command }) => command)
			.filter((command) => command.includes("node3"));
	expect(at("0/5000100")).toEqual(["follow node3"]);
	expect(at("0/5000180")).toEqual(["rejoin node3 --stop-first --force-rewind"]);
});

test("the error of a failed rejoin or dry run is quoted", () => {
	const step = { key: "switchover", rejoinLogOn: 2, expects: [], title: "" };
	const text = "NOTICE: x\nsocket failed: FATAL:  pg_hba.conf rejects y\nERROR: unable to establish z\n";
	const rejoined = {
		...RUN,
		steps: [{ step, status: "failed", output: "ERROR: not this" }],
		rejoinLogs: [{ nodeId: 2, path: "/tmp/node-rejoin.1.log", text }],
	} as unknown as RunState;
	const facts = factsOf({ 1: stopped("0/5000088") }, PROMOTED);
	expect(recoveryOptions(rejoined, facts).state).toContain(
		"ended with: FATAL:  pg_hba.conf rejects y. Fix that first.",
	);
	const tried = {
		...RUN,
		steps: [
			{
				step: dryRunStep({ nodeId: 1, user: "", argv: [], sharesSshTo: [] }),
				status: "failed",
				output: "INFO: a\nERROR: no free slots",
			},
		],
	} as unknown as RunState;
	expect(recoveryOptions(tried, facts).state).toContain(
		"repmgr's dry run changed nothing and ended with: ERROR: no free",
	);
});

test("a standby that still streams from another node is attached to the new primary", () => {
	const wanted = { kind: "streaming", nodeId: 3, fromNodeId: 1 };
	const step = { key: "switchover", rejoinLogOn: null, expects: [wanted], title: "" };
	const run = { ...RUN, steps: [{ step, status: "failed", output: "" }] } as unknown as RunState;
	expect(recoveryOptions(run, factsOf()).ways).toEqual([]);
	const { state, ways: out } = recoveryOptions(
		run,
		factsOf({}, { 3: { server: { walReceiver: receiver({ slotName: null, senderHost: "node2" }) } } }),
	);
	expect(state).toContain('"node3" still streams from "node2".');
	expect(out.map(({ command }) => command)).toContain("follow node3");
});

test("a standby is started, attached or rewound as needed", () => {
	const gone = { fault: { kind: "refused" } } as const;
	const wayOf = (survey: SurveyChanges, changes: Changes) =>
		recoveryOptions(RUN, factsOf({ 3: survey }, changes)).ways.map(({ command }) => command);
	expect(wayOf(stopped("0/5000000", "shut down in recovery"), { 3: gone })).toEqual(["start node3"]);
	const alone = { 1: { server: { walSenders: [] } }, 3: { server: { walReceiver: null } } };
	expect(wayOf({}, alone)).toEqual(["follow node3"]);
	const parted = {
		1: { server: { walSenders: [], timeline: 2, forks: [{ timeline: 1, endLsn: "0/4000000" }] } },
		2: { server: { timeline: 2 } },
		3: { server: { walReceiver: null } },
	};
	expect(wayOf({}, parted)).toContain("rejoin node3 --stop-first --force-rewind");
	expect(wayOf({}, {})).toEqual([]);
});

const NOBODY_PAUSED = [1, 2, 3, 4].map((nodeId) => ({ nodeId, isPaused: false }));

function ways(
	changes: Changes,
	surveys: Readonly<Record<number, SurveyChanges>> = {},
	outcome: "failed" | "running" = "failed",
) {
	const facts = factsOf(surveys, changes);
	const { plan } = { plan: { pausedBefore: NOBODY_PAUSED } } as unknown as RunState;
	const { state, ways: all } = recoveryOptions({ plan, outcome, steps: [], rejoinLogs: [] }, facts);
	return { state, commands: all.map(({ command }) => command), titles: all.map(({ title }) => title) };
}

const REFUSING: Changes = { 1: { fault: { kind: "refused" } } };
const STOPPING: Changes = {
	1: { fault: { kind: "refused", code: "57P03", message: "the database system is shutting down" } },
};

describe("without a primary", () => {
	test("a cleanly stopped primary is started again", () => {
		const { state, commands } = ways(REFUSING, { 1: stopped("0/5000028") });
		expect(state).toMatch(/"node1" was shut down cleanly .*checkpoint 0\/5000028/);
		expect(commands.slice(0, 2)).toEqual(["start node1", "promote NODE"]);
	});

	test("so is a crashed one", () => {
		const { state, commands } = ways(REFUSING, { 1: stopped("0/5000028", "in production") });
		expect(state).toContain('"node1" has ended without a shutdown');
		expect(commands[0]).toBe("start node1");
	});

	test("for a primary that is still stopping, what delays it is named, with commands to end that", () => {
		const lingering = [
			{ pid: 12, title: "archiver archiving 000000010000000000000003" },
			{ pid: 13, title: "walsender repmgr 10.0.0.3(33000) streaming 0/5000" },
		];
		const { state, commands } = ways(STOPPING, { 1: { host: { lingering } } }, "running");
		expect(state).toMatch(
			/"node1" is still shutting down. Still running: archiver .* \(process 12\) and walsender/,
		);
		expect(commands.slice(0, 3)).toEqual([
			'on "node1", as the owner of the database: pkill -P 12',
			'on "node1", as the owner of the database: kill 13',
			"start node1",
		]);
	});

	test("no state is guessed if nothing is seen", () => {
		expect(ways(REFUSING, { 1: { hostFault: { kind: "unreachable", message: "no way" } } }).commands[0]).toBe(
			"status",
		);
	});
});

describe("repmgrd", () => {
	const paused = (nodeId: number) => ({
		running: true,
		pid: 9,
		paused: true,
		upstreamLastSeenSeconds: 0,
		localNodeId: nodeId,
		upstreamNodeId: 1,
	});

	test("that is still paused is named, with the command", () => {
		const { state, commands } = ways({ 3: { server: { repmgrd: paused(3) } } });
		expect(state).toContain('repmgrd is still paused on "node3", and was not before.');
		expect(commands).toContain("unpause");
	});

	test("is not assumed unpaused on a node that can't be read", () => {
		const { state, commands } = ways(PROMOTED, { 1: stopped("0/5000028") });
		expect(state).toContain('Whether it is paused on "node1" can\'t be read');
		expect(commands).toContain("unpause");
	});

	test("may be paused while the operation runs", () => {
		expect(ways({ 3: { server: { repmgrd: paused(3) } } }, {}, "running").state).not.toContain("paused");
	});
});

test("a node name is quoted for the shell in an advised command", () => {
	const facts = factsOf({ 1: stopped("0/5000088") }, PROMOTED);
	const nodes = facts.snapshot.nodes.map((node) =>
		node.nodeId === 1 ? { ...node, nodeName: "n1;touch /tmp/x" } : node,
	);
	const { ways } = recoveryOptions(RUN, { ...facts, snapshot: { ...facts.snapshot, nodes } });
	expect(ways.at(-1)?.command).toBe("rejoin 'n1;touch /tmp/x'");
});

describe("while systemd stops a server", () => {
	const UNIT: ServiceUnit = {
		...{ parameter: "service_stop_command", unit: "postgresql@15-main", loadState: "loaded" },
		...{ activeState: "deactivating", subState: "stop", since: "Mon 2026-11-30 15:40:02 UTC" },
		...{ control: { pid: 47, title: "/bin/sleep 400" }, mainPid: 52, fragmentPath: null },
	};
	const hanging: SurveyChanges = {
		host: { units: [UNIT] },
		look: { postmaster: { pid: 52, state: "S" }, dataDirectory: "/data" },
	};

	test("it is said since when and what it waits for; the server is stopped before that is ended", () => {
		const { state, ways } = recoveryOptions(RUN, factsOf({ 3: hanging }));
		expect(state).toContain(
			'postgresql@15-main on "node3" is deactivating (stop) since Mon 2026-11-30 15:40:02 UTC; systemd waits for process 47 (/bin/sleep 400): PostgreSQL still runs there (postmaster 52).',
		);
		expect(ways.slice(0, 3).map(({ command }) => command)).toEqual([
			'on "node3", as the owner of the database: pg_ctl stop -m fast -D /data',
			'on "node3", as root: kill 47',
			"fence node3 --reason TEXT",
		]);
	});

	test("a primary that no console sees may still run there: it is fenced before another is promoted", () => {
		const { state, ways } = recoveryOptions(
			RUN,
			factsOf({ 1: hanging }, { 1: { fault: { kind: "refused" } } }),
		);
		expect(state).toContain('PostgreSQL on "node1" still runs (postmaster 52)');
		expect(ways.map(({ command }) => command)).toContain("fence node1 --reason TEXT");
	});

	test.each(["start", "restart"] as const)("%s is refused: it would only wait, too", (kind) => {
		const { refusal } = request({ kind, nodeId: 3 }, factsOf({ 3: hanging }));
		expect(refusal?.prerequisites.find(({ state }) => state === "failed")).toMatchObject({
			title: 'systemd is done with the unit of "node3"',
			fix: expect.stringContaining("kill 47"),
		});
	});
});
