import { describe, expect, test } from "vitest";
import { EXIT_CODE } from "../../../src/command/exit-code.ts";
import type { failoverRecord } from "../../../src/presentation/election-report.ts";
import { FORMED, sleep } from "../cluster.ts";
import { SITUATIONS } from "./election-situations.ts";
import { ElectionStage, MONITOR_INTERVAL_SECONDS, STANDBYS } from "./election-stage.ts";
import { pausedOn } from "./operating.ts";
import { clusterForFile, conninfoOf, eventually, waitForStreaming } from "./support.ts";
import { isInThisTurn } from "./turns.ts";

/**
 * Compares the forecast with what repmgrd then really does: every test makes a situation, runs `failover --preview`,
 * takes the primary away, and checks which standby is promoted, when, and which nodes follow.
 */

const bastion = clusterForFile({
	reconnect_attempts: 3,
	reconnect_interval: 1,
	monitor_interval_secs: MONITOR_INTERVAL_SECONDS,
});
const { cluster } = bastion;
const stage = new ElectionStage(cluster);

type Preview = ReturnType<typeof failoverRecord>;
type Forecast = NonNullable<Preview["forecast"]>;

/** Added to repmgrd's own times on a machine that runs four hosts and other work. */
const MARGIN_SECONDS = 3;

/** After a crash, with every host answering, a standby is promoted within this time or not at all. */
const PATIENCE_SECONDS = 2 + MONITOR_INTERVAL_SECONDS + 1 + MARGIN_SECONDS;

describe("repmgrd does what was forecast", () => {
	test.for(SITUATIONS)("$what", async (situation, { annotate, skip }) => {
		skip(!isInThisTurn(SITUATIONS.indexOf(situation)), "another turn's");
		const { make, death = "kill-postgres", silentSeconds = 0, promoted, because } = situation;
		await cluster.restore(FORMED);
		// Keeps a checkpoint from being written while a standby is cut off, which would put it behind.
		await cluster.sql("node1", "CHECKPOINT");
		await make?.(stage);
		await stage.waitForQuiet();
		const { forecast, severity } = await preview();
		expect(forecast.reason).toMatch(because);
		expect(forecast.promotedNodeIds).toEqual(promoted);
		expect(severity).toBe(situation.severity ?? (promoted.length > 0 ? "ok" : "warning"));
		// The preview's queries may have written hint bits.
		await stage.waitForQuiet();

		const diedAt = performance.now();
		await cluster.fault(death, "node1");
		const patience = promoted.length > 0 ? 40 : PATIENCE_SECONDS + silentSeconds;
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

test("a standby with the beginning of an unfinished record follows by the console's command, not by repmgrd", async () => {
	await cluster.restore(FORMED);
	await stage.leaveRecordUnfinished();
	await cluster.fault("kill-postgres", "node1");
	await eventually(async () => expect(await stage.roleOf("node2")).toBe("primary"), 40_000);
	const detached = async () => {
		const { findings } = await bastion.status("node2");
		const node3 = findings.find(({ nodeId }) => nodeId === 3);
		expect(node3?.code).toBe("STANDBY_DETACHED");
		return node3;
	};
	const found = await eventually(detached);
	expect(found?.detail).toMatch(/received the beginning of the next record/);
	const refusals = ["grep", "-c", "cannot attach to follow target", "/var/log/postgresql/repmgrd.log"];
	expect(Number((await cluster.exec("node3", refusals)).stdout)).toBeGreaterThan(1);
	const { exitCode, stderr } = await bastion.run(["follow", "node3", "--yes", "-d", conninfoOf("node2")], {
		timeoutMs: 120_000,
	});
	expect(stderr).toBe("");
	expect(exitCode).toBe(EXIT_CODE.ok);
	await waitForStreaming(cluster, "node3", "node2");
	expect(await pausedOn(cluster, "node3")).toBe(false);
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

/** The standby that leaves recovery first, and how long after the crash; null if none does in time. */
async function firstPromotion(diedAt: number, patienceSeconds: number) {
	const seconds = () => (performance.now() - diedAt) / 1000;
	while (seconds() < patienceSeconds) {
		const roles = await Promise.all(STANDBYS.map((host) => stage.roleOf(host)));
		const host = STANDBYS[roles.indexOf("primary")];
		if (host !== undefined) return { host, seconds: seconds() };
		await sleep(50);
	}
	return null;
}

/** The nodes that should follow do, the others don't, and there is only one primary. */
async function checkFollowers({ nodes }: Forecast, winner: string): Promise<void> {
	const others = nodes.filter(({ nodeName }) => nodeName !== winner && nodeName !== "node4");
	for (const { nodeName, afterwards } of others) {
		if (/^(?:follows|goes on under) /.test(afterwards)) {
			await waitForStreaming(cluster, nodeName, winner);
		} else if (!afterwards.startsWith("may ")) {
			await sleep(3000);
			expect(await stage.upstreamOf(nodeName)).not.toBe(winner);
		}
		expect(await stage.roleOf(nodeName)).not.toBe("primary");
	}
}
