import { expect, test } from "vitest";
import { diagnose } from "../support/diagnose.ts";
import { receiver, repmgrd, sender, slot, standbyReading } from "../support/records.ts";
import { confOfNode, diskReading, inShort, since, worldOf } from "../support/worlds.ts";

/** What one fault of the test cluster (test/cluster/faults) looks like to all rules together: its own code and no other. */

const stopped = {
	fault: { kind: "refused" as const, message: "connection refused" },
	host: { postmaster: false as const },
};
const well = [slot("repmgr_slot_2", 62), slot("repmgr_slot_3", 63)];
const streams = [2, 3].map((id) =>
	sender(60 + id, { applicationName: `node${id}`, clientAddress: `10.99.1.1${id}` }),
);
const archiver = {
	archivedCount: 6,
	failedCount: 4,
	lastArchivedWal: null,
	lastFailedWal: "000000010000000000000005",
	failing: true,
};

test.each([
	[
		"stop-repmgrd",
		worldOf({ 2: { server: { repmgrd: repmgrd({ running: false, pid: null }) }, host: { repmgrd: false } } }),
		["warning REPMGRD_NOT_RUNNING 2"],
	],
	[
		"kill-repmgrd, no SSH",
		worldOf({ 4: { server: { repmgrd: repmgrd({ running: false, pid: 93 }) } } }, { ssh: false }),
		["warning REPMGRD_NOT_RUNNING 4"],
	],
	[
		"freeze-repmgrd",
		worldOf({ 3: { host: { repmgrd: { pid: 93, state: "T" } } } }),
		["warning REPMGRD_NOT_RUNNING 3"],
	],
	[
		"pause-repmgrd",
		worldOf({ 2: { server: { repmgrd: repmgrd({ paused: true }) } } }),
		["warning REPMGRD_PAUSED 2"],
	],
	["stop-postgres on the witness", worldOf({ 4: stopped }), ["warning WITNESS_DOWN 4"]],
	[
		"cut, the witness, no SSH",
		since(30, { 4: { fault: {} } }, { ssh: false }),
		["unknown WITNESS_UNREACHABLE_FROM_HERE 4"],
	],
	["a restart of the witness", since(5, { 4: stopped }), []],
	[
		"fill-disk on the primary",
		worldOf({ 1: { host: { disks: diskReading(1) } } }),
		["critical DISK_NEARLY_FULL 1"],
	],
	[
		"failing-archive",
		worldOf({ 1: { server: { archiver }, host: { archiveReadyFiles: 30 } } }),
		["warning ARCHIVE_FAILING 1"],
	],
	[
		"inactive-slot",
		worldOf({ 1: { server: { slots: [...well, slot("orphaned_slot", null)] } } }),
		["notice SLOT_INACTIVE_RETAINING_WAL 1"],
	],
	["wrong-upstream", worldOf({ 3: { registered: { upstreamNodeId: 2 } } }), ["warning METADATA_DRIFT 3"]],
	[
		"failover=manual",
		worldOf({ 2: { host: { repmgrConf: confOfNode(2, { failover: "manual" }) } } }),
		["warning FAILOVER_NOT_READY 2"],
	],
	["inactive", worldOf({ 3: { registered: { active: false } } }), ["warning NODE_INACTIVE_BUT_RUNNING 3"]],
	[
		"a witness left under a former primary",
		worldOf({ 4: { registered: { upstreamNodeId: 2 } } }),
		["warning WITNESS_STALE 4"],
	],
	[
		"a slot that was dropped",
		worldOf({
			1: { server: { slots: [slot("repmgr_slot_3", 63)] } },
			2: { server: { walReceiver: receiver({ slotName: null }) } },
		}),
		["warning SLOT_MISSING 2"],
	],
	[
		"commits that wait",
		worldOf({
			1: {
				server: {
					settings: { synchronous_standby_names: "node9", synchronous_commit: "on" },
					syncRepWaiters: 2,
					syncRepOldestSeconds: 40,
				},
			},
		}),
		["critical SYNC_REP_BLOCKED 1"],
	],
	[
		"another application_name",
		worldOf({
			1: {
				server: {
					walSenders: [
						{ ...(streams[0] ?? sender(62)), applicationName: "walreceiver" },
						...streams.slice(1),
					],
				},
			},
		}),
		["warning APPLICATION_NAME_MISMATCH 2"],
	],
	[
		"a stranger",
		worldOf({
			1: {
				server: {
					walSenders: [...streams, sender(70, { applicationName: "x", clientAddress: "10.99.1.19" })],
				},
			},
		}),
		["notice NODE_NOT_REGISTERED 1"],
	],
	[
		"library not preloaded",
		worldOf({
			2: {
				server: {
					settings: { shared_preload_libraries: "", primary_slot_name: "repmgr_slot_2" },
					repmgrd: null,
				},
				host: { repmgrd: false },
			},
		}),
		["warning REPMGRD_NOT_PRELOADED 2"],
	],
	[
		"conninfo changed",
		worldOf({
			2: {
				host: {
					repmgrConf: confOfNode(2, {
						conninfo: "host=node2 user=repmgr dbname=repmgr connect_timeout=2 port=5433",
					}),
				},
			},
		}),
		["warning CONNINFO_DRIFT 2"],
	],
	[
		"a clock that is wrong",
		worldOf({
			3: {
				server: standbyReading({
					...worldOf().snapshot.nodes[2]?.state.server.good?.value,
					clockOffsetMs: 60_000,
				}),
			},
		}),
		["notice CLOCK_SKEW 3"],
	],
	[
		"another extension on the witness",
		worldOf({ 4: { server: { repmgrVersion: "5.5" } } }),
		["warning VERSION_MISMATCH 4"],
	],
])("%s", (_, world, expected) => {
	expect(inShort(diagnose(world))).toEqual(expected);
});
