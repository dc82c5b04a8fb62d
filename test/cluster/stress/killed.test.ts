import { beforeAll, expect, test } from "vitest";
import { PATIENCE } from "../../support/patience.ts";
import { wholeNumbersFrom } from "../../support/random.ts";
import { sleep } from "../cluster.ts";
import { ACCESS, ALL, leftOn, resumeInterrupted, rewound, operate as run } from "../tests/operating.ts";
import { clusterForFile, eventually, NO_FAILOVER, scalar } from "../tests/support.ts";

/** Whenever a console is killed in the middle of a clone, a rewind or a fence, the next one resumes it or leads out. */
const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

/** Set by hand for more; the same seed gives the same rounds. */
const ROUNDS = Number(process.env.REPMGR_CONSOLE_ROUNDS || 6);
const SEED = Number(process.env.REPMGR_CONSOLE_SEED || Date.now() % 100_000);
const OPERATIONS = ["fence", "rejoin", "clone"] as const;
/** How long each takes here, ms: copies are slowed down. */
const LASTS = { fence: 12_000, rejoin: 20_000, clone: 25_000 } as const;
const CALM = "calm";
const DATA = "/var/lib/postgresql/15/main";

const operate = (...args: string[]) => run(bastion, ...args);
const shell = async (host: string, text: string): Promise<string> =>
	(await cluster.exec(host, ["sh", "-c", `{ ${text}; } 2>&1; true`])).stdout.trim();

async function done(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await operate(...args);
	expect(exitCode, stdout + stderr).toBe(0);
	return stdout;
}

/** Restarting four hosts takes longer than all else: only what a round has left behind unhealthy is restored. */
let isCalm = true;

beforeAll(async () => {
	// A restore restarts the servers, whose checkpoints would remove the WAL that a rewind reads.
	for (const host of ["node1", "node2"]) {
		await cluster.sql(host, "ALTER SYSTEM SET wal_keep_size = '256MB'");
		await cluster.sql(host, "SELECT pg_reload_conf()");
	}
	await cluster.save(CALM);
});

/** node2 is promoted beside node1, and each writes what the other never gets. */
async function parted(): Promise<void> {
	await cluster.fault("two-primaries", "node2");
	for (const host of ["node1", "node2"]) {
		const text = "CREATE TABLE own AS SELECT repeat('x', 1000) AS t FROM generate_series(1, 20000)";
		await cluster.sql(host, text, { database: "repmgr" });
	}
}

/** The cluster as it was before the round, but for what the rounds have in common. */
async function calmed(): Promise<void> {
	await shell("node2", `rm -r ${DATA}.old-* ${DATA}-wal-*; pgrep -x repmgrd || systemctl restart repmgrd`);
	await cluster.sql("node1", "DROP TABLE IF EXISTS own", { database: "repmgr" });
	for (const host of ALL)
		await cluster.sql(host, "SELECT repmgr.repmgrd_pause(false)", { database: "repmgr" });
	await cluster.waitHealthy(60_000);
}

const rounds = Array.from({ length: ROUNDS }, (_, round) => {
	const operation = OPERATIONS[round % OPERATIONS.length] ?? "clone";
	return { round, operation, delayMs: wholeNumbersFrom(SEED + round)(LASTS[operation]) };
});

/** What begins the operation, in a cluster that is made ready for it. */
async function prepared(operation: (typeof OPERATIONS)[number]): Promise<readonly string[]> {
	if (!isCalm) await cluster.restore(CALM);
	isCalm = false;
	if (operation !== "clone") await parted();
	if (operation === "clone") return ["clone", "node2", "--max-rate", "4M", "--yes"];
	if (operation === "fence") return ["fence", "node2", "--reason", "the console dies", "--yes"];
	await done("stop", "node2", "--yes");
	const rejoin = ["rejoin", "node2", "--force-rewind", "--yes"];
	// Refused, with the loss to accept.
	const { stderr } = await operate(...rejoin);
	const [, loss = ""] = /--accept-loss (\w+)/.exec(stderr) ?? [];
	expect(loss, stderr).not.toBe("");
	return [...rejoin, "--accept-loss", loss];
}

/** Kills the console so long after it has begun; null: it had ended by then. @returns how the next one ended what was left. */
async function killed(args: readonly string[], delayMs: number): Promise<string | null> {
	const state = await bastion.directory();
	const console = await bastion.follow([...args, ...ACCESS], { state });
	await console.until(/^operation /m);
	await sleep(delayMs);
	await console.killHard();
	const resumed = await resumeInterrupted(bastion, state);
	if (resumed === null) return null;
	const { exitCode, stdout, stderr } = resumed;
	// Done, failed with the ways out, or stopped.
	expect([0, 1, 3], stdout + stderr).toContain(exitCode);
	return stdout + stderr;
}

const isHalfRewound = async (): Promise<boolean> =>
	(await operate("status", "--json")).stdout.includes('"HALF_REWOUND"');

/** The way that the console names, until the node streams. */
async function ledOut(operation: (typeof OPERATIONS)[number]): Promise<string> {
	const streams = async () =>
		(await scalar(cluster, "node2", "SELECT status FROM pg_stat_wal_receiver").catch(() => "")) ===
		"streaming";
	if (operation === "clone") return "by itself";
	if (operation === "fence") {
		// What was begun can be done again.
		await done("fence", "node2", "--reason", "again", "--yes");
		expect(await shell("node2", "readlink /etc/systemd/system/postgresql@15-main.service")).toBe("/dev/null");
		expect(await shell("node2", "pgrep -u postgres -x postgres")).toBe("");
		await rewound(bastion, "node2");
		return "fenced again, and rejoined";
	}
	if (await streams()) return "by itself";
	if (await isHalfRewound()) {
		await done("clone", "node2", "--yes");
		return "cloned";
	}
	await rewound(bastion, "node2");
	return "rejoined again";
}

test.for(rounds)(
	`seed ${SEED}, round $round: $operation, killed after $delayMs ms`,
	{ timeout: 200_000 * PATIENCE },
	async ({ operation, delayMs }, { annotate }) => {
		const said = await killed(await prepared(operation), delayMs);
		await eventually(async () => {
			for (const host of ALL) expect(await leftOn(cluster, host), host).toBe("");
		});
		const out = await ledOut(operation);
		await eventually(async () => {
			expect(await scalar(cluster, "node2", "SELECT status FROM pg_stat_wal_receiver"), said ?? "").toBe(
				"streaming",
			);
		}, 60_000);
		expect(await shell("node2", `ls -d ${DATA}.repmgr-console ${DATA}.repmgr-console-discarded`)).not.toMatch(
			/^\//m,
		);
		const slots = "SELECT string_agg(slot_name, ' ') FROM pg_replication_slots WHERE NOT active";
		await eventually(async () => expect(await scalar(cluster, "node1", slots)).toBe(""));
		expect(await shell("node2", "ls ~postgres/.local/state/repmgr-console/fence-*.json")).toContain(
			"No such",
		);
		const kind = said === null ? "had ended" : "resumed";
		await annotate(`${kind}; ${out}`);
		process.stderr.write(`${operation} ${delayMs} ms: ${kind}; ${out}\n`);
		await calmed();
		isCalm = true;
	},
);
