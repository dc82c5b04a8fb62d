import { readFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { DrillReport } from "../../../src/operation/drill/report.ts";
import { sleep } from "../cluster.ts";
import { Writer } from "../writer.ts";
import { ACCESS, ALL, HOSTS, PATIENT, primaryOf } from "./operating.ts";
import { clusterForFile, eventually, type Finished, restoredForRetries, scalar } from "./support.ts";
import { testInTurn } from "./turns.ts";

const bastion = clusterForFile();
const { cluster } = bastion;
restoredForRetries(bastion);

const primaryNow = () => primaryOf(cluster);

/** One primary that all follow, repmgrd running and paused nowhere, and no remains of a drill on any host. */
async function expectAsBefore(): Promise<void> {
	await cluster.waitHealthy(60_000);
	// After a failover without a promotion the witness's repmgrd waits a minute for a new primary before it tries the old one.
	await eventually(async () => {
		const unseen = await scalar(cluster, "node4", "SELECT repmgr.get_upstream_last_seen()");
		expect(Number(unseen)).toBeLessThan(10);
	});
	for (const host of ALL) {
		expect(await scalar(cluster, host, "SELECT repmgr.repmgrd_is_paused()"), host).toBe("f");
		const locks = "ls ~postgres/.local/state/repmgr-console 2>/dev/null | grep lock-; true";
		expect((await cluster.exec(host, ["sh", "-c", locks])).stdout, host).toBe("");
	}
	await eventually(async () => {
		for (const host of HOSTS) expect(await probeOn(host), host).toBe("");
	});
}

const probeOn = (host: string): Promise<string> =>
	scalar(cluster, host, "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%drill%'");

/** The forecast, and so a drill, needs a cluster that has been healthy for a moment. */
async function readyForDrill(): Promise<void> {
	await eventually(async () => {
		const { exitCode, stdout, stderr } = await bastion.run(["drill", "--dry-run", ...ACCESS], PATIENT);
		expect(exitCode, stdout + stderr).toBe(0);
	});
}

function reportOf({ exitCode, stdout, stderr }: Finished): DrillReport {
	expect(exitCode, stdout + stderr).toBe(0);
	return (JSON.parse(stdout) as { run: { report: DrillReport } }).run.report;
}

describe("a drill", () => {
	test("goes as forecast, and measures the same outage as an independent writer", async () => {
		await readyForDrill();
		const [from, began] = [await primaryNow(), Date.now()];
		const state = await bastion.directory();
		const writer = await Writer.start(cluster, from, HOSTS);
		onTestFinished(() => writer.end());
		const words = ["drill", "--yes", "--accept-loss", "0", "--json", "--report", `${state}/report.md`];
		const { predicted, came, advice } = reportOf(
			await bastion.run([...words, ...ACCESS], { state, ...PATIENT }),
		);
		await writer.stop();

		expect(came.winner).toBe(predicted.winner);
		expect(await primaryNow()).toBe(came.winner);
		expect(advice).toContain(`To have ${from} as the primary again: switchover --to ${from}`);
		const [least, outage] = [predicted.seconds?.least ?? 0, came.writeOutageSeconds ?? 0];
		expect(outage).toBeGreaterThanOrEqual(least);
		expect(outage).toBeLessThan(least + 20);
		expect(Math.abs(outage - writer.longestGapMs(began) / 1000)).toBeLessThan(0.5);
		expect(came.secondsToPrimary).toBeLessThanOrEqual(outage);
		expect(came.acknowledgedWrites).toBeGreaterThan(50);
		expect(came.lostWrites).toBe(0);
		expect(await writer.lost(await primaryNow())).toEqual([]);
		expect(came.isHealthy).toBe(true);
		await expectAsBefore();

		const journal = await readFile(`${state}/repmgr-console/journal.jsonl`, "utf8");
		const events = journal
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as { event: string; step?: string; outcome?: string });
		expect(events.map(({ event }) => event)).toEqual(
			expect.arrayContaining(["approved", "locked", "looked again", "reported", "ended"]),
		);
		for (const step of ["create-probe", "writes", "outage", "election", "rejoin", "measure", "drop-probe"]) {
			const told = events.filter((entry) => entry.step === step).map(({ event }) => event);
			expect(told, step).toEqual(["started", "done"]);
		}
		expect(events.at(-1)).toMatchObject({ event: "ended", outcome: "done" });
		expect(journal).not.toContain("repmgr-secret");
		const markdown = await readFile(`${state}/report.md`, "utf8");
		expect(markdown).toContain(`| write outage | ${least} s and more | ${outage.toFixed(2)} s`);
	});

	testInTurn("brings the old primary back after a crash, and counts lost rows", async () => {
		await readyForDrill();
		const from = await primaryNow();
		const words = ["drill", "--how", "kill", "--yes", "--accept-loss", "1000000", "--json", ...ACCESS];
		const drill = bastion.run(words, PATIENT);
		// A loss can't be provoked reliably, so three rows are deleted behind the drill's back.
		await eventually(async () => {
			const winner = await primaryNow();
			if (winner === from) throw new Error("not yet");
			const rows = "SELECT id FROM repmgr_console_drill.writes ORDER BY id LIMIT 3";
			const gone = `DELETE FROM repmgr_console_drill.writes WHERE id IN (${rows}) RETURNING id`;
			expect(await scalar(cluster, winner, `WITH gone AS (${gone}) SELECT count(*) FROM gone`)).toBe("3");
		});
		const { came } = reportOf(await drill);
		expect(came.lostWrites).toBeGreaterThanOrEqual(3);
		expect(came.lostWrites).toBeLessThan(20);
		expect(came.winner).toBe(await primaryNow());
		expect(came.isHealthy).toBe(true);
		await expectAsBefore();
	});

	testInTurn("starts the old primary again when no standby is promoted", async () => {
		await readyForDrill();
		const from = await primaryNow();
		const drill = await bastion.follow(["drill", "--yes", "--accept-loss", "0", ...ACCESS]);
		await drill.until(/\| the forecast is as it was/);
		// repmgrd sees it before it elects.
		await Promise.all(
			HOSTS.filter((host) => host !== from).map((host) =>
				cluster.sql(host, "SELECT repmgr.repmgrd_pause(true)"),
			),
		);
		await drill.until(/failed: let repmgrd promote/);
		const text = drill.lines().join("\n");
		expect(text).toMatch(/no standby was promoted within \d+ s/);
		expect(text).toMatch(/start "\w+" again as the primary/);
		expect(text).toMatch(/new primary +\S+ +none/);
		expect(await primaryNow()).toBe(from);
		await expectAsBefore();
	});

	testInTurn("is resumed from another bastion after its console was killed", async () => {
		const { from, stdout, report } = await resumedFrom(await bastion.directory());
		expect(stdout).toContain("not measured");
		expect(stdout).toMatch(
			/Not known:\n {2}- How long no write was acknowledged.*only its machine has the record/,
		);
		expect(report).toMatchObject({ primary: from, how: "stop", came: { winner: await primaryNow() } });
		expect(report.came).toMatchObject({ acknowledgedWrites: null, lostWrites: null, isHealthy: true });
	});

	testInTurn("is resumed where it was begun, with the figures that its console had recorded", async () => {
		const { stdout, report } = await resumedFrom(null);
		expect(report.came).toMatchObject({ winner: await primaryNow(), lostWrites: 0, isHealthy: true });
		expect(report.came.acknowledgedWrites).toBeGreaterThan(50);
		expect(report.came.secondsToPrimary).toBeGreaterThan(0);
		// It may have been killed after the first write to the new primary.
		if (report.came.writeOutageSeconds === null)
			expect(stdout).toMatch(
				/How long no write was acknowledged: .*killed \d+\.\d s after the last one.*noted the promotion/,
			);
	});

	/** A drill's console is killed once the outage has begun. @param other the state of another bastion, which resumes it; null: its own. */
	async function resumedFrom(other: string | null) {
		await readyForDrill();
		const from = await primaryNow();
		const own = await bastion.directory();
		const drill = await bastion.follow(["drill", "--yes", "--accept-loss", "0", ...ACCESS], { state: own });
		// Printed by the service command: the outage has begun.
		await drill.until(/executing server command/);
		await sleep(Math.random() * 6000);
		await drill.killHard();
		const state = other ?? own;
		const listed = await bastion.run(["runs", "--json", ...ACCESS], { state });
		const { runs } = JSON.parse(listed.stdout) as { runs: { operationId: string; outcome: string }[] };
		const interrupted = runs.find(({ outcome }) => outcome === "interrupted");
		expect(interrupted, listed.stdout).toBeDefined();
		const words = ["runs", "resume", interrupted?.operationId ?? "", ...ACCESS];
		const resumed = await bastion.run(words, { state, ...PATIENT });
		expect(resumed.exitCode, resumed.stdout + resumed.stderr).toBe(0);
		expect(await primaryNow()).not.toBe(from);
		await expectAsBefore();
		const journal = (await readFile(`${state}/repmgr-console/journal.jsonl`, "utf8")).trim().split("\n");
		const reported = journal.map((line) => JSON.parse(line)).find(({ event }) => event === "reported");
		return { from, stdout: resumed.stdout, report: reported?.report as DrillReport };
	}

	testInTurn("is refused, and changes nothing, where no standby would be promoted", async () => {
		await readyForDrill();
		const from = await primaryNow();
		const other = HOSTS.find((host) => host !== from) ?? "";
		expect((await bastion.run(["pause", "--yes", ...ACCESS], PATIENT)).exitCode).toBe(0);
		try {
			const refused = await bastion.run(["drill", "--yes", "--accept-loss", "0", ...ACCESS], PATIENT);
			expect([refused.exitCode, refused.stderr]).toEqual([
				2,
				expect.stringMatching(
					/check failed: repmgrd would promote a standby\nDETAIL: {2}It would promote none: .*paused/,
				),
			]);
			expect(await probeOn(from)).toBe("");
		} finally {
			expect((await bastion.run(["unpause", "--yes", ...ACCESS], PATIENT)).exitCode).toBe(0);
		}
		const wrong = await bastion.run(["drill", "--node", other, "--yes", "--accept-loss", "0", ...ACCESS]);
		expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("it is not the one primary")]);
		const silent = await bastion.run(["drill", "--yes", ...ACCESS], PATIENT);
		expect([silent.exitCode, silent.stderr]).toEqual([2, expect.stringContaining("--accept-loss")]);
		expect(await primaryNow()).toBe(from);
		await expectAsBefore();
	});
});
