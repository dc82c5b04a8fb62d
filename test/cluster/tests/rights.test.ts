import { beforeAll, expect, test } from "vitest";
import { sleep } from "../cluster.ts";
import type { PASSWORDS } from "../settings.ts";
import {
	clusterForFile,
	conninfoOf,
	eventually,
	LOG_FILE,
	linesSince,
	NO_FAILOVER,
	nodeOf,
	type StatusDocument,
} from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;
const HOSTS = ["node1", "node2", "node3", "node4"] as const;

const as = (user: keyof typeof PASSWORDS): string => `host=node1 user=${user} dbname=repmgr`;

/** Some 25 polls of every node. */
const POLLED_MS = 5_000;
const OFTEN = ["--interval", "0.2"];

/** What was refused to us while `work` ran, as the servers logged it. */
async function refusals(work: () => Promise<void>): Promise<readonly string[]> {
	const log = await linesSince(cluster, HOSTS, LOG_FILE);
	await work();
	return [...(await log()).values()].flat().filter((line) => /ERROR|FATAL|permission denied/.test(line));
}

/** A state in which the nodes are remembered: `plain` may not read repmgr.nodes. */
let state = "";

beforeAll(async () => {
	state = await bastion.directory();
	await bastion.run(["status", "-d", as("repmgr")], { state });
});

test("pg_monitor and SELECT on repmgr's tables are enough for everything", async () => {
	const steady = (document: StatusDocument) =>
		document.nodes.map(({ nodeName, registered, observed, repmgrd }) => ({
			nodeName,
			registered: { ...registered, conninfo: null },
			role: observed.role,
			status: observed.status,
			timeline: observed.timeline,
			upstreamNodeId: observed.upstreamNodeId,
			lagBytes: observed.lagBytes,
			repmgrd: { ...repmgrd, upstreamLastSeenSeconds: null },
		}));
	await eventually(async () => {
		const full = await bastion.status("node1");
		const { stdout } = await bastion.run(["status", "--json", "-d", as("monitor")]);
		const status = JSON.parse(stdout) as StatusDocument;
		expect(status).toMatchObject({ severity: "ok", notices: [] });
		expect(steady(status)).toEqual(steady(full));
		expect(status.cluster.systemIdentifier).toBe(full.cluster.systemIdentifier);
	});
});

test("a user without any rights sees less, and what is missing is said once", async () => {
	const status = await eventually(async () => {
		const { stdout, exitCode } = await bastion.run(["status", "--json", "-d", as("plain")], { state });
		expect(exitCode).toBe(0);
		return JSON.parse(stdout) as StatusDocument;
	});
	expect(status.notices).toEqual([
		"all nodes: may not read details of replication (grant pg_monitor)",
		"all nodes: may not read some settings (grant pg_monitor)",
		"all nodes: may not read repmgr.events (grant SELECT)",
		"all nodes: may not read repmgr.nodes (grant SELECT)",
	]);
	expect(status.cluster.primaryNodeId).toBe(1);
	expect(nodeOf(status, "node1").observed).toMatchObject({ role: "primary", timeline: 1 });
	expect(nodeOf(status, "node2").observed).toMatchObject({
		role: "standby",
		replayPaused: false,
		replayLsn: expect.any(String),
		postgresVersion: expect.stringMatching(/^15\./),
	});
	expect(nodeOf(status, "node4").observed.role).toBe("witness");
	// SQL tells nothing of it; its host may tell that the process runs. Never "not running".
	const { running, paused } = nodeOf(status, "node2").repmgrd;
	expect([null, true]).toContain(running);
	expect(paused).toBeNull();
});

test.each(["repmgr", "monitor", "plain"] as const)(
	"polling as %s leaves no error in the servers' logs",
	async (user) => {
		const refused = await refusals(async () => {
			const watch = await bastion.watch(["-d", as(user), ...OFTEN], { state });
			await watch.until(({ cluster }) => cluster.primaryNodeId === 1);
			await sleep(POLLED_MS);
			// Each once, however often it was polled.
			for (const { document } of watch.documents)
				expect(document.notices).toEqual([...new Set(document.notices)]);
			await watch.stop();
		});
		expect(refused).toEqual([]);
	},
);

test("a wrong password is not tried again and again", async () => {
	const refused = await refusals(async () => {
		const watch = await bastion.watch(["-d", conninfoOf("node1", "password=Wr0ng"), ...OFTEN], { state });
		await watch.until(({ nodes }) => nodes.every(({ observed }) => observed.status === "rejecting"));
		await sleep(POLLED_MS);
		await watch.stop();
	});
	// Once for each node, and once for the server that was named.
	expect(refused.length).toBeGreaterThanOrEqual(4);
	expect(refused.length).toBeLessThanOrEqual(5);
});
