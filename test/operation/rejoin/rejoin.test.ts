import { describe, expect, test } from "vitest";
import type { HostReading } from "../../../src/model/host-reading.ts";
import type { RejoinIntent } from "../../../src/model/intent.ts";
import type { Lsn } from "../../../src/model/lsn.ts";
import type { OwnCommits, OwnWal } from "../../../src/model/own-wal.ts";
import { isWorthWaiting, request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { primaryReading, receiver } from "../../support/records.ts";
import type { Changes, NodeChanges } from "../../support/worlds.ts";

const SYSTEM = primaryReading().systemIdentifier;

/** node2 was promoted where node1 had come to 0/5000100. */
const PROMOTED: NodeChanges = {
	server: {
		inRecovery: false,
		timeline: 2,
		walReceiver: null,
		currentLsn: "0/6000000",
		receiveLsn: null,
		forks: [{ timeline: 1, endLsn: "0/5000100" }],
	},
	registered: { type: "primary", upstreamNodeId: null },
};
const FAILED_OVER: Changes = {
	1: { fault: { kind: "refused" }, registered: { active: false } },
	2: PROMOTED,
	3: { server: { timeline: 2 }, registered: { upstreamNodeId: 2 } },
	4: { registered: { upstreamNodeId: 2 } },
};
/** node1 runs on, and has written 0x200 bytes more. */
const SPLIT: Changes = {
	...FAILED_OVER,
	1: { server: { currentLsn: "0/5000300", walSenders: [] } },
	3: {
		server: { timeline: 2, walReceiver: receiver({ senderHost: "node2" }) },
		registered: { upstreamNodeId: 2 },
	},
};

const down = (state: string, checkpointLsn: string, timeline = 1): SurveyChanges => ({
	look: {
		postmaster: false,
		dataDirectory: "/data",
		controlData: { state, timeline, checkpointLsn, systemIdentifier: SYSTEM },
	},
});
const CLEAN = down("shut down", "0/5000088");
const DIVERGED = down("shut down", "0/5000180");
const CRASHED = down("in production", "0/5000000");
const RUNNING: SurveyChanges = {
	look: {
		controlData: { state: "in production", timeline: 1, checkpointLsn: null, systemIdentifier: SYSTEM },
	},
};

function rejoin(survey: SurveyChanges, intent: Partial<RejoinIntent> = {}, changes: Changes = FAILED_OVER) {
	return request(
		{ kind: "rejoin", nodeId: 1, forceRewind: false, stopFirst: false, ...intent },
		factsOf({ 1: survey }, changes),
	);
}
const keys = (...asked: Parameters<typeof rejoin>) => rejoin(...asked).plan?.steps.map(({ key }) => key);

describe("the plan of a rejoin", () => {
	test("of a node without WAL of its own has no rewind, even if that is allowed", () => {
		for (const forceRewind of [false, true]) {
			const { plan } = rejoin(CLEAN, { forceRewind });
			expect(plan?.steps.map(({ key }) => key)).toEqual(["dry-run", "rejoin", "drop-slots"]);
			expect(plan?.steps[1]?.command.argv.slice(3)).toEqual([
				...["node", "rejoin", "-d", "host=node2 user=repmgr dbname=repmgr connect_timeout=2"],
			]);
			expect(plan?.steps[1]?.expects).toEqual([
				{ kind: "streaming", nodeId: 1, fromNodeId: 2 },
				{ kind: "registered", nodeId: 1, as: "standby", upstreamNodeId: 2 },
			]);
			expect(plan?.confirmation).toEqual({ kind: "name", name: "node1" });
		}
	});

	test("of a diverged node makes a checkpoint first, and asks for the number of lost bytes", () => {
		const { plan } = rejoin(DIVERGED, { forceRewind: true });
		expect(plan?.steps.map(({ key }) => key)).toEqual([
			"dry-run",
			"save-wal",
			"checkpoint",
			"mark-rewind",
			"rejoin",
		]);
		expect(plan?.steps[2]?.command.nodeId).toBe(2);
		expect(plan?.steps[4]?.command.argv).toContain("--force-rewind");
		expect(plan?.confirmation).toEqual({ kind: "name and loss", name: "node1", lossBytes: 0x80 });
		expect(plan?.blastRadius.reasoning).toContain("pg_waldump -p /data/pg_wal -t 1 -s 0/5000100");
	});

	test("of a crashed node recovers it in single-user mode first", () => {
		const { plan } = rejoin({ ...CRASHED, host: { psql: "/bin/psql" } }, { forceRewind: true });
		expect(plan?.steps.map(({ key }) => key)).toEqual([
			"dry-run",
			"save-wal",
			"checkpoint",
			"recover",
			"mark-rewind",
			"rejoin",
		]);
		expect(plan?.steps[3]?.command.argv).toEqual([
			...["/bin/postgres", "--single", "-D", "/data"],
			...["-c", "config_file=/etc/postgresql/15/main/postgresql.conf", "template1"],
		]);
		expect(plan?.steps[3]?.expects).toEqual([{ kind: "shut down", nodeId: 1 }]);
		expect(plan?.confirmation).toMatchObject({ kind: "name and loss", lossBytes: null });
	});

	test("of a crashed node dumps its databases on request, once it is recovered and before it is marked", () => {
		const host = { host: { psql: "/bin/psql" } };
		expect(keys({ ...CRASHED, ...host }, { forceRewind: true, dump: true })).toEqual([
			...["dry-run", "save-wal", "checkpoint", "recover", "dump", "mark-rewind", "rejoin"],
		]);
		const { plan } = rejoin({ ...CRASHED, ...host }, { forceRewind: true, dump: true });
		const dump = plan?.steps.find(({ key }) => key === "dump");
		expect(dump?.command.argv.slice(3)).toEqual([
			...["sh", "/data", "/bin/", "/etc/postgresql/15/main/postgresql.conf", "repmgr"],
		]);
		expect(dump?.expects).toEqual([{ kind: "shut down", nodeId: 1 }]);
	});

	test.each([
		["has no WAL of its own", CLEAN, true],
		["may not be rewound", DIVERGED, false],
	])("of a node that %s dumps nothing", (_, changes, forceRewind) => {
		expect(keys(changes, { forceRewind, dump: true }) ?? []).not.toContain("dump");
	});

	test("of a running standby pauses repmgrd, and makes the dry run after the stop", () => {
		const diverged: Changes = {
			...SPLIT,
			1: {
				server: {
					inRecovery: true,
					walReceiver: null,
					receiveLsn: "0/5000300",
					replayLsn: "0/5000300",
					currentLsn: null,
					walSenders: [],
				},
			},
		};
		const { plan } = rejoin(RUNNING, { stopFirst: true, forceRewind: true }, diverged);
		expect(plan?.steps.map(({ key }) => key)).toEqual([
			...[1, 2, 3, 4].map((id) => `pause-${id}`),
			...["stop", "trial", "save-wal", "checkpoint", "mark-rewind", "rejoin"],
			...[1, 2, 3, 4].map((id) => `unpause-${id}`),
		]);
		expect(plan?.confirmation).toMatchObject({ lossBytes: 0x200 });
	});

	test("drops slots of other nodes, unless the name is invalid", () => {
		const changes: Changes = {
			...FAILED_OVER,
			2: { ...PROMOTED, registered: { ...PROMOTED.registered, slotName: "repmgr_slot_2" } },
			3: { ...FAILED_OVER[3], registered: { upstreamNodeId: 2, slotName: "x'); DROP TABLE t; --" } },
			4: { registered: { upstreamNodeId: 2, slotName: "repmgr_slot_4" } },
		};
		const statement = rejoin(CLEAN, {}, changes).plan?.steps.at(-1)?.command.argv.at(-1);
		expect(statement).toMatch(/NOT active AND slot_name IN \('repmgr_slot_2', 'repmgr_slot_4'\)$/);
	});

	test("drops the slot on the primary of a standby that receives from another, and registers a stale witness", () => {
		const keysWith = (changes: Changes): readonly string[] =>
			request(
				{ kind: "rejoin", nodeId: 1, forceRewind: false, stopFirst: false },
				factsOf(
					{ 1: CLEAN, 2: { server: { idleSlots: ["repmgr_slot_3"] } } },
					{ ...FAILED_OVER, ...changes },
				),
			).plan?.steps.map(({ key }) => key) ?? [];
		const receiving = (senderHost: string, slotName: string | null = null) => ({
			server: { timeline: 2, inRecovery: true, walReceiver: receiver({ senderHost }) },
			registered: { type: "standby", upstreamNodeId: 2, slotName } as const,
		});
		expect(keysWith({ 4: { registered: { upstreamNodeId: 1 } } })).toContain("witness-4");
		expect(keysWith({})).not.toContain("witness-4");
		const behind = receiving("node4", "repmgr_slot_3");
		expect(keysWith({ 3: behind, 4: receiving("node2") })).toContain("drop-unused");
		expect(keysWith({ 3: receiving("node2", "repmgr_slot_3") })).not.toContain("drop-unused");
	});

	test("contains no password", () => {
		const conninfo = "host=node2 user=repmgr password=******** dbname=repmgr";
		const changes = { ...FAILED_OVER, 2: { ...PROMOTED, registered: { ...PROMOTED.registered, conninfo } } };
		expect(rejoin(CLEAN, {}, changes).plan?.steps[0]?.command.argv).toContain(
			"host=node2 user=repmgr dbname=repmgr",
		);
	});
});

describe("with what only the node has", () => {
	const OWN: OwnWal = {
		directory: {
			segmentBytes: 2 ** 24,
			state: "shut down",
			checkpointLsn: "0/5000180",
			timeline: 1,
			segments: ["000000010000000000000004", "000000010000000000000005"],
			unarchived: [],
			histories: new Map(),
			places: [
				{ directory: "/pg", freeBytes: 2 ** 25 },
				{ directory: "/home", freeBytes: 2 ** 40 },
			],
		},
		ranges: [{ timeline: 1, from: "0/5000100", to: null }],
		commits: {
			count: 1,
			prepared: 0,
			firstAt: "2026-11-30T06:53:03.625715Z",
			lastAt: "2026-11-30T06:53:03.625715Z",
			list: [
				{
					...{ kind: "commit", xid: 727, lsn: "0/5000140", hasMore: false, relations: ["app.public.orders"] },
					at: "2026-11-30T06:53:03.625715Z",
				},
			],
			endLsn: "0/50001F8",
			unread: null,
		},
		first: "0000000000000004",
		checkpointLsn: "0/4000028",
		missing: [],
	};
	const asked = (survey: SurveyChanges, commits: Partial<OwnCommits> = {}, more: Partial<OwnWal> = {}) =>
		request(
			{ kind: "rejoin", nodeId: 1, forceRewind: true, stopFirst: false },
			{
				...factsOf({ 1: survey }, FAILED_OVER),
				ownWal: { value: { ...OWN, ...more, commits: { ...OWN.commits, ...commits } } },
			},
		);

	test("the transactions are in the impact and in the confirmation", () => {
		const { plan } = asked(DIVERGED);
		expect(plan?.blastRadius.reasoning).toContain(
			"1 commit (2026-11-30 06:53:03 UTC) in app.public.orders would be lost.",
		);
		expect(plan?.confirmation).toEqual({
			...{ kind: "name and loss", name: "node1", lossBytes: 0x80, lossCommits: 1 },
		});
		expect(plan?.ownCommits?.list).toHaveLength(1);
	});

	test("a crashed node's loss is known, too: its WAL ends where its records end", () => {
		expect(asked(CRASHED).plan?.confirmation).toMatchObject({ lossBytes: 0xf8, lossCommits: 1 });
		const cut = asked(CRASHED, { unread: "It was not read to its end." });
		expect(cut.plan?.confirmation).toEqual({ kind: "name and loss", name: "node1", lossBytes: null });
		expect(cut.plan?.blastRadius.reasoning).toContain("there may be more. It was not read to its end.");
	});

	test("nothing is to be accepted where no transaction would be lost, and all was read", () => {
		const none = { count: 0, list: [], firstAt: null, lastAt: null };
		const { plan } = asked(DIVERGED, none);
		expect(plan?.confirmation).toEqual({ kind: "name", name: "node1" });
		expect(plan?.blastRadius).toMatchObject({
			lossBytes: 0,
			reasoning: expect.stringContaining("No commit of"),
		});
		expect(plan?.steps.map(({ key }) => key)).toContain("save-wal");
		expect(asked(DIVERGED, { ...none, prepared: 1 }).plan?.confirmation).toMatchObject({ lossCommits: 1 });
	});

	test("it is saved where there is room, or the rejoin is refused", () => {
		const words = asked(DIVERGED)
			.plan?.steps.find(({ key }) => key === "save-wal")
			?.command.argv.slice(3);
		expect(words).toEqual([
			...[
				"sh",
				"/data",
				"",
				"/home",
				"16777216",
				"0000000000000004",
				"node1",
				"",
				"",
				"",
				"",
				"1",
				"0/5000100",
				"",
			],
		]);
		const full = { ...OWN.directory, places: [{ directory: "/pg", freeBytes: 2 ** 25 }] };
		const { refusal } = asked(DIVERGED, {}, { directory: full });
		expect(refusal?.message).toMatch(/what only "node1" has can be saved first/);
		expect(refusal?.detail).toMatch(/Up to 32 MB of WAL files .* free: 32 MB in \/pg/);
		expect(refusal?.ownCommits?.count).toBe(1);
	});

	test("what pg_rewind reads is fetched first, or the rejoin is refused and leads to a clone", () => {
		const missing = [
			{ name: "000000010000000000000003", from: { kind: "archive" } },
			{ name: "000000010000000000000002", from: { kind: "node", nodeId: 3 } },
			{ name: "000000010000000000000001", from: { kind: "barman" } },
		] as const;
		const named = {
			...DIVERGED,
			look: { ...DIVERGED.look, repmgrConf: { barman_host: "barman@b", barman_server: "pg" } },
		};
		const { plan } = asked(named, {}, { missing });
		const check = plan?.prerequisites.find(({ title }) => title.includes("that pg_rewind reads"));
		expect(check?.found).toMatch(
			/These are fetched first: \d+3 \(the archive\), \d+2 \("node3"\) and \d+1 \(Barman\)/,
		);
		const save = plan?.steps.find(({ key }) => key === "save-wal")?.command;
		expect(save?.argv.slice(10, 14)).toEqual([
			"/etc/postgresql/15/main/postgresql.conf",
			expect.stringMatching(/^2 host=node2 .*\n3 host=node3 /),
			"barman@b pg",
			"archive/000000010000000000000003 servers/000000010000000000000002 archive/000000010000000000000001",
		]);
		const nowhere = [{ name: "000000010000000000000003", from: null }];
		const { refusal } = asked(DIVERGED, {}, { missing: nowhere });
		expect(refusal?.detail).toMatch(/neither in its pg_wal nor in the archive .* A rewind is not possible/);
		expect(refusal?.hint).toBe("clone node1");
	});

	test("the ways back stand side by side, each with its reason", () => {
		const ways = (requested: ReturnType<typeof asked>) =>
			(requested.plan ?? requested.refusal)?.alternatives?.map(({ title, isPossible }) =>
				isPossible ? title : `no ${title}`,
			);
		expect(ways(asked(DIVERGED))).toEqual(["no just start", "no follow", "no rejoin", "rewind", "clone"]);
		expect(ways(asked(CLEAN))).toEqual(["no just start", "no follow", "rejoin", "no rewind", "clone"]);
		const half = { ...DIVERGED, look: { ...DIVERGED.look, isHalfRewound: true } };
		expect(ways(asked(half))).toEqual(["no just start", "no follow", "no rejoin", "no rewind", "clone"]);
		const controlData = CLEAN.look?.controlData ?? null;
		if (controlData === null) throw new Error("it has control data");
		const foreign = {
			...CLEAN,
			look: { ...CLEAN.look, controlData: { ...controlData, systemIdentifier: "42" } },
		};
		expect(ways(asked(foreign))).toEqual(["no just start", "no follow", "no rejoin", "no rewind", "clone"]);
		expect(asked(foreign).refusal?.detail).toMatch(/^Its system identifier is 42/);
		const refused = rejoin(RUNNING, {}, SPLIT);
		expect(refused.refusal?.alternatives?.find(({ title }) => title === "rewind")).toMatchObject({
			command: "rejoin node1 --force-rewind",
			why: expect.stringMatching(/^Once it is stopped: /),
		});
	});

	test("that can't be read, nothing is rewound", () => {
		const facts = factsOf({ 1: DIVERGED }, FAILED_OVER);
		const intent = { kind: "rejoin", nodeId: 1, forceRewind: true, stopFirst: false } as const;
		const fault = { kind: "protocol", message: "it can't be read" } as const;
		expect(request(intent, { ...facts, ownWal: { fault } }).refusal?.message).toMatch(/can be saved first/);
	});
});

describe("a rejoin is refused", () => {
	test.each<[string, Parameters<typeof rejoin>, RegExp, RegExp]>([
		[
			"of a diverged node without --force-rewind",
			[DIVERGED],
			/no WAL that "node2" never had/,
			/rejoin node1 --force-rewind$/,
		],
		[
			"shut down at the very fork",
			[down("shut down", "0/5000100")],
			/no WAL that "node2" never had/,
			/rewind/,
		],
		[
			"of a crashed node without --force-rewind",
			[CRASHED],
			/shut down cleanly/,
			/Do not start it.*rejoin node1 --force-rewind/,
		],
		[
			"of a crashed node whose postgresql.conf is not found",
			[{ ...CRASHED, host: { serverConfigFile: null } }, { forceRewind: true }],
			/shut down cleanly/,
			/postgres --single/,
		],
		[
			"of a node whose settings repmgr would damage",
			[{ ...down("shut down", "0/5000100"), host: { damagedByRepmgr: ["archive_command"] } }],
			/can write postgresql.auto.conf/,
			/ALTER SYSTEM RESET archive_command/,
		],
		[
			"of a primary that ended in a crash recovery, without --force-rewind",
			[down("in crash recovery", "0/5000000")],
			/shut down cleanly/,
			/Do not start it.*rejoin node1 --force-rewind/,
		],
		[
			"of a crashed standby",
			[down("in archive recovery", "0/5000000"), { forceRewind: true }],
			/shut down cleanly/,
			/start node1/,
		],
		["of half a clone", [{ look: { postmaster: false, controlData: null } }], /shut down cleanly/, /clone/],
		[
			"of a second primary, whatever is allowed",
			[RUNNING, { stopFirst: true, forceRewind: true }, SPLIT],
			/second primary/,
			/^Fence it first: fence node1 --reason TEXT. Then rejoin it, .*: rejoin node1 --force-rewind$/,
		],
		[
			"of another cluster",
			[
				{
					look: {
						postmaster: false,
						controlData: {
							state: "shut down",
							timeline: 1,
							checkpointLsn: "0/5000000",
							systemIdentifier: "1",
						},
					},
				},
			],
			/are of this cluster/,
			/Clone/,
		],
		[
			"without wal_log_hints and checksums",
			[{ ...DIVERGED, host: { canBeRewound: false } }, { forceRewind: true }],
			/can be rewound/,
			/^clone node1$/,
		],
		[
			"of a directory whose rewind broke off",
			[{ ...DIVERGED, look: { ...DIVERGED.look, isHalfRewound: true } }, { forceRewind: true }],
			/is whole/,
			/^clone node1$/,
		],
		[
			"without SSH",
			[{ hostFault: { kind: "refused", message: "connection refused" } }],
			/commands can be run/,
			/SSH/,
		],
		["while no primary is seen", [CLEAN, {}, { ...FAILED_OVER, 2: {} }], /no primary is seen/, /start node1/],
		["of the only primary", [CLEAN, { nodeId: 2 }], /only primary/, /switchover/],
		["of a standby that streams", [CLEAN, { nodeId: 3 }], /streams already/, /follow node3/],
		["of a witness", [CLEAN, { nodeId: 4 }], /witness/, /start/],
		[
			"to a primary that is not registered as one",
			[CLEAN, {}, { ...FAILED_OVER, 2: { ...PROMOTED, registered: {} } }],
			/has rows for both/,
			/register node2/,
		],
	])("%s", (_, asked, message, hint) => {
		const { refusal } = rejoin(...asked);
		expect(refusal?.message).toMatch(message);
		expect(refusal?.hint).toMatch(hint);
	});

	test("of a node that is ahead on the same timeline", () => {
		const changes = { ...FAILED_OVER, 2: { ...PROMOTED, server: { ...PROMOTED.server, timeline: 1 } } };
		const { refusal } = rejoin(down("shut down", "0/7000000"), { forceRewind: true }, changes);
		expect(refusal?.detail).toMatch(/16 MB ahead/);
	});

	test("while another operation runs", () => {
		expect(keys(CLEAN)).toBeDefined();
		const busy = { ...CLEAN, look: { ...CLEAN.look, repmgrCommands: ["node rejoin"] } };
		expect(rejoin(busy).refusal?.message).toMatch(/no other operation/);
		const intent = { kind: "rejoin", nodeId: 1, forceRewind: false, stopFirst: false } as const;
		const runs = (...repmgrCommands: readonly string[]) =>
			isWorthWaiting(intent, factsOf({ 1: CLEAN, 3: { look: { repmgrCommands } } }, FAILED_OVER));
		expect(runs("standby follow")).toBe(true);
		expect(runs("standby follow", "standby promote")).toBe(false);
		expect(runs()).toBe(false);
	});
});

test("a standby promoted beside the primary loses what its own history shows since the fork", () => {
	const gone: Changes = {
		2: { fault: { kind: "refused" } },
		3: { server: { walReceiver: receiver({ senderHost: "node1" }) } },
	};
	const stopped = (timeline: number, forks: HostReading["forks"]) => {
		const { look } = down("shut down", "0/6000000", timeline);
		const intent = { kind: "rejoin", nodeId: 2, forceRewind: true, stopFirst: false } as const;
		return request(intent, factsOf({ 2: { look: { ...look, forks } } }, gone));
	};
	const forks = [{ timeline: 1, endLsn: "0/5000100" as Lsn }];
	const { plan } = stopped(2, forks);
	expect(plan?.blastRadius.lossBytes).toBe(0x6000000 - 0x5000100);
	expect(plan?.blastRadius.reasoning).toMatch(
		/parted at 0\/5000100: .* pg_waldump -p \/data\/pg_wal -t 2 -s 0\/5000100 /,
	);
	expect(plan?.confirmation).toMatchObject({ kind: "name and loss", name: "node2" });
	const { plan: further } = stopped(3, [...forks, { timeline: 2, endLsn: "0/5800000" as Lsn }]);
	expect(further?.blastRadius.lossBytes).toBe(0x6000000 - 0x5000100);
	expect(further?.blastRadius.reasoning).not.toContain("pg_waldump");
	expect(stopped(2, []).plan?.blastRadius.lossBytes).toBeNull();
});

test("repmgr's dry run decides if the timeline history can't be read", () => {
	const changes = { ...FAILED_OVER, 2: { ...PROMOTED, server: { ...PROMOTED.server, forks: null } } };
	const { plan } = rejoin(CLEAN, { forceRewind: true }, changes);
	expect(plan?.prerequisites.find(({ state }) => state === "unknown")?.found).toMatch(
		/can't be read on "node2"/,
	);
	expect(plan?.steps.at(-1)?.command.argv).toContain("--force-rewind");
	expect(plan?.confirmation).toMatchObject({ kind: "name and loss", lossBytes: null });
});
