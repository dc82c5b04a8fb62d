import { beforeAll, describe, expect, test } from "vitest";
import { EXIT_CODE } from "../../../src/command/exit-code.ts";
import type { failoverRecord } from "../../../src/store/failover-record.ts";
import { sleep } from "../cluster.ts";
import { clusterForFile, conninfoOf, eventually, scalar, waitForStreaming } from "./support.ts";

/**
 * The forecast held against what repmgrd then really does: every test makes a situation, asks `failover --preview`,
 * takes the primary away and looks who is promoted, when, and who follows.
 */

const MONITOR_INTERVAL_SECONDS = 1;
const bastion = clusterForFile({
	reconnect_attempts: 3,
	reconnect_interval: 1,
	monitor_interval_secs: MONITOR_INTERVAL_SECONDS,
});
const { cluster } = bastion;

type Preview = ReturnType<typeof failoverRecord>;
type Forecast = NonNullable<Preview["forecast"]>;

const STANDBYS = ["node2", "node3"] as const;

/** What a machine that carries four hosts and other work may need beyond what repmgrd needs. */
const MARGIN_SECONDS = 3;

/** After a crash, with every host answering, somebody is promoted within this, or nobody. */
const PATIENCE_SECONDS = 2 + MONITOR_INTERVAL_SECONDS + 1 + MARGIN_SECONDS;

interface Situation {
	readonly what: string;
	readonly make?: () => Promise<void>;
	/** By which the primary is taken away: a killed server by default. */
	readonly death?: "kill-postgres" | "cut";
	/** How long to wait before it is true that nobody is promoted. */
	readonly patienceSeconds?: number;
	/** So that no situation is another one than is meant. */
	readonly promoted: readonly number[];
	readonly because: RegExp;
	/** By default ok when somebody is promoted, else a warning. */
	readonly severity?: Preview["severity"];
}

const SITUATIONS: readonly Situation[] = [
	{ what: "nothing special", promoted: [2], because: /higher priority \(100, not 90\)/ },
	{
		what: "the primary is cut off instead of killed",
		// Without it a repmgrd that just waits for an answer of the primary hangs for a quarter of an hour.
		make: async () => {
			await setNodes("conninfo = conninfo || ' tcp_user_timeout=3000'", 1);
			await Promise.all(STANDBYS.map(restartRepmgrd));
		},
		death: "cut",
		promoted: [2],
		because: /higher priority/,
	},
	{
		what: "the other standby has the higher priority",
		make: () => setNodes("priority = 200", 3),
		promoted: [3],
		because: /higher priority \(200, not 100\)/,
	},
	{
		what: "equal priorities",
		make: () => setNodes("priority = 100", 3),
		promoted: [2],
		because: /same priority, and has the lower node id/,
	},
	{
		what: "the one of higher priority is behind",
		make: () => fallBehind("node2"),
		promoted: [3],
		because: /has received \d+ bytes more than "node2"/,
	},
	{
		what: "one is ahead, but has priority 0",
		make: async () => {
			await setNodes("priority = 0", 2);
			await fallBehind("node3");
		},
		promoted: [3],
		because: /the only candidate/,
		severity: "warning",
	},
	{
		what: "both have priority 0",
		make: () => setNodes("priority = 0", 2, 3),
		promoted: [],
		because: /"node2" has priority 0 and "node3" has priority 0/,
	},
	{
		what: "the best one's repmgrd was stopped in order",
		make: () => cluster.fault("stop-repmgrd", "node2"),
		promoted: [3],
		because: /the only candidate/,
		severity: "warning",
	},
	{
		what: "the best one's repmgrd was killed",
		make: () => cluster.fault("kill-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd does not run/,
	},
	{
		what: "the best one's repmgrd is frozen",
		make: () => cluster.fault("freeze-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd is frozen/,
	},
	{
		what: "the best one's repmgrd is paused",
		make: () => cluster.fault("pause-repmgrd", "node2"),
		promoted: [],
		because: /its repmgrd is paused/,
	},
	{
		what: "another one's repmgrd is paused",
		make: () => cluster.fault("pause-repmgrd", "node3"),
		promoted: [2],
		because: /higher priority/,
		severity: "warning",
	},
	{
		what: "the best one is in manual mode",
		make: () => setConf("failover='manual'", "node2"),
		promoted: [],
		because: /failover=manual/,
	},
	{
		what: "the witness is cut off",
		make: () => cluster.fault("cut", "node4"),
		promoted: [2],
		because: /higher priority/,
		severity: "warning",
	},
	{
		what: "the witness and a standby are cut off: no majority",
		make: async () => {
			await cluster.fault("cut", "node3");
			await cluster.fault("cut", "node4");
		},
		// Time-outs of two silent hosts before the winner would count.
		patienceSeconds: PATIENCE_SECONDS + 4,
		promoted: [],
		because: /only 1 of 3 nodes answer: no majority/,
		severity: "unknown",
	},
	{
		what: "everybody else is in another location",
		make: () => setLocations("dc2", 2, 3, 4),
		promoted: [],
		because: /no node in the primary's location "default" answers/,
	},
	{
		what: "only the witness is in the primary's location",
		make: () => setLocations("dc2", 2, 3),
		promoted: [2],
		because: /higher priority/,
	},
	{
		what: "replay is paused on the best one while WAL waits",
		make: async () => {
			await cluster.fault("pause-replay", "node2");
			await write();
		},
		promoted: [2],
		because: /higher priority/,
	},
	{
		what: "consensus is on, and there is only one attempt",
		make: () => setConf("reconnect_attempts=1\nprimary_visibility_consensus=true", ...STANDBYS),
		promoted: [],
		because: /primary_visibility_consensus is on/,
	},
	{
		what: "a standby lives below the other one",
		make: async () => {
			await repmgr("node3", "standby", "follow", "--upstream-node-id=2");
			await waitForStreaming(cluster, "node3", "node2");
		},
		promoted: [2],
		because: /the only candidate/,
	},
	{
		what: "the best one lost the primary while it was paused, and is unpaused now",
		make: async () => {
			// Neither receives more, so that node2 does not fall behind while it is cut off.
			await waitForQuiet();
			await Promise.all(STANDBYS.map(detach));
			await cluster.fault("pause-repmgrd", "node2");
			await cluster.fault("cut-pair", "node2", "node1");
			const unseen = "SELECT repmgr.get_upstream_last_seen() > 14";
			await eventually(async () => expect(await scalar(cluster, "node2", unseen)).toBe("t"));
			await cluster.heal("pause-repmgrd", "node2");
		},
		promoted: [],
		because: /its repmgrd has not seen the primary for \d+ s and waits for it/,
	},
];

describe("the forecast is what repmgrd then does", () => {
	beforeAll(async () => {
		await waitForQuiet();
		await cluster.save("formed");
	});

	test.for(SITUATIONS)("$what", async (situation, { annotate }) => {
		const { make, death = "kill-postgres", promoted, because } = situation;
		await cluster.restore("formed");
		// So that no checkpoint comes while something is cut off, and puts it behind.
		await cluster.sql("node1", "CHECKPOINT");
		await make?.();
		await waitForQuiet();
		const { forecast, severity } = await preview();
		expect(forecast.reason).toMatch(because);
		expect(forecast.promotedNodeIds).toEqual(promoted);
		expect(severity).toBe(situation.severity ?? (promoted.length > 0 ? "ok" : "warning"));

		const diedAt = performance.now();
		await cluster.fault(death, "node1");
		const patience = promoted.length > 0 ? 40 : (situation.patienceSeconds ?? PATIENCE_SECONDS);
		const winner = await firstPromotion(diedAt, patience);
		expect(forecast.promotedNodeIds).toEqual(winner === null ? [] : [idOf(winner.host)]);
		if (winner === null) return;
		const range = forecast.seconds?.[death === "cut" ? "cut" : "crash"] ?? { least: 0, most: 0 };
		await annotate(
			`${winner.host} after ${winner.seconds.toFixed(1)} s, foreseen ${range.least} to ${range.most} s`,
		);
		expect(winner.seconds).toBeGreaterThan(range.least);
		expect(winner.seconds).toBeLessThan(range.most + MARGIN_SECONDS);
		await checkFollowers(forecast, winner.host);
	});
});

const idOf = (host: string): number => Number(host.slice(4));

async function preview(): Promise<Preview & { readonly forecast: Forecast }> {
	const { stdout, stderr, exitCode } = await bastion.run([
		"failover",
		"--preview",
		"--json",
		"-d",
		conninfoOf("node1"),
	]);
	const { forecast, ...rest } = JSON.parse(stdout) as Preview;
	if (forecast === null) throw new Error(`there is no forecast: ${stderr}`);
	expect(exitCode).toBe(EXIT_CODE[rest.severity]);
	return { forecast, ...rest };
}

/** Who is out of recovery first, and how long after the death; null when nobody is in time. */
async function firstPromotion(diedAt: number, patienceSeconds: number) {
	const seconds = () => (performance.now() - diedAt) / 1000;
	while (seconds() < patienceSeconds) {
		const roles = await Promise.all(STANDBYS.map(roleOf));
		const host = STANDBYS[roles.indexOf("primary")];
		if (host !== undefined) return { host, seconds: seconds() };
		await sleep(50);
	}
	return null;
}

async function roleOf(host: string): Promise<string> {
	const role = "SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END";
	return await scalar(cluster, host, role).catch(() => "none");
}

/** Those that are to follow do, and the others don't; there is still one primary. */
async function checkFollowers({ nodes }: Forecast, winner: string): Promise<void> {
	const others = nodes.filter(({ nodeName }) => nodeName !== winner && nodeName !== "node4");
	for (const { nodeName, afterwards } of others) {
		if (/^(?:follows|goes on under) /.test(afterwards)) {
			await waitForStreaming(cluster, nodeName, winner);
		} else if (!afterwards.startsWith("may ")) {
			await sleep(3000);
			expect(await upstreamOf(nodeName)).not.toBe(winner);
		}
		expect(await roleOf(nodeName)).not.toBe("primary");
	}
}

async function upstreamOf(host: string): Promise<string> {
	const sender = "SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'";
	return await scalar(cluster, host, sender).catch(() => "");
}

/** Registered otherwise, and known to be so on the standbys. */
async function setNodes(assignment: string, ...ids: readonly number[]): Promise<void> {
	await cluster.sql("node1", `UPDATE repmgr.nodes SET ${assignment} WHERE node_id IN (${ids})`);
	// Their repmgrd reads its own row at every look.
	await waitForQuiet();
	await sleep(2 * MONITOR_INTERVAL_SECONDS * 1000);
}

/** repmgrd reads the primary's location only when it begins to watch it. */
async function setLocations(location: string, ...ids: readonly number[]): Promise<void> {
	await setNodes(`location = '${location}'`, ...ids);
	await Promise.all(STANDBYS.map(restartRepmgrd));
}

/** The last line of a parameter is the one that counts. */
async function setConf(lines: string, ...hosts: readonly string[]): Promise<void> {
	await Promise.all(
		hosts.map(async (host) => {
			await cluster.exec(host, ["sh", "-c", 'printf "%s\\n" "$1" >> /etc/repmgr.conf', "sh", lines]);
			await restartRepmgrd(host);
		}),
	);
}

async function restartRepmgrd(host: string): Promise<void> {
	await cluster.fault("stop-repmgrd", host);
	await cluster.heal("stop-repmgrd", host);
}

/** Receives no more, while the others do. */
async function fallBehind(host: string): Promise<void> {
	await detach(host);
	await write();
}

async function detach(host: string): Promise<void> {
	await cluster.sql(host, "ALTER SYSTEM SET primary_conninfo = ''");
	await cluster.sql(host, "SELECT pg_reload_conf()");
	await eventually(async () => expect(await upstreamOf(host)).toBe(""));
}

async function write(): Promise<void> {
	await cluster.sql("node1", "CREATE TABLE written AS SELECT generate_series(1, 1000)");
}

async function repmgr(host: string, ...words: readonly string[]): Promise<void> {
	await cluster.exec(host, ["repmgr", "-f", "/etc/repmgr.conf", ...words], {
		user: "postgres",
		timeoutMs: 60_000,
	});
}

/** Nothing more is written: what is, a standby that can receive it has a moment later. */
async function waitForQuiet(): Promise<void> {
	await eventually(async () => {
		const before = await scalar(cluster, "node1", "SELECT pg_current_wal_insert_lsn()");
		await sleep(700);
		expect(await scalar(cluster, "node1", "SELECT pg_current_wal_insert_lsn()")).toBe(before);
	});
}
