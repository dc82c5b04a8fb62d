import { expect } from "vitest";
import { type Cluster, sleep } from "../cluster.ts";
import { eventually, scalar } from "./support.ts";

export const MONITOR_INTERVAL_SECONDS = 1;

export const STANDBYS = ["node2", "node3"] as const;

/** Prepares situations in a formed cluster before its primary dies. */
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

	/** Changes rows of repmgr.nodes, and waits until the standbys' repmgrd have read them. */
	async setNodes(assignment: string, ...ids: readonly number[]): Promise<void> {
		await this.cluster.sql("node1", `UPDATE repmgr.nodes SET ${assignment} WHERE node_id IN (${ids})`);
		// repmgrd reads its own row at every monitor interval.
		await this.waitForQuiet();
		await sleep(2 * MONITOR_INTERVAL_SECONDS * 1000);
	}

	/** Restarts repmgrd, which reads the primary's location only when it begins to monitor it. */
	async setLocations(location: string, ...ids: readonly number[]): Promise<void> {
		await this.setNodes(`location = '${location}'`, ...ids);
		await Promise.all(STANDBYS.map((host) => this.restartRepmgrd(host)));
	}

	/** Appends to repmgr.conf, where the last line of a parameter wins. */
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

	/** Makes a standby receive nothing while the others do. */
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

	/** Waits until repmgrd on a host has not seen the primary for so long. */
	async waitUntilBlind(host: string, seconds: number): Promise<void> {
		const isBlind = `SELECT repmgr.get_upstream_last_seen() > ${seconds}`;
		await eventually(async () => expect(await scalar(this.cluster, host, isBlind)).toBe("t"));
	}

	/** Gives the standbys the beginning of a record whose end the primary never flushed: walwriter flushes whole pages. */
	async leaveRecordUnfinished(): Promise<void> {
		await this.cluster.sql("node1", "CREATE TABLE unfinished (words text)");
		const rows = "SELECT repeat(md5(n::text), 60) FROM generate_series(1, 400) n";
		// The session ends with the server.
		this.cluster.sql("node1", `BEGIN; INSERT INTO unfinished ${rows}; SELECT pg_sleep(60)`).catch(() => {});
		const isUnfinished =
			"SELECT pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn() AND (pg_last_wal_receive_lsn() - '0/0') % 8192 = 0";
		await eventually(async () => {
			for (const host of STANDBYS) expect(await scalar(this.cluster, host, isUnfinished)).toBe("t");
		});
	}

	/**
	 * Waits until nothing is written any more and everything is flushed. A connected standby then has all of that a moment
	 * later, and no part of a record at its end, which repmgr would take for a divergence.
	 */
	async waitForQuiet(): Promise<void> {
		const positions = "SELECT pg_current_wal_insert_lsn() || ' ' || pg_current_wal_flush_lsn()";
		await eventually(async () => {
			// Reading writes WAL, too (wal_log_hints), of which only whole pages are flushed before the next commit.
			await this.cluster.sql("node1", "SELECT txid_current()");
			await sleep(400);
			const [before] = (await scalar(this.cluster, "node1", positions)).split(" ");
			await sleep(700);
			expect(await scalar(this.cluster, "node1", positions)).toBe(`${before} ${before}`);
		});
	}
}
