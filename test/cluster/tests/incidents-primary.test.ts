import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { FORMED } from "../cluster.ts";
import { type FaultCall, findingsOf, incident, Looks } from "./incident.ts";
import { clusterForFile, conninfoOf } from "./support.ts";

/** Faults of the primary and their consequences; each incident ends with the cluster as it was saved. */
const bastion = clusterForFile();
const { cluster } = bastion;

const NODES = ["node1", "node2", "node3", "node4"] as const;
const PAUSED: readonly FaultCall[] = NODES.map((host) => ["pause-repmgrd", host]);
/** Found while a server refuses us and SSH has not answered yet that it is down, which may take longer than a status waits. */
const BEFORE_SSH = ["PRIMARY_DOWN", "PRIMARY_UNREACHABLE_FROM_HERE"] as const;
const AS_POSTGRES = { user: "postgres", timeoutMs: 60_000 } as const;
const repmgr = (...args: string[]): readonly string[] => ["repmgr", "-f", "/etc/repmgr.conf", ...args];

const restored = async (): Promise<void> => await cluster.restore(FORMED);

/** A cluster in the configuration file whose thresholds are short enough for a test. */
async function withThresholds(...thresholds: readonly string[]): Promise<readonly string[]> {
	const config = join(await bastion.directory(), "config.yaml");
	const lines = thresholds.map((line) => `      ${line}\n`).join("");
	await writeFile(
		config,
		`clusters:\n  test:\n    conninfo: ${conninfoOf("node3")}\n    thresholds:\n${lines}`,
	);
	return ["--config", config, "--cluster", "test"];
}

describe("without a failover", () => {
	incident("the primary is killed while repmgrd is paused", bastion, {
		faults: [...PAUSED, ["kill-postgres", "node1"]],
		finds: ["critical PRIMARY_DOWN node1", "warning REPMGRD_PAUSED cluster"],
		onTheWay: BEFORE_SSH,
		says: {
			PRIMARY_DOWN:
				/repmgrd is paused: no standby will be promoted No node .* repmgrd will not fail over: "node2": its repmgrd is paused and .* Do not expect a failover from unpausing/,
			REPMGRD_PAUSED: /Unpausing starts no failover for a primary that is already dead/,
		},
		state: FORMED,
	});

	incident("the primary is cut off from all nodes while repmgrd is paused", bastion, {
		faults: [...PAUSED, ["cut", "node1"]],
		finds: ["critical PRIMARY_DOWN node1", "warning REPMGRD_PAUSED cluster"],
		// Until repmgrd on the others misses it, too; and for a single node while the others are late to answer.
		onTheWay: ["PRIMARY_UNREACHABLE_FROM_HERE", "REPMGRD_PAUSED"],
		patience: 5,
		says: { PRIMARY_DOWN: /down or cut off from all other nodes.*\(fence it\)/ },
		state: FORMED,
	});

	incident("the primary is frozen while repmgrd is paused", bastion, {
		faults: [...PAUSED, ["freeze-postgres", "node1"]],
		finds: ["critical PRIMARY_HUNG node1", "warning REPMGRD_PAUSED cluster"],
		says: { PRIMARY_HUNG: /kill -CONT \d+.* Do not promote a standby before this server is stopped/ },
		state: FORMED,
	});

	incident("the primary is in recovery", bastion, {
		faults: [...PAUSED, ["demote", "node1"]],
		finds: ["critical NO_PRIMARY cluster", "warning REPMGRD_PAUSED cluster"],
		onTheWay: ["REPMGRD_PAUSED"],
		patience: 3,
		says: { NO_PRIMARY: /"node1" has as much WAL as any other/ },
		state: FORMED,
	});

	incident("the primary is killed where failover is manual, and then the standbys", bastion, {
		faults: [
			["manual-failover", "node2"],
			["manual-failover", "node3"],
			["kill-postgres", "node1"],
		],
		finds: ["critical PRIMARY_DOWN node1"],
		onTheWay: BEFORE_SSH,
		says: { PRIMARY_DOWN: /"node2": failover is manual in its repmgr\.conf and "node3"/ },
		state: FORMED,
		goesOn: async () => {
			await cluster.fault("kill-postgres", "node2");
			await cluster.fault("kill-postgres", "node3");
			const looks = new Looks(bastion, {
				faults: [],
				finds: [],
				// Until SSH has reported all of them as down.
				onTheWay: [...BEFORE_SSH, "STANDBY_DOWN"],
				via: "node4",
			});
			const document = await looks.until(["critical PRIMARY_DOWN_NO_STANDBY node1"], 7000);
			expect(document.findings[0]?.remedy?.nodeId).toBe(1);
		},
	});

	incident("a switchover that died half way", bastion, {
		faults: [["abort-switchover", "node2"]],
		finds: ["critical PRIMARY_DOWN node1", "critical SWITCHOVER_LEFT_INCOMPLETE node1"],
		onTheWay: ["REPMGRD_PAUSED", ...BEFORE_SSH],
		patience: 12,
		says: {
			SWITCHOVER_LEFT_INCOMPLETE: /Start "node1" again: it was shut down cleanly, nothing is lost/,
		},
		state: FORMED,
	});
});

describe("with a failover by repmgrd", () => {
	/** Found before the standbys' repmgr.conf has been read over SSH. */
	const PERHAPS_DOWN = [
		"PRIMARY_DOWN",
		/Whether repmgrd fails over is unknown: .* repmgr\.conf was not read/,
	] as const;

	incident("the primary is killed", bastion, {
		faults: [],
		finds: [],
		state: FORMED,
		goesOn: async () => {
			// Watches, because a single status may take as long as the failover.
			const watch = await bastion.watch(["-d", conninfoOf("node3")]);
			await cluster.fault("kill-postgres", "node1");
			const isNamed = ({ code }: { readonly code: string }): boolean => code === "FAILOVER_IN_PROGRESS";
			const during = await watch.until(({ findings }) => findings.some(isNamed), 20_000);
			expect(during.findings.find(isNamed)?.doNot).toMatch(/^Do not promote by hand/);
			await watch.stop();
			const document = await new Looks(bastion, {
				faults: [],
				finds: ["critical FAILOVER_IN_PROGRESS node1"],
				onTheWay: [
					// repmgrd updates repmgr.nodes, and the witness copies the table later.
					"METADATA_VIEWS_DISAGREE",
					"METADATA_DRIFT",
					// The other standby, now the only one, may follow after the grace time.
					"STANDBY_DETACHED",
					"ALL_STANDBYS_DETACHED",
					"NO_REDUNDANCY",
					PERHAPS_DOWN,
					// A former primary that refuses us counts as down only once SSH has reported that.
					"PRIMARY_UNREACHABLE_FROM_HERE",
					"STANDBY_UNREACHABLE_FROM_HERE",
				],
			}).until(["warning STANDBY_DOWN node1"], 60_000);
			expect(document.cluster.primaryNodeId).toBe(2);
			const [found] = document.findings;
			expect(found?.remedy?.argv).toEqual(expect.arrayContaining(["node", "rejoin", "--dry-run"]));
			expect(found?.doNot).toMatch(/Do not simply start PostgreSQL on "node1"/);
		},
	});

	test("a frozen postmaster leads to a split brain, and no remedy stops the new primary", async () => {
		const watch = await bastion.watch(["-d", conninfoOf("node3")]);
		await cluster.fault("freeze-postmaster", "node1");
		try {
			// PRIMARY_HUNG comes first unless repmgrd is faster than the console, which tries a new connection every 10 s.
			await watch.until((now) => findingsOf(now).includes("critical SPLIT_BRAIN cluster"), 80_000);
			const splits = watch.documents.flatMap(({ document }) =>
				document.findings.filter(({ code }) => code === "SPLIT_BRAIN"),
			);
			expect(splits.map(({ remedy }) => remedy?.nodeId ?? null)).not.toContain(2);
		} finally {
			await watch.stop();
			await restored();
		}
	});
});

describe("connections from here", () => {
	incident("only this machine can't reach the primary", bastion, {
		faults: [["cut-bastion", "node1"]],
		finds: ["warning PRIMARY_UNREACHABLE_FROM_HERE node1"],
		// Unknown until the other nodes have been read twice.
		onTheWay: ["PRIMARY_UNREACHABLE_FROM_HERE"],
		says: { PRIMARY_UNREACHABLE_FROM_HERE: /Do not promote a standby/ },
	});

	test("the other nodes prove to a watching console that the primary runs", async () => {
		const watch = await bastion.watch(["-d", conninfoOf("node3")]);
		await cluster.fault("cut-bastion", "node1");
		try {
			const seen = await watch.until(
				(now) => findingsOf(now).join() === "warning PRIMARY_UNREACHABLE_FROM_HERE node1",
				20_000,
			);
			expect(seen.findings[0]?.detail).toMatch(
				/still sees? it: it runs, and only the connection from here is broken/,
			);
		} finally {
			await cluster.heal("cut-bastion", "node1");
		}
		await watch.until(({ severity, findings }) => severity === "ok" && findings.length === 0, 20_000);
		await watch.stop();
	});

	incident("no node is reached", bastion, {
		faults: NODES.map((host) => ["cut-bastion", host]),
		finds: ["unknown ALL_UNREACHABLE cluster"],
		says: { ALL_UNREACHABLE: /^no node can be reached from here .* Check this machine's own network/ },
	});
});

describe("cascade", () => {
	beforeAll(async () => {
		await cluster.exec("node3", repmgr("standby", "follow", "--upstream-node-id=2"), AS_POSTGRES);
		await cluster.waitHealthy(60_000);
		await cluster.save("cascade");
		return restored;
	});

	incident("the upstream of a standby is stopped", bastion, {
		faults: [...PAUSED, ["stop-postgres", "node2"]],
		finds: [
			"warning UPSTREAM_STANDBY_DOWN node2",
			"warning NO_REDUNDANCY cluster",
			"warning REPMGRD_PAUSED cluster",
		],
		// One of the two voting nodes is stopped, until repmgrd has marked it as inactive.
		onTheWay: ["REPMGRD_PAUSED", "FAILOVER_NOT_READY"],
		patience: 11,
		state: "cascade",
	});

	incident("the upstream of a standby is detached", bastion, {
		faults: [["detach", "node2"]],
		finds: ["warning STANDBY_DETACHED node2", "unknown LAG_UNKNOWN_DETACHED node3"],
		patience: 10,
		says: { LAG_UNKNOWN_DETACHED: /It streams from "node2", which receives nothing itself/ },
		state: "cascade",
	});

	incident("there are two primaries, and then the one with the standby can't be reached", bastion, {
		faults: [["two-primaries", "node2"]],
		finds: ["critical SPLIT_BRAIN cluster"],
		says: {
			SPLIT_BRAIN:
				/They diverged at [0-9A-F/]+, the end of timeline 1\. "node1" wrote [0-9.]+ \w+ of WAL since then, .*; "node2" wrote /,
		},
		state: "cascade",
		goesOn: async () => {
			await cluster.fault("cut-bastion", "node2");
			const looks = new Looks(bastion, {
				faults: [],
				finds: [],
				// node2's former slot.
				onTheWay: ["SLOT_INACTIVE_RETAINING_WAL"],
			});
			const document = await looks.until(
				["critical TIMELINE_MISMATCH node3", "warning STANDBY_UNREACHABLE_FROM_HERE node2"],
				20_000,
			);
			expect(document.findings[0]?.detail).toMatch(/there may be two primaries/);
		},
	});
});

describe("with configured thresholds", () => {
	test("finds a standby that falls behind because a query on it blocks replay", async () => {
		const args = await withThresholds("replication_lag_warning: 2", "replication_lag_critical: 4");
		const looks = new Looks(bastion, {
			faults: [],
			finds: [],
			args,
			onTheWay: ["STANDBY_LAGGING"],
		});
		await looks.until([], 30_000);
		await cluster.fault("block-replay", "node2");
		await looks.until(["critical STANDBY_LAGGING node2"], 12_000);
		await cluster.heal("block-replay", "node2");
		await looks.until([], 15_000);
	});

	test("finds a witness that can't copy repmgr.nodes", async () => {
		const args = await withThresholds("views_disagree_seconds: 3");
		// The console waits for the interval in its repmgr.conf; its repmgrd, not restarted, still uses 15 s.
		await cluster.exec("node4", ["sed", "-i", "$ a witness_sync_interval='1'", "/etc/repmgr.conf"]);
		await cluster.fault("read-only", "node4");
		const watch = await bastion.watch(args);
		await cluster.sql("node1", "UPDATE repmgr.nodes SET priority = 80 WHERE node_id = 3");
		const found = await watch.until(
			(now) => findingsOf(now).join() === "warning METADATA_VIEWS_DISAGREE node4",
			30_000,
		);
		expect(found.findings[0]?.detail).toContain('the priority of "node3" is 90, not 80');
		await cluster.heal("read-only", "node4");
		await watch.until(({ findings }) => findings.length === 0, 30_000);
		await watch.stop();
		await restored();
	});

	test("finds an unregistered standby that streams", async () => {
		const args = await withThresholds("grace_seconds: 2");
		const looks = new Looks(bastion, { faults: [], finds: [], args, onTheWay: ["METADATA_VIEWS_DISAGREE"] });
		await looks.until([], 30_000);
		await cluster.fault("unregister", "node3");
		// Found twice: by the primary's walsender, and because the console connected to it.
		const found = ["notice NODE_NOT_REGISTERED node1", "warning NODE_NOT_REGISTERED cluster"];
		await looks.until(found, 30_000);
		await cluster.heal("unregister", "node3");
		await looks.until([], 30_000);
	});
});
