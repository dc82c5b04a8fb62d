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

/** Errors that the servers logged while `work` ran. */
async function refusals(work: () => Promise<void>): Promise<readonly string[]> {
	const log = await linesSince(cluster, HOSTS, LOG_FILE);
	await work();
	return [...(await log()).values()].flat().filter((line) => /ERROR|FATAL|permission denied/.test(line));
}

/** A state directory in which the nodes are remembered, because `plain` may not read repmgr.nodes. */
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

test("a user without any rights sees less, and each missing right is reported once", async () => {
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
	// Unknown by SQL; the host may show that the process runs. Never "not running".
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
			// Each notice once, however often the nodes were polled.
			for (const { document } of watch.documents)
				expect(document.notices).toEqual([...new Set(document.notices)]);
			await watch.stop();
		});
		expect(refused).toEqual([]);
	},
);

test("a wrong password is not tried repeatedly", async () => {
	const refused = await refusals(async () => {
		const watch = await bastion.watch(["-d", conninfoOf("node1", "password=Wr0ng"), ...OFTEN], { state });
		await watch.until(({ nodes }) => nodes.every(({ observed }) => observed.status === "rejecting"));
		await sleep(POLLED_MS);
		await watch.stop();
	});
	// Once for each node, and once for the server given on the command line.
	expect(refused.length).toBeGreaterThanOrEqual(4);
	expect(refused.length).toBeLessThanOrEqual(5);
});

/** Possible for every role that may create in "public": any role before PostgreSQL 15, and in databases upgraded from there. */
const PLANTED = `
GRANT CREATE ON SCHEMA public TO plain;
SET ROLE plain;
CREATE FUNCTION public.planted(numeric, integer) RETURNS numeric LANGUAGE plpgsql AS
	'BEGIN RAISE LOG ''planted operator called''; RETURN pg_catalog.numeric_mul($1, $2::pg_catalog.numeric); END';
CREATE OPERATOR public.* (LEFTARG = numeric, RIGHTARG = integer, FUNCTION = public.planted);
CREATE FUNCTION public.planted(text, text) RETURNS boolean LANGUAGE plpgsql AS
	'BEGIN RAISE LOG ''planted operator called''; RETURN pg_catalog.texteq($1, $2); END';
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.planted);
CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE plpgsql AS
	'BEGIN RAISE LOG ''planted operator called''; RETURN pg_catalog.pg_is_in_recovery(); END'`;

test("an operator planted in the schema public is never called, reading or writing", async () => {
	const planted = async (work: () => Promise<void>): Promise<number> => {
		const log = await linesSince(cluster, HOSTS, LOG_FILE);
		await work();
		return [...(await log()).values()].flat().filter((line) => line.includes("planted operator called"))
			.length;
	};
	await cluster.sql("node1", PLANTED);
	// A session with the default search_path does call it.
	expect(
		await planted(async () => {
			await cluster.sql("node1", "SELECT 1.5::numeric * 2");
		}),
	).toBe(1);
	const calls = await planted(async () => {
		for (const args of [
			["status"],
			["lint"],
			["crosscheck"],
			["events"],
			["pause", "--yes"],
			["unpause", "--yes"],
		]) {
			const { exitCode, stderr } = await bastion.run([...args, "-d", conninfoOf("node1")], {
				timeoutMs: 60_000,
			});
			// 3: the machine was too busy to read everything in time.
			expect([0, 1, 3], `${args.join(" ")}: ${stderr}`).toContain(exitCode);
		}
	});
	expect(calls).toBe(0);
});
