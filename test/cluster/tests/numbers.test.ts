import { expect, test } from "vitest";
import { lsnDistanceBytes } from "../../../src/model/lsn.ts";
import { clusterForFile, conninfoOf, eventually, nodeOf, type StatusDocument, scalar } from "./support.ts";

const bastion = clusterForFile();
const { cluster } = bastion;

/** What a node reports about itself, by other queries than the console's where possible. */
const FACTS = `SELECT json_build_object(
	'inRecovery', pg_is_in_recovery(),
	'currentLsn', CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() END,
	'receiveLsn', pg_last_wal_receive_lsn(),
	'replayLsn', pg_last_wal_replay_lsn(),
	'replayPaused', CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() <> 'not paused' END,
	'receivedTimeline', (SELECT received_tli FROM pg_stat_wal_receiver),
	'postgresVersion', (SELECT setting FROM pg_settings WHERE name = 'server_version'),
	'repmgrVersion', (SELECT installed_version FROM pg_available_extensions WHERE name = 'repmgr'),
	'systemIdentifier', (SELECT system_identifier::text FROM pg_control_system()),
	'repmgrd', json_build_object('running', repmgr.repmgrd_is_running(), 'pid', repmgr.get_repmgrd_pid(),
		'paused', repmgr.repmgrd_is_paused()),
	'upstreamLastSeen', repmgr.get_upstream_last_seen())`;

interface Facts {
	readonly inRecovery: boolean;
	readonly currentLsn: string | null;
	readonly receiveLsn: string | null;
	readonly replayLsn: string | null;
	readonly replayPaused: boolean | null;
	readonly receivedTimeline: number | null;
	readonly postgresVersion: string;
	readonly repmgrVersion: string;
	readonly systemIdentifier: string;
	readonly repmgrd: { readonly running: boolean; readonly pid: number; readonly paused: boolean };
	readonly upstreamLastSeen: number;
}

const HOSTS = ["node1", "node2", "node3", "node4"] as const;
type Host = (typeof HOSTS)[number];

async function factsOf(host: Host): Promise<Facts> {
	return JSON.parse(await scalar(cluster, host, FACTS)) as Facts;
}

async function allFacts(): Promise<Record<Host, Facts>> {
	const facts = await Promise.all(HOSTS.map(async (host) => [host, await factsOf(host)] as const));
	return Object.fromEntries(facts) as Record<Host, Facts>;
}

/** Everything but counters of time, and the witness's position, which moves as repmgrd copies repmgr.nodes every 15 s. */
const withoutAges = (facts: Record<Host, Facts>) =>
	HOSTS.map((host) => ({
		...facts[host],
		upstreamLastSeen: null,
		...(host === "node4" && { currentLsn: null }),
	}));

/** A status during which no server changed: SQL gives the same before and after. Without SSH, so that it is short. */
async function quietly<T>(
	take: () => Promise<T>,
): Promise<{ readonly taken: T; readonly facts: Record<Host, Facts> }> {
	return await eventually(async () => {
		const before = await allFacts();
		const taken = await take();
		const after = await allFacts();
		expect(withoutAges(after)).toEqual(withoutAges(before));
		return { taken, facts: after };
	});
}

test("every number of status --json equals the result of SQL on the node", async () => {
	const { taken: status, facts } = await quietly(() => bastion.status("node1", ["--no-ssh"]));
	for (const host of HOSTS) {
		const { observed, repmgrd, ageMs } = nodeOf(status, host);
		const fact = facts[host];
		expect.soft({ host, ...observed }).toMatchObject({
			host,
			reachable: true,
			currentLsn: host === "node4" ? expect.any(String) : fact.currentLsn,
			receiveLsn: fact.receiveLsn,
			replayLsn: fact.replayLsn,
			replayPaused: fact.replayPaused,
			postgresVersion: fact.postgresVersion,
			repmgrVersion: fact.repmgrVersion,
			lagBytes: fact.inRecovery ? lsnDistanceBytes(fact.replayLsn, facts.node1.currentLsn) : null,
			lagSeconds: fact.inRecovery ? 0 : null,
			attached: fact.inRecovery ? true : null,
			upstreamNodeId: fact.inRecovery ? 1 : null,
			detail: null,
		});
		expect.soft({ host, ...repmgrd }).toMatchObject({ host, ...fact.repmgrd });
		expect.soft(ageMs, host).toBeLessThan(2000);
	}
	expect
		.soft(status.nodes.map(({ observed }) => observed.role))
		.toEqual(["primary", "standby", "standby", "witness"]);
	expect
		.soft(status.nodes.map(({ observed }) => observed.status))
		.toEqual(["running", "streaming", "streaming", "running"]);
	expect(status.cluster).toEqual({
		name: "node1",
		systemIdentifier: facts.node1.systemIdentifier,
		primaryNodeId: 1,
	});
	expect(facts.node2.systemIdentifier).toBe(facts.node1.systemIdentifier);
	expect(status).toMatchObject({ severity: "ok", findings: [] });
	// We are repmgr's own role.
	expect(status.notices).toEqual([
		expect.stringMatching(/^SSH is off/),
		expect.stringContaining("superuser"),
	]);
});

test("the timeline agrees with the replication protocol and the walreceiver", async () => {
	const status = await bastion.status("node2");
	const identified = await cluster.sql("node1", "IDENTIFY_SYSTEM", {
		database: "dbname=repmgr replication=database",
	});
	expect(nodeOf(status, "node1").observed.timeline).toBe(Number(identified[0]?.[1]));
	for (const host of ["node2", "node3"] as const) {
		expect(nodeOf(status, host).observed.timeline).toBe((await factsOf(host)).receivedTimeline);
	}
});

test("upstreamLastSeenSeconds differs from repmgr's by two seconds at most", async () => {
	const status = await bastion.status("node1");
	const facts = await allFacts();
	// The counter has no meaning on a primary.
	expect(nodeOf(status, "node1").repmgrd.upstreamLastSeenSeconds).toBeNull();
	for (const host of ["node2", "node3", "node4"] as const) {
		const seen = nodeOf(status, host).repmgrd.upstreamLastSeenSeconds;
		expect(seen, host).not.toBeNull();
		expect(Math.abs((seen ?? 0) - facts[host].upstreamLastSeen), host).toBeLessThanOrEqual(2);
	}
});

test("registered.* is the row of repmgr.nodes", async () => {
	const status = await bastion.status("node3");
	const rows = await scalar(
		cluster,
		"node1",
		`SELECT json_agg(json_build_object('nodeId', node_id, 'nodeName', node_name, 'registered', json_build_object(
			'type', type, 'active', active, 'upstreamNodeId', upstream_node_id, 'location', location,
			'priority', priority, 'slotName', slot_name, 'conninfo', conninfo)) ORDER BY node_id) FROM repmgr.nodes`,
	);
	expect(status.nodes.map(({ nodeId, nodeName, registered }) => ({ nodeId, nodeName, registered }))).toEqual(
		JSON.parse(rows),
	);
});

test("status never shows passwords of a registered conninfo", async () => {
	const set = (conninfo: string) =>
		cluster.sql("node1", `UPDATE repmgr.nodes SET conninfo = '${conninfo}' WHERE node_id = 3`);
	const plain = conninfoOf("node3", "connect_timeout=2");
	await set(`${plain} password=Pa55word-of-node3`);
	try {
		const state = await bastion.directory();
		const printed = await eventually(async () => {
			const run = await bastion.run(["status", "--json", "-d", conninfoOf("node1")], { state });
			expect(run.stdout).toContain("password=");
			return run;
		});
		expect(printed.stdout + printed.stderr).not.toContain("Pa55word");
	} finally {
		await set(plain);
	}
});

test("status --json has exactly the documented keys, in this order", async () => {
	const status = await bastion.status("node1");
	expect(Object.keys(status)).toEqual([
		"schema",
		"takenAt",
		"cluster",
		"severity",
		"settling",
		"notRead",
		"nodes",
		"findings",
		"notices",
	]);
	expect(status.schema).toBe(1);
	expect(new Date(status.takenAt).toISOString()).toBe(status.takenAt);
	expect(Object.keys(status.cluster)).toEqual(["name", "systemIdentifier", "primaryNodeId"]);
	for (const node of status.nodes) {
		expect(Object.keys(node)).toEqual(["nodeId", "nodeName", "registered", "observed", "repmgrd", "ageMs"]);
		expect(Object.keys(node.registered)).toEqual([
			"type",
			"active",
			"upstreamNodeId",
			"location",
			"priority",
			"slotName",
			"conninfo",
		]);
		expect(Object.keys(node.observed).sort()).toEqual([
			"attached",
			"currentLsn",
			"detail",
			"lagBytes",
			"lagSeconds",
			"postgresVersion",
			"reachable",
			"receiveLsn",
			"replayLsn",
			"replayPaused",
			"repmgrVersion",
			"role",
			"status",
			"timeline",
			"timelineAtLeast",
			"upstreamNodeId",
		]);
		expect(Object.keys(node.repmgrd)).toEqual([
			"running",
			"pid",
			"paused",
			"upstreamLastSeenSeconds",
			"pause",
		]);
	}
});

test("CSV and text show the same values as JSON", async () => {
	const state = await bastion.directory();
	const print = async (...format: string[]): Promise<string> =>
		(await bastion.run(["status", "--no-ssh", "-d", conninfoOf("node1"), ...format], { state })).stdout;
	const { taken } = await quietly(async () => ({
		json: JSON.parse(await print("--json")) as StatusDocument,
		csv: await print("--csv"),
		text: await print(),
	}));
	const [heading = "", ...lines] = taken.csv.trimEnd().split("\n");
	const columns = heading.split(",");
	const shown = (value: unknown): string => (value === null ? "" : String(value));
	expect(lines).toHaveLength(4);
	for (const [index, node] of taken.json.nodes.entries()) {
		const fields = (lines[index] ?? "").split(",");
		const cells = Object.fromEntries(columns.map((column, at) => [column, fields[at]]));
		const { registered, observed, repmgrd } = node;
		expect(cells).toMatchObject({
			node_id: String(node.nodeId),
			node_name: node.nodeName,
			type: registered.type,
			active: String(registered.active),
			role: observed.role,
			status: observed.status,
			upstream_node_id: shown(observed.upstreamNodeId),
			timeline: shown(observed.timeline),
			current_lsn: node.nodeName === "node4" ? expect.any(String) : shown(observed.currentLsn),
			receive_lsn: shown(observed.receiveLsn),
			replay_lsn: shown(observed.replayLsn),
			lag_bytes: shown(observed.lagBytes),
			lag_seconds: shown(observed.lagSeconds),
			replay_paused: shown(observed.replayPaused),
			repmgrd_running: shown(repmgrd.running),
			repmgrd_pid: shown(repmgrd.pid),
			repmgrd_paused: shown(repmgrd.paused),
			location: registered.location,
			priority: String(registered.priority),
		});
	}
	const lsn = nodeOf(taken.json, "node1").observed.currentLsn;
	expect(taken.text).toContain("OK: primary node1; 2 of 2 standbys stream");
	const table = taken.text.split("\n").map((line) => line.trim().split(/ {2,}/));
	expect(table).toContainEqual(["1", "node1", "primary", "running", "–", "1", lsn, "–", "running", "now"]);
	for (const [id, branch] of [
		["2", "├─ node2"],
		["3", "└─ node3"],
	]) {
		expect(table).toContainEqual([
			id,
			branch,
			"standby",
			"streaming",
			"node1",
			"1",
			lsn,
			"0 B",
			"running",
			"now",
		]);
	}
	expect(table).toContainEqual(["4", "node4", "witness", "running", "–", "–", "–", "–", "running", "now"]);
});

test("lag while replay is paused is the distance to the primary's own position", async () => {
	await cluster.fault("pause-replay", "node2");
	await cluster.sql("node1", "CREATE TABLE lag_test AS SELECT generate_series(1, 20000) AS n");
	try {
		await eventually(async () => {
			const facts = await allFacts();
			expect(facts.node2.receiveLsn).toBe(facts.node1.currentLsn);
		});
		const { taken: status, facts } = await quietly(() => bastion.status("node1", ["--no-ssh"]));
		const { observed } = nodeOf(status, "node2");
		const distance = lsnDistanceBytes(facts.node2.replayLsn, facts.node1.currentLsn);
		expect(distance).toBeGreaterThan(500_000);
		expect(observed).toMatchObject({ lagBytes: distance, replayPaused: true, status: "streaming" });
		expect(observed.lagSeconds).toBeGreaterThan(0);
		expect(nodeOf(status, "node3").observed).toMatchObject({ lagBytes: 0, replayPaused: false });
		await eventually(async () => {
			const text = await bastion.run(["status", "-d", conninfoOf("node1")]);
			expect(text.stdout).toMatch(/node2 .* [kM]B .*paused/);
		});
	} finally {
		await cluster.heal("pause-replay", "node2");
		await cluster.sql("node1", "DROP TABLE lag_test");
	}
	await eventually(async () => {
		expect(nodeOf(await bastion.status("node1"), "node2").observed).toMatchObject({
			lagBytes: 0,
			replayPaused: false,
		});
	});
});

test("tells a paused, killed or stopped repmgrd apart from a running one", async () => {
	await cluster.fault("pause-repmgrd", "node2");
	await cluster.fault("kill-repmgrd", "node3");
	try {
		const status = await bastion.status("node1");
		expect(nodeOf(status, "node2").repmgrd).toMatchObject({ running: true, paused: true });
		expect(nodeOf(status, "node3").repmgrd).toMatchObject({ running: false, pid: null, paused: false });
		const { stdout } = await bastion.run(["status", "-d", conninfoOf("node1")]);
		expect(stdout).toMatch(/node2 .* paused +now/);
		expect(stdout).toMatch(/node3 .* not running +now/);
	} finally {
		await cluster.heal("pause-repmgrd", "node2");
		await cluster.heal("kill-repmgrd", "node3");
	}
});
