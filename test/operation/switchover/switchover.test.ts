import { describe, expect, test } from "vitest";
import type { SwitchoverIntent } from "../../../src/model/intent.ts";
import type { ServiceUnit } from "../../../src/model/survey.ts";
import { noOtherOperation } from "../../../src/operation/checks/cluster.ts";
import { request } from "../../../src/operation/request.ts";
import { runbook } from "../../../src/presentation/runbook.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import type { Changes } from "../../support/worlds.ts";

const INTENT: SwitchoverIntent = {
	kind: "switchover",
	nodeId: 2,
	siblingsFollow: true,
	forceRewind: false,
	acceptLostSlots: false,
};

const plan = (intent: Partial<SwitchoverIntent> = {}, surveys = {}, changes: Changes = {}) =>
	request({ ...INTENT, ...intent }, factsOf(surveys, changes)).plan;

const refusal = (
	surveys: Readonly<Record<number, SurveyChanges>>,
	changes: Changes = {},
	intent: Partial<SwitchoverIntent> = {},
) => request({ ...INTENT, ...intent }, factsOf(surveys, changes)).refusal;

describe("the plan of a switchover", () => {
	test("has repmgr's dry run, its switchover, and the restored pauses", () => {
		const { steps, blastRadius, confirmation } = plan() ?? {};
		expect(steps?.map(({ key }) => key)).toEqual([
			"dry-run",
			"switchover",
			// Whether the others came is no matter of the switchover itself.
			...["follows-3", "follows-4"],
			"unpause-1",
			"unpause-2",
			"unpause-3",
			"unpause-4",
		]);
		expect(steps?.[1]?.command).toEqual({
			nodeId: 2,
			user: "postgres",
			argv: ["repmgr", "-f", "/etc/repmgr.conf", "standby", "switchover", "--siblings-follow"],
			sharesSshTo: ["node1", "node3", "node4"],
		});
		expect(steps?.[1]?.expects).toEqual([
			{ kind: "primary", nodeId: 2 },
			{ kind: "streaming", nodeId: 1, fromNodeId: 2 },
		]);
		expect(steps?.slice(2, 4).map(({ by, expects }) => [by, ...expects])).toEqual([
			["this console", { kind: "streaming", nodeId: 3, fromNodeId: 2 }],
			["this console", { kind: "watching", nodeId: 4, upstreamNodeId: 2 }],
		]);
		expect(blastRadius).toMatchObject({ restarts: [1], lossBytes: 0 });
		expect(confirmation).toEqual({ kind: "name", name: "node2" });
	});

	test("leaves a repmgrd paused that was paused before", () => {
		const steps = plan({}, {}, { 3: { server: { repmgrd: pausedRepmgrd } } })?.steps;
		expect(steps?.filter(({ runs }) => runs === "always").map(({ key }) => key)).toEqual([
			"unpause-1",
			"unpause-2",
			"pause-3",
			"unpause-4",
		]);
	});

	test("starts with a checkpoint if much WAL was written since the last", () => {
		const steps = plan({}, { 1: { server: { uncheckpointedBytes: 10 ** 9 } } })?.steps;
		expect(steps?.map(({ key }) => key).slice(0, 3)).toEqual(["dry-run", "checkpoint", "switchover"]);
		expect(steps?.[1]?.command).toMatchObject({ nodeId: 1 });
		expect(steps?.[1]?.command.argv.slice(-2)).toEqual(["-c", "CHECKPOINT"]);
	});

	test("passes the chosen options to repmgr", () => {
		expect(plan({ siblingsFollow: false, forceRewind: true })?.steps[1]?.command.argv.slice(3)).toEqual([
			"standby",
			"switchover",
			"--force-rewind",
		]);
	});

	test("has every command in its runbook", () => {
		const wanted = plan();
		const text = wanted === undefined ? "" : runbook(wanted);
		expect(text).toContain("repmgr -f /etc/repmgr.conf standby switchover --siblings-follow\n");
		expect(text).toContain("SELECT repmgr.repmgrd_pause(false)");
	});
});

const pausedRepmgrd = {
	running: true,
	pid: 93,
	paused: true,
	upstreamLastSeenSeconds: 0,
	localNodeId: 3,
	upstreamNodeId: 1,
};

const running = { pid: 52, state: "S" } as const;

function unit(changes: Partial<ServiceUnit>): ServiceUnit {
	const parameter = "service_stop_command";
	const unit = "postgresql@15-main";
	return {
		...{ parameter, unit, loadState: "loaded", activeState: "active", mainPid: 52 },
		...{ fragmentPath: "/usr/lib/systemd/system/postgresql@.service", ...changes },
	};
}

describe("a switchover is refused", () => {
	const cases: readonly [string, Readonly<Record<number, SurveyChanges>>, Changes, RegExp][] = [
		["to a standby whose replay is paused", {}, { 2: { server: { replayPaused: true } } }, /WAL replay/],
		["to a standby that is far behind", {}, { 2: { server: { replayLsn: "0/1000" } } }, /caught up/],
		["to a standby that is detached", {}, { 2: { server: { walReceiver: null } } }, /streams from/],
		["while a node does not answer", {}, { 3: { fault: { kind: "unreachable" } } }, /active node answers/],
		["while a base backup runs", { 1: { server: { baseBackups: 1 } } }, {}, /no backup runs on "node1"/],
		["while a backup of the standby runs", { 2: { server: { backupSessions: 1 } } }, {}, /no backup runs/],
		["with WAL waiting to be archived", { 1: { look: { archiveReadyFiles: 40 } } }, {}, /archived/],
		["with logical slots", { 1: { server: { logicalSlots: ["sub"] } } }, {}, /logical slots/],
		[
			"with a logical slot that another standby has synchronised",
			{ 1: { server: { logicalSlots: ["sub"] } }, 3: { server: { syncedSlots: ["sub"] } } },
			{},
			/no logical slots are lost/,
		],
		[
			"with a stop command whose program does not exist",
			{
				1: {
					host: {
						programs: [
							{ parameter: "service_stop_command", state: "missing", program: "/opt/scripts/pg_stop.sh" },
						],
					},
				},
			},
			{},
			/programs of the service commands of "node1"/,
		],
		[
			"with a repmgr that can't be loaded",
			{ 2: { host: { repmgr: { path: "repmgr", version: "error while loading shared libraries" } } } },
			{},
			/commands can be run on "node2"/,
		],
		[
			"without sudo for the service commands",
			{ 1: { host: { sudo: [{ parameter: "service_stop_command", isPermitted: false, why: "no." }] } } },
			{},
			/no password/,
		],
		[
			"with a stop command for a unit that does not run the server",
			{ 1: { host: { units: [unit({ activeState: "inactive" })] }, look: { postmaster: running } } },
			{},
			/stops this server/,
		],
		[
			"with a stop command for another server's unit",
			{ 1: { host: { units: [unit({ mainPid: 77 })] }, look: { postmaster: running } } },
			{},
			/stops this server/,
		],
		[
			"with a stop command for no unit at all",
			{ 1: { host: { units: [unit({ loadState: "not-found" })] } } },
			{},
			/stops this server/,
		],
		[
			"while archive_command hangs",
			{ 1: { host: { archiveWaitSeconds: 90 }, look: { archiveReadyFiles: 1 } } },
			{},
			/archived/,
		],
		[
			"while a receiver does not answer",
			{ 1: { server: { silentReceivers: [{ pid: 5, applicationName: "node3", seconds: 40 }] } } },
			{},
			/receivers of "node1"/,
		],
		[
			"without SSH to the candidate",
			{ 2: { hostFault: { kind: "unreachable", message: "no answer" } } },
			{},
			/commands can be run on "node2"/,
		],
		[
			"without repmgr.conf at its path",
			{ 3: { host: { hasConfigFile: false } } },
			{},
			/repmgr.conf of "node3"/,
		],
		[
			"with another node's repmgr.conf",
			{ 1: { host: { configuredNodeId: 7 } } },
			{},
			/repmgr.conf of "node1"/,
		],
		[
			"with two versions of repmgr",
			{ 1: { host: { repmgr: { path: "repmgr", version: "5.5.0" } } } },
			{},
			/one version/,
		],
		[
			"to one that a sibling can't replicate from",
			{ 3: { host: { replicationTo: { toNodeId: 2, isWell: false, lines: ["FATAL:  rejects"] } } } },
			{},
			/"node3" can replicate from "node2"/,
		],
		["without a free walsender", { 2: { server: { freeWalSenders: 1 } } }, {}, /walsenders/],
		[
			"with timeouts that do not fit",
			{ 1: { look: { repmgrConf: { node_rejoin_timeout: "90" } } } },
			{},
			/node_rejoin_timeout/,
		],
		["with a full disk", { 1: { look: { disks: full } } }, {}, /disk space/],
		[
			"while another console holds the lock",
			{ 3: { host: { lock: { operationId: "x", operation: "promote", who: "bob on b", since: 0 } } } },
			{},
			/no other operation/,
		],
		[
			"while repmgr runs a switchover",
			{ 3: { look: { repmgrCommands: ["standby switchover"] } } },
			{},
			/no other operation/,
		],
	];

	test.each(cases)("%s", (_, surveys, changes, message) => {
		expect(refusal(surveys, changes)?.message).toMatch(message);
		expect(refusal(surveys, changes)?.hint).not.toBe("");
	});

	test("to the primary, a witness, or an unknown node", () => {
		expect(refusal({}, {}, { nodeId: 1 })?.message).toMatch(/is the primary already/);
		expect(refusal({}, {}, { nodeId: 4 })?.message).toMatch(/is a witness/);
		expect(refusal({}, {}, { nodeId: 9 })?.message).toMatch(/not registered/);
	});

	test("with every failed check", () => {
		const said = refusal({ 1: { server: { baseBackups: 1, logicalSlots: ["sub"] } } });
		expect(said?.detail).toMatch(/1 more have failed/);
		expect(said?.prerequisites.filter(({ state }) => state === "failed")).toHaveLength(2);
	});
});

const full = [{ of: "PGDATA", sizeBytes: 10 ** 9, availableBytes: 10 ** 6 }] as const;

test("a missing slot is refused with the idle ones; an untried connection is unknown", () => {
	const said = refusal({ 2: { server: { freeSlots: 1, idleSlots: ["old", "older"] } } });
	expect(said?.hint).toMatch(/^Drop unused slots \(idle now: old, older\), or raise/);
	const tried = { toNodeId: 9, isWell: true, lines: [] };
	const ways = plan({}, { 1: { host: { replicationTo: tried } } })?.prerequisites;
	expect(ways?.filter(({ title }) => /can replicate/.test(title)).map(({ state }) => state)).toEqual([
		"unknown",
		"unknown",
	]);
});

/** What a check came to. */
function stateOf(title: RegExp, ...args: Parameters<typeof plan>) {
	return plan(...args)?.prerequisites.find((prerequisite) => prerequisite.title.match(title))?.state;
}

describe("a check that could not be made is unknown, not ok", () => {
	const stopsBy = (command: string | undefined): Readonly<Record<number, SurveyChanges>> => ({
		1: {
			host: { units: [] },
			look: {
				postmaster: running,
				dataDirectory: "/var/lib/postgresql/15/main",
				repmgrConf: {
					data_directory: "/var/lib/postgresql/15/main/",
					...(command !== undefined && { service_stop_command: command }),
				},
			},
		},
	});

	test.each([
		["/opt/scripts/pg_stop.sh", "unknown"],
		["sudo systemctl stop postgresql@15-main", "unknown"],
		["sudo systemctl start postgresql@15-main", undefined],
		["sudo pg_ctlcluster 15 main stop", "unknown"],
		["/usr/lib/postgresql/15/bin/pg_ctl -D /srv/other -W stop", "unknown"],
		["/usr/lib/postgresql/15/bin/pg_ctl -W -m fast -D /var/lib/postgresql/15/main stop", "ok"],
		[undefined, "ok"],
	])("does %s stop this server? %s", (command, state) => {
		expect(stateOf(/this server/, {}, stopsBy(command))).toBe(state);
	});

	test("no other operation, if half of the hosts can't be asked", () => {
		const hostFault = { kind: "timeout", message: "SSH does not answer" } as const;
		const checkOf = (ids: readonly number[]) => {
			const surveys = Object.fromEntries(ids.map((id) => [id, { hostFault }]));
			return noOtherOperation(factsOf(surveys)).state;
		};
		expect(checkOf([])).toBe("ok");
		expect(checkOf([4])).toBe("ok");
		expect(checkOf([3, 4])).toBe("unknown");
	});

	test("the stop command, for a unit of all servers or a server that is not seen", () => {
		for (const [units, postmaster] of [
			[[unit({ mainPid: null })], running],
			[[unit({})], null],
		] as const) {
			expect(stateOf(/this server/, {}, { 1: { host: { units }, look: { postmaster } } })).toBe("unknown");
		}
		expect(
			stateOf(/this server/, {}, { 1: { host: { units: [unit({})] }, look: { postmaster: running } } }),
		).toBe("ok");
	});

	test("a command that needs a shell, and a repmgr.conf without a visible node_id", () => {
		const programs = [{ parameter: "service_stop_command", state: "unclear", program: "" }] as const;
		expect(stateOf(/programs of .*"node1"/, {}, { 1: { host: { programs } } })).toBe("unknown");
		expect(stateOf(/programs of .*"node1"/)).toBe("ok");
		expect(stateOf(/repmgr.conf of "node1"/, {}, { 1: { host: { configuredNodeId: null } } })).toBe(
			"unknown",
		);
	});

	test("a logical slot, unless the candidate has synchronised it", () => {
		const has = (syncedSlots: readonly string[] | null) => ({
			1: { server: { logicalSlots: ["sub"] } },
			2: { server: { syncedSlots } },
		});
		expect(stateOf(/logical slots/, {}, has(null))).toBe("unknown");
		expect(stateOf(/logical slots/, {}, has(["sub"]))).toBe("ok");
	});
});

test("accepted lost slots are a warning", () => {
	const wanted = plan({ acceptLostSlots: true }, { 1: { server: { logicalSlots: ["sub"] } } });
	expect(wanted?.prerequisites.find(({ title }) => /logical/.test(title))?.state).toBe("warning");
});

test("its own unit, a unit of all servers, and no unit allow a switchover", () => {
	for (const units of [[unit({})], [unit({ mainPid: null })], []]) {
		expect(plan({}, { 1: { host: { units }, look: { postmaster: running } } })).toBeDefined();
	}
});

test("what can't be read is unknown, not ok", () => {
	const wanted = plan({}, { 1: { server: { longTransactions: null } } });
	expect(wanted?.prerequisites.find(({ title }) => /long transactions/.test(title))?.state).toBe("unknown");
});
