import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { failoverRecord } from "../../../src/presentation/election-report.ts";
import { bareHostsForFile, eventually, nodeOf, type StatusDocument, scalar } from "./support.ts";

/** The second guide's cluster, made of bare hosts by root: primary, two standbys, witness. */
const HOSTS = ["node1", "node2", "node3", "node4"];
const ROOT = ["--ssh-user", "root"];
/** Added to repmgrd's own times on a machine that runs four hosts and other work. */
const MARGIN_SECONDS = 3;

const bastion = bareHostsForFile(4);
const { cluster } = bastion;
const conninfo = (host: string) => `host=${host} user=console dbname=repmgr`;

test("four bare hosts become the second guide's cluster, synchronous and with an archive, which fails over within the forecast time and takes writes then", async ({
	annotate,
}) => {
	const directory = await bastion.directory();
	const inventory = join(directory, "inventory.yaml");
	const written = await bastion.run(["bootstrap", "init", ...HOSTS, "--inventory", inventory]);
	expect(written.exitCode, written.stderr).toBe(0);
	// Each host has an archive of its own here: what matters is that segments arrive there.
	await appendFile(inventory, "synchronous: on\narchive: {directory: /srv/wal}\n");
	const archive = "install -d -m 1777 /srv/wal";
	for (const host of HOSTS.slice(0, 3)) await cluster.exec(host, ["sh", "-euc", archive]);
	const made = await bastion.run(["bootstrap", "--inventory", inventory, ...ROOT, "--yes"], {
		timeoutMs: 300_000,
	});
	expect(made.exitCode, made.stdout + made.stderr).toBe(0);
	expect(made.stdout).not.toContain("FAILED");
	for (const proof of [
		'"node1" runs as the primary',
		'"node2" streams from "node1"',
		'"node3" streams from "node1"',
		'"node4" runs as the witness',
		'the row is read on "node3"',
		"status. OK: ",
		"every node reaches every other",
		"configuration has no warning",
		'"node2" takes connections from other hosts only with TLS',
	]) {
		expect(made.stdout).toContain(`  ok      ${proof}`);
	}
	await annotate(`bootstrap of four hosts: ${(made.milliseconds / 1000).toFixed(0)} s`);

	expect(
		await scalar(cluster, "node1", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'"),
	).toBe("2");
	await scalar(cluster, "node1", "SELECT pg_switch_wal()");
	await eventually(async () => {
		const archived = "SELECT archived_count > 0 AND failed_count = 0 FROM pg_stat_archiver";
		expect(await scalar(cluster, "node1", archived)).toBe("t");
	}, 30_000);

	const preview = await bastion.run(["failover", "--preview", "--json", "-d", conninfo("node1"), ...ROOT]);
	expect(preview.exitCode, preview.stdout).toBe(0);
	const { forecast } = JSON.parse(preview.stdout) as ReturnType<typeof failoverRecord>;
	const [promotedId = 0] = forecast?.promotedNodeIds ?? [];
	const { least = 0, most = 0 } = forecast?.seconds?.crash ?? {};
	const winner = `node${promotedId}`;
	expect(made.stdout).toContain(`repmgrd promotes "${winner}"`);

	const diedAt = performance.now();
	await cluster.fault("kill-postgres", "node1");
	await eventually(
		async () => expect(await scalar(cluster, winner, "SELECT pg_is_in_recovery()")).toBe("f"),
		60_000,
	);
	const seconds = (performance.now() - diedAt) / 1000;
	await annotate(`${winner} after ${seconds.toFixed(1)} s, foreseen ${least} to ${most} s`);
	expect(seconds).toBeGreaterThan(least);
	expect(seconds).toBeLessThan(most + MARGIN_SECONDS);

	const follower = HOSTS.find((host) => !["node1", "node4", winner].includes(host)) ?? "";
	const after = await eventually(async (): Promise<StatusDocument> => {
		const { stdout } = await bastion.run(["status", "--json", "-d", conninfo(follower), ...ROOT]);
		const document = JSON.parse(stdout) as StatusDocument;
		expect(document.cluster.primaryNodeId).toBe(promotedId);
		expect(nodeOf(document, follower).observed.upstreamNodeId).toBe(promotedId);
		return document;
	}, 60_000);
	expect(nodeOf(after, "node1").observed.status).not.toBe("running");
	// One of two standbys is left: commits wait for it, and not for ever.
	await scalar(cluster, winner, "CREATE TABLE public.customers (customer_id int PRIMARY KEY)");
	const names = await scalar(cluster, winner, "SHOW synchronous_standby_names");
	expect(names).toBe('ANY 1 ("node1", "node2", "node3")');
});
