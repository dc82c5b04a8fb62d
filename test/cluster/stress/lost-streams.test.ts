import { expect, test } from "vitest";
import { sleep } from "../cluster.ts";
import {
	clusterForFile,
	conninfoOf,
	eventually,
	NO_FAILOVER,
	nodeOf,
	scalar,
	waitForStreaming,
} from "../tests/support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

/** Ten rounds take about five minutes; the moment of the loss differs in each. */
const ROUNDS = Number(process.env.REPMGR_CONSOLE_TEST_ROUNDS || 2);
const SEED = Number(process.env.REPMGR_CONSOLE_TEST_SEED || 11);

/** Too soon for a new checkpoint, which would bring the control data up to date. */
const LONGEST_MS = 4000;

const AS_POSTGRES = { user: "postgres", timeoutMs: 90_000, check: true } as const;

/** Numerical Recipes' generator: the same moments for the same seed. */
function* moments(seed: number): Generator<number, never> {
	for (let state = seed; ; ) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		yield (state / 2 ** 32) * LONGEST_MS;
	}
}

test("a standby that loses its stream soon after a switchover is detached, not diverged", {
	timeout: 120_000 * ROUNDS,
}, async ({ annotate }) => {
	const random = moments(SEED);
	let [primary, candidate] = ["node1", "node2"];
	for (let round = 0; round < ROUNDS; round++) {
		const command = ["repmgr", "-f", "/etc/repmgr.conf", "standby", "switchover", "--siblings-follow"];
		await cluster.exec(candidate, command, AS_POSTGRES);
		[primary, candidate] = [candidate, primary];
		await waitForStreaming(cluster, "node3", primary);
		const watch = await bastion.watch(["-d", conninfoOf(primary)]);
		const waited = random.next().value;
		await sleep(waited);
		await cluster.sql(primary, `CREATE TABLE round_${round} AS SELECT generate_series(1, 1000)`);
		await cluster.fault("detach", "node3");
		await watch.until(
			({ findings }) => findings.some(({ code, nodeId }) => code === "STANDBY_DETACHED" && nodeId === 3),
			40_000,
		);
		const seen = watch.documents.flatMap(({ document }) => document.findings.map(({ code }) => code));
		expect(seen, `round ${round}, lost after ${waited} ms`).not.toContain("STANDBY_DIVERGED");
		const { stderr, stdout } = await bastion.run(["rejoin", "node3", "--dry-run", "-d", conninfoOf(primary)]);
		expect(`${stdout}${stderr}`).toMatch(/follow node3/);
		expect(`${stdout}${stderr}`).not.toMatch(/not in the history/);
		const known = await scalar(
			cluster,
			"node3",
			"SELECT min_recovery_end_timeline FROM pg_control_recovery()",
		);
		const { timeline } = nodeOf(await bastion.status(primary), "node3").observed;
		await annotate(`lost after ${Math.round(waited)} ms: timeline ${timeline}, control data ${known}`);
		await watch.stop();
		await cluster.heal("detach", "node3");
		await waitForStreaming(cluster, "node3", primary);
	}
});

test("a standby with WAL past the fork has diverged, although its control data do not show it", async () => {
	const primary = (await scalar(cluster, "node1", "SELECT pg_is_in_recovery()")) === "f" ? "node1" : "node2";
	const standby = primary === "node1" ? "node2" : "node1";
	await waitForStreaming(cluster, standby, primary);
	await cluster.fault("detach", "node3");
	await cluster.sql(primary, "CREATE TABLE lost AS SELECT generate_series(1, 2000)");
	const end = await scalar(cluster, primary, "SELECT pg_current_wal_lsn()");
	await eventually(async () =>
		expect(await scalar(cluster, standby, `SELECT pg_last_wal_replay_lsn() >= '${end}'`)).toBe("t"),
	);
	await cluster.fault("kill-postgres", primary);
	await cluster.sql("node3", "SELECT pg_promote()");
	const standbyId = Number(standby.slice(-1));
	await eventually(async () => {
		const { findings } = await bastion.status("node3");
		expect(findings.map(({ code, nodeId }) => [code, nodeId])).toContainEqual([
			"STANDBY_DIVERGED",
			standbyId,
		]);
	});
	const { stdout, stderr } = await bastion.run(["rejoin", standby, "--dry-run", "-d", conninfoOf("node3")]);
	expect(`${stdout}${stderr}`).toMatch(/not in the history of "node3"/);
	expect(`${stdout}${stderr}`).toMatch(/--force-rewind/);
});
