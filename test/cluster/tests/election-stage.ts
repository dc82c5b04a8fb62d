import { expect } from "vitest";
import { type Cluster, sleep } from "../cluster.ts";
import { eventually, scalar } from "./support.ts";

export const MONITOR_INTERVAL_SECONDS = 1;

export const STANDBYS = ["node2", "node3"] as const;

/** What can be made of a formed cluster before its primary dies. */
export class ElectionStage {
	readonly cluster: Cluster;

	constructor(cluster: Cluster) {
		this.cluster = cluster;
	}

	async roleOf(host: string): Promise<string> {
		const role = "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END";
		return await scalar(this.cluster, host, role).catch(() => "none");
	}

	async upstreamOf(host: string): Promise<string> {
		const sender = "SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'";
		return await scalar(this.cluster, host, sender).catch(() => "");
	}

	/** Registered otherwise, and known to be so on the standbys. */
	async setNodes(assignment: string, ...ids: readonly number[]): Promise<void> {
		await this.cluster.sql("node1", `UPDATE repmgr.nodes SET ${assignment} WHERE node_id IN (${ids})`);
		// Their repmgrd reads its own row at every look.
		await this.waitForQuiet();
		await sleep(2 * MONITOR_INTERVAL_SECONDS * 1000);
	}

	/** repmgrd reads the primary's location only when it begins to watch it. */
	async setLocations(location: string, ...ids: readonly number[]): Promise<void> {
		await this.setNodes(`location = '${location}'`, ...ids);
		await Promise.all(STANDBYS.map((host) => this.restartRepmgrd(host)));
	}

	/** The last line of a parameter is the one that counts. */
	async setConf(lines: string, ...hosts: readonly string[]): Promise<void> {
		await Promise.all(
			hosts.map(async (host) => {
				await this.cluster.exec(host, ["sh", "-c", 'printf "%s\\n" "$1" >> /etc/repmgr.conf', "sh", lines]);
				await this.restartRepmgrd(host);
			}),
		);
	}

	async restartRepmgrd(host: string): Promise<void> {
		await this.cluster.fault("stop-repmgrd", host);
		await this.cluster.heal("stop-repmgrd", host);
	}

	/** Receives no more, while the others do. */
	async fallBehind(host: string): Promise<void> {
		await this.detach(host);
		await this.write();
	}

	async detach(host: string): Promise<void> {
		await this.cluster.sql(host, "ALTER SYSTEM SET primary_conninfo = ''");
		await this.cluster.sql(host, "SELECT pg_reload_conf()");
		await eventually(async () => expect(await this.upstreamOf(host)).toBe(""));
	}

	async write(): Promise<void> {
		await this.cluster.sql("node1", "CREATE TABLE written AS SELECT generate_series(1, 1000)");
	}

	async repmgr(host: string, ...words: readonly string[]): Promise<void> {
		await this.cluster.exec(host, ["repmgr", "-f", "/etc/repmgr.conf", ...words], {
			user: "postgres",
			timeoutMs: 60_000,
		});
	}

	/** repmgrd on a host has not seen the primary for longer than this. */
	async waitUntilBlind(host: string, seconds: number): Promise<void> {
		const isBlind = `SELECT repmgr.get_upstream_last_seen() > ${seconds}`;
		await eventually(async () => expect(await scalar(this.cluster, host, isBlind)).toBe("t"));
	}

	/** The standbys have the beginning of a record that its primary never flushed to the end: walwriter flushes whole pages. */
	async leaveRecordUnfinished(): Promise<void> {
		await this.cluster.sql("node1", "CREATE TABLE unfinished (words text)");
		const rows = "SELECT repeat(md5(n::text), 60) FROM generate_series(1, 400) n";
		// It ends with the server.
		this.cluster.sql("node1", `BEGIN; INSERT INTO unfinished ${rows}; SELECT pg_sleep(60)`).catch(() => {});
		const isUnfinished =
			"SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn() AND (pg_last_wal_receive_lsn() - '0/0') % 8192 = 0";
		await eventually(async () => {
			for (const host of STANDBYS) expect(await scalar(this.cluster, host, isUnfinished)).toBe("t");
		});
	}

	/**
	 * Nothing more is written, and all that is has been flushed: a standby that can receive it has it a moment later, and
	 * not a part of a record at its end, which repmgr would take for a divergence.
	 */
	async waitForQuiet(): Promise<void> {
		const positions = "SELECT pg_current_wal_insert_lsn() || ' ' || pg_current_wal_flush_lsn()";
		await eventually(async () => {
			// Whoever reads writes, too (wal_log_hints): of that whole pages are flushed, the rest with the next commit.
			await this.cluster.sql("node1", "SELECT txid_current()");
			await sleep(400);
			const [before] = (await scalar(this.cluster, "node1", positions)).split(" ");
			await sleep(700);
			expect(await scalar(this.cluster, "node1", positions)).toBe(`${before} ${before}`);
		});
	}
}
