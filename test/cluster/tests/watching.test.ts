import { beforeAll, describe, expect, test } from "vitest";
import { sleep } from "../cluster.ts";
import { bastionAddress } from "../settings.ts";
import {
	clusterForFile,
	conninfoOf,
	eventually,
	LOG_FILE,
	linesSince,
	NO_FAILOVER,
	nodeOf,
	scalar,
} from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;
const HOSTS = ["node1", "node2", "node3", "node4"] as const;

test("a newly registered node appears, and an unregistered one disappears", async () => {
	const watch = await bastion.watch(["-d", conninfoOf("node2")]);
	await watch.until(({ nodes }) => nodes.length === 4);
	await cluster.sql(
		"node1",
		`INSERT INTO repmgr.nodes (node_id, upstream_node_id, node_name, type, location, priority, conninfo, repluser, slot_name, config_file)
		VALUES (5, 1, 'late-comer', 'standby', 'elsewhere', 50, 'host=10.99.254.5 user=repmgr dbname=repmgr', 'repmgr', 'repmgr_slot_5', '/etc/repmgr.conf')`,
	);
	const more = await watch.until(
		({ nodes }) => nodes.length === 5 && nodes[4]?.observed.status === "unreachable",
	);
	expect(nodeOf(more, "late-comer")).toMatchObject({
		nodeId: 5,
		registered: { type: "standby", location: "elsewhere", priority: 50, upstreamNodeId: 1 },
		observed: { reachable: false, role: null, lagBytes: null },
		ageMs: null,
	});
	expect(more.severity).toBe("warning");
	expect(more.nodes.slice(0, 4).every(({ observed }) => observed.reachable)).toBe(true);

	await cluster.sql("node1", "UPDATE repmgr.nodes SET node_name = 'renamed', priority = 7 WHERE node_id = 5");
	const renamed = await watch.until(({ nodes }) => nodes[4]?.nodeName === "renamed");
	expect(renamed.nodes[4]?.registered.priority).toBe(7);

	await cluster.sql("node1", "DELETE FROM repmgr.nodes WHERE node_id = 5");
	const fewer = await watch.until(({ nodes, severity }) => nodes.length === 4 && severity === "ok");
	expect(fewer.nodes.map(({ nodeName }) => nodeName)).toEqual([...HOSTS]);
	expect(await watch.stop()).toBe(0);
});

describe("sessions", () => {
	beforeAll(async () => {
		await setLogging("on");
		return async () => await setLogging("off");
	});

	async function setLogging(value: "on" | "off"): Promise<void> {
		for (const host of HOSTS) {
			await cluster.sql(host, `ALTER SYSTEM SET log_connections = ${value}`);
			await cluster.sql(host, "SELECT pg_reload_conf()");
		}
		await eventually(async () => expect(await scalar(cluster, "node4", "SHOW log_connections")).toBe(value));
	}

	const OURS = `SELECT coalesce(string_agg(pid || ' since ' || backend_start, ', '), '') FROM pg_stat_activity
		WHERE application_name = 'repmgr-console'`;

	/** More than one interval of the console's probe of new connections, 10 s. */
	const WATCHED_MS = 12_000;

	test("keeps one session for each server, and opens no other connections but the probe", async () => {
		const from = `connection received: host=${bastionAddress(await cluster.instance())} `;
		const watch = await bastion.watch(["-d", conninfoOf("node1"), "--interval", "0.2"]);
		await watch.until(({ severity }) => severity === "ok");
		const before = await Promise.all(HOSTS.map((host) => scalar(cluster, host, OURS)));
		for (const session of before) expect(session).toMatch(/^\d+ since [^,]+$/);
		const watchedFrom = Date.now();
		const log = await linesSince(cluster, HOSTS, LOG_FILE);
		await sleep(WATCHED_MS);
		const after = await Promise.all(HOSTS.map((host) => scalar(cluster, host, OURS)));
		expect(after).toEqual(before);
		const lines = await log();
		// One every ten seconds, and one more if one was late.
		const most = 2 + Math.floor((Date.now() - watchedFrom) / 10_000);
		for (const [host, logged] of lines) {
			expect(logged.filter((line) => line.includes("application_name=repmgr-console"))).toEqual([]);
			const probes = logged.filter((line) => line.includes(from));
			expect(probes.length, `${host}: ${probes.join("\n")}`).toBeLessThanOrEqual(most);
		}
		await watch.stop();
		await eventually(async () => expect(await scalar(cluster, "node1", OURS)).toBe(""), 5_000);
	});

	test("sets application_name, and runs as the given role", async () => {
		const watch = await bastion.watch(["-d", conninfoOf("node1")]);
		const query = await scalar(
			cluster,
			"node1",
			"SELECT state || ' as ' || usename FROM pg_stat_activity WHERE application_name = 'repmgr-console'",
		);
		expect(query).toMatch(/^(idle|active) as repmgr$/);
		await watch.stop();
	});
});

test("kill -9 of the primary is seen when its session breaks, not at the next poll", async ({ annotate }) => {
	await cluster.waitHealthy();
	// A long interval, so that a poll could not be the reason.
	const watch = await bastion.watch(["-d", conninfoOf("node2"), "--interval", "10"]);
	await watch.until(({ severity }) => severity === "ok");
	// New sessions are retried only at the next tick.
	await sleep(10_500);
	const kill = 'read -r pid < /var/lib/postgresql/15/main/postmaster.pid; date +%s%3N; kill -KILL "$pid"';
	const { stdout } = await cluster.exec("node1", ["bash", "-c", kill]);
	try {
		await watch.until((now) => !nodeOf(now, "node1").observed.reachable);
		const seen = watch.documents.find(
			({ at, document }) => at >= Number(stdout) && !nodeOf(document, "node1").observed.reachable,
		);
		const delayMs = (seen?.at ?? Number.POSITIVE_INFINITY) - Number(stdout);
		await annotate(`the changed status was printed ${delayMs} ms after kill -9`);
		expect(delayMs).toBeLessThan(2000);
		expect(seen?.document.cluster.primaryNodeId).toBeNull();
		// Only the host proves that the server is down, a refused connection does not.
		expect(["unknown", "critical"]).toContain(seen?.document.severity);
		const told = await watch.until((now) => nodeOf(now, "node1").observed.status === "stopped");
		await watch.until(({ severity }) => severity === "critical");
		expect(nodeOf(told, "node1").observed.detail).toMatch(/ended without a shutdown/);
	} finally {
		await cluster.heal("kill-postgres", "node1");
	}
	await watch.until(({ severity }) => severity === "ok", 30_000);
	await watch.stop();
});

test("events --follow prints repmgr's new events and what the console sees, once each", async () => {
	await cluster.waitHealthy();
	const follow = await bastion.follow([
		"events",
		"--follow",
		"--json",
		"--limit",
		"1",
		"-d",
		conninfoOf("node2"),
	]);
	// The newest earlier event; new ones follow, perhaps also some of the restart just before.
	await eventually(async () => expect(follow.lines()).not.toEqual([]));
	await cluster.fault("pause-repmgrd", "node3");
	await cluster.sql(
		"node1",
		"INSERT INTO repmgr.events (node_id, event, successful, details) VALUES (2, 'made_up', false, 'by a test')",
	);
	// A pause that ends before the next poll would not be seen.
	await eventually(async () => expect(follow.lines().join()).toContain('"details":"paused"'));
	await cluster.heal("pause-repmgrd", "node3");
	const lines = await eventually(async () => {
		const events = follow.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
		expect(events).toContainEqual(expect.objectContaining({ event: "made_up" }));
		expect(events).toContainEqual(expect.objectContaining({ event: "repmgrd", details: "unpaused" }));
		return events;
	});
	// Every node has a copy of the event.
	expect(lines.filter(({ event }) => event === "made_up")).toEqual([
		{
			schema: 1,
			source: "repmgr",
			timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
			nodeId: 2,
			nodeName: "node2",
			event: "made_up",
			successful: false,
			details: "by a test",
		},
	]);
	expect(lines).toContainEqual(
		expect.objectContaining({ source: "console", nodeName: "node3", event: "repmgrd", details: "paused" }),
	);
	expect(await follow.stop()).toBe(0);
});
