import { beforeAll, describe, expect, test } from "vitest";
import { sleep } from "../cluster.ts";
import { findingsOf, incident } from "./incident.ts";
import { clusterForFile, conninfoOf, scalar } from "./support.ts";

/**
 * Faults while the primary works. Independent ones are made at the same time.
 *
 * No file of incidents makes CLOCK_SKEW, because all hosts share the clock of one kernel.
 */
const bastion = clusterForFile();
const { cluster } = bastion;

beforeAll(async () => {
	// Else a walsender whose standby is cut off would stay for a minute.
	await cluster.sql("node1", "ALTER SYSTEM SET wal_sender_timeout = '5s'");
	await cluster.sql("node1", "SELECT pg_reload_conf()");
});

describe("settings, files and metadata", () => {
	incident("a fault on each node", bastion, {
		faults: [
			["inactive-slot", "node1"],
			["failing-archive", "node1"],
			["pause-replay", "node2"],
			["changed-conninfo", "node2"],
			["wrong-name", "node3"],
			["manual-failover", "node3"],
			["fill-disk", "node3", "90"],
			["kill-repmgrd", "node4"],
			["old-extension", "node4"],
		],
		finds: [
			"notice SLOT_INACTIVE_RETAINING_WAL node1",
			"warning ARCHIVE_FAILING node1",
			"warning WAL_REPLAY_PAUSED node2",
			"warning CONNINFO_DRIFT node2",
			"warning APPLICATION_NAME_MISMATCH node3",
			"warning FAILOVER_NOT_READY node3",
			"warning DISK_NEARLY_FULL node3",
			"warning REPMGRD_NOT_RUNNING node4",
			"warning VERSION_MISMATCH node4",
		],
		says: {
			CONNINFO_DRIFT: /They differ in port\./,
			FAILOVER_NOT_READY: /its siblings wait for it and no standby is promoted/,
			DISK_NEARLY_FULL: /9\d % full/,
		},
	});

	incident("another fault on each node", bastion, {
		faults: [
			["slow-archive", "node1"],
			["pause-repmgrd", "node2"],
			["wrong-upstream", "node3"],
			["freeze-repmgrd", "node3"],
			// A running repmgrd would mark it as active again.
			["inactive", "node3"],
			["stale-witness", "node4"],
			// The last one, because the others write.
			["read-only", "node1"],
		],
		finds: [
			"critical PRIMARY_READ_ONLY node1",
			"warning ARCHIVE_BACKLOG node1",
			"warning REPMGRD_PAUSED node2",
			"warning NODE_INACTIVE_BUT_RUNNING node3",
			"warning METADATA_DRIFT node3",
			"warning REPMGRD_NOT_RUNNING node3",
			"warning WITNESS_STALE node4",
		],
		// The witness copies repmgr.nodes every 15 s.
		onTheWay: ["METADATA_VIEWS_DISAGREE"],
		// A node restarted by the healing before is not compared with its registration for 10 s, a witness not for 30 s.
		patience: 30,
		says: {
			REPMGRD_NOT_RUNNING: /frozen \(SIGSTOP\)/,
			METADATA_DRIFT: /registered under "node2" and streams from "node1"/,
		},
	});

	incident("servers reject us, or have no connection left", bastion, {
		via: "node1",
		faults: [
			["full-connections", "node1"],
			["wrong-password", "node2"],
			["wrong-hba", "node3"],
			["old-copy", "node4"],
		],
		finds: [
			"critical CONNECTIONS_EXHAUSTED node1",
			"warning WRONG_PASSWORD node2",
			"warning HBA_REJECTS node3",
			"notice METADATA_VIEWS_DISAGREE node4",
		],
	});

	incident(
		"commits wait, a standby was started without repmgr's library, and the slot of another one is gone",
		bastion,
		{
			faults: [
				["not-preloaded", "node2"],
				["drop-slot", "node3"],
				["block-commits", "node1"],
			],
			finds: [
				"warning REPMGRD_NOT_PRELOADED node2",
				"warning SLOT_MISSING node3",
				"critical SYNC_REP_BLOCKED node1",
			],
			// A warning before it is critical; repmgrd marks a restarted node; a standby finds its new slot within 5 s.
			onTheWay: ["SYNC_REP_BLOCKED", "STANDBY_DETACHED", "METADATA_VIEWS_DISAGREE"],
			patience: 14,
		},
	);
});

describe("standbys that do not stream", () => {
	incident("one has no upstream, and the repmgrd of the other is stopped", bastion, {
		faults: [
			["detach", "node2"],
			["stop-repmgrd", "node3"],
		],
		finds: ["warning STANDBY_DETACHED node2", "warning REPMGRD_NOT_RUNNING node3"],
		patience: 10,
	});

	incident("the primary rejects them all", bastion, {
		faults: [["reject-replication", "node1"]],
		finds: ["warning ALL_STANDBYS_DETACHED cluster"],
		// They reconnect one after the other: each tries again every 5 s (wal_retrieve_retry_interval).
		onTheWay: ["STANDBY_DETACHED"],
		patience: 10,
		says: { ALL_STANDBYS_DETACHED: /Look for one cause at the primary/ },
	});

	incident("one belongs to another cluster", bastion, {
		faults: [["foreign", "node3"]],
		via: "node2",
		finds: ["critical SYSTEM_IDENTIFIER_MISMATCH node3"],
		onTheWay: ["WRONG_PASSWORD", "STANDBY_DOWN", "STANDBY_DETACHED"],
		patience: 10,
	});

	incident("one was promoted, wrote, and is a standby again, so it has diverged", bastion, {
		faults: [["diverge", "node3"]],
		via: "node2",
		finds: ["warning STANDBY_DIVERGED node3"],
		onTheWay: ["REPMGRD_NOT_RUNNING"],
		patience: 14,
		says: { STANDBY_DIVERGED: /Make sure first that "node1" is the right primary/ },
	});
});

describe("servers and hosts that are gone", () => {
	incident("a standby is killed", bastion, {
		faults: [["kill-postgres", "node2"]],
		finds: ["warning STANDBY_DOWN node2"],
	});

	incident("the witness is stopped cleanly", bastion, {
		faults: [["stop-postgres", "node4"]],
		finds: ["warning WITNESS_DOWN node4"],
		patience: 10,
	});

	incident("a standby is frozen, and the witness is cut off", bastion, {
		faults: [
			["freeze-postgres", "node2"],
			["cut", "node4"],
		],
		finds: ["warning STANDBY_HUNG node2", "unknown WITNESS_UNREACHABLE_FROM_HERE node4"],
		// The witness's repmgrd may need a minute to reconnect to its primary.
		onTheWay: ["WITNESS_STALE", "REPMGRD_NOT_RUNNING", "STANDBY_DETACHED", "NODE_INACTIVE_BUT_RUNNING"],
		heal: async () => {
			await cluster.heal("cut", "node4");
			await cluster.heal("freeze-postgres", "node2");
			// Debian's init script does nothing to a running repmgrd.
			await cluster.exec("node4", ["systemctl", "kill", "--kill-whom=main", "repmgrd"]);
			await cluster.exec("node4", ["systemctl", "restart", "repmgrd"]);
		},
	});

	incident("only this machine can't reach a standby", bastion, {
		faults: [["cut-bastion", "node2"]],
		finds: ["unknown STANDBY_UNREACHABLE_FROM_HERE node2"],
		says: { STANDBY_UNREACHABLE_FROM_HERE: /"node1" has a walsender for it/ },
	});

	incident("no node reaches a standby", bastion, {
		faults: [["cut", "node2"]],
		finds: ["warning STANDBY_UNREACHABLE_FROM_HERE node2"],
		onTheWay: ["REPMGRD_NOT_RUNNING", "STANDBY_UNREACHABLE_FROM_HERE", "STANDBY_DETACHED"],
		patience: 12,
		says: { STANDBY_UNREACHABLE_FROM_HERE: /"node1" sends nothing to it either/ },
	});

	incident("no standby is left", bastion, {
		via: "node1",
		faults: [
			["stop-postgres", "node2"],
			["stop-postgres", "node3"],
		],
		finds: ["warning NO_REDUNDANCY cluster", "warning STANDBY_DOWN node2", "warning STANDBY_DOWN node3"],
		// Until repmgrd has marked them as inactive, two of the three voting nodes are stopped.
		onTheWay: ["FAILOVER_NOT_READY"],
		patience: 11,
	});
});

describe("finds nothing", () => {
	test("while standbys and the witness restart within their grace time", async () => {
		const watch = await bastion.watch(["-d", conninfoOf("node1")]);
		for (const host of ["node2", "node3", "node4"]) {
			const before = await scalar(cluster, host, "SELECT pg_postmaster_start_time()");
			const restart = cluster.exec(host, ["systemctl", "restart", "postgresql@15-main"]);
			for (const end = Date.now() + 6000; Date.now() < end; ) {
				const { severity, findings } = await bastion.status("node1", [], { state: await bastion.memory() });
				// A settling node makes the status a warning, without a finding.
				expect(["ok", "warning"]).toContain(severity);
				expect(findings).toEqual([]);
			}
			await restart;
			expect(await scalar(cluster, host, "SELECT pg_postmaster_start_time()")).not.toBe(before);
		}
		expect(watch.documents.flatMap(({ document }) => findingsOf(document))).toEqual([]);
		expect(await watch.stop()).toBe(0);
	});

	test("in a healthy cluster for half a minute", async () => {
		const watch = await bastion.watch(["-d", conninfoOf("node1")]);
		await sleep(30_000);
		expect(watch.documents.flatMap(({ document }) => findingsOf(document))).toEqual([]);
		expect(watch.documents.at(-1)?.document.severity).toBe("ok");
		expect(await watch.stop()).toBe(0);
	});
});
