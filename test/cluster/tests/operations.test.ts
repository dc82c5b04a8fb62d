import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { sleep } from "../cluster.ts";
import { Writer } from "../writer.ts";
import {
	ACCESS,
	ALL,
	HOSTS,
	expectHealthy as healthy,
	otherOf,
	PATIENT,
	primaryOf,
	operate as run,
} from "./operating.ts";
import { clusterForFile, eventually, restoredForRetries, scalar } from "./support.ts";

const bastion = clusterForFile();
const { cluster } = bastion;
restoredForRetries(bastion);

/** By hand twenty of each are run; these fit into CI. */
const SWITCHOVERS = Number(process.env.REPMGR_CONSOLE_SWITCHOVERS || 2);
const KILLS = Number(process.env.REPMGR_CONSOLE_KILLS || 1);

const primaryNow = () => primaryOf(cluster);
const expectHealthy = () => healthy(cluster);
const operate = (...args: string[]) => run(bastion, ...args);

describe("a switchover", () => {
	test("and its reverse under load lose no acknowledged write and leave a healthy cluster", async () => {
		const writer = await Writer.start(cluster, await primaryNow(), HOSTS);
		onTestFinished(() => writer.end());
		for (let round = 0; round < SWITCHOVERS; round++) {
			const to = otherOf(await primaryNow());
			const { exitCode, stdout, stderr } = await operate("switchover", "--to", to, "--yes");
			expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
			expect(await primaryNow()).toBe(to);
			await expectHealthy();
		}
		await writer.stop();
		expect(writer.count).toBeGreaterThan(100);
		expect(await writer.lost(await primaryNow())).toEqual([]);
	});

	test("is resumed after its console was killed, from the same bastion and from another", async () => {
		const writer = await Writer.start(cluster, await primaryNow(), HOSTS);
		onTestFinished(() => writer.end());
		for (let round = 0; round < KILLS; round++) {
			const state = await bastion.directory();
			const from = await primaryNow();
			const to = otherOf(from);
			const killed = await bastion.follow(["switchover", "--to", to, "--yes", ...ACCESS], { state });
			await eventually(async () => {
				if (!killed.lines().some((line) => line.startsWith("operation "))) throw new Error("not begun");
			});
			await sleep(Math.random() * 7000);
			await killed.killHard();

			const journal = round % 2 === 0 ? state : await bastion.directory();
			const listed = await bastion.run(["runs", "--json", ...ACCESS], { state: journal });
			const { runs } = JSON.parse(listed.stdout) as { runs: { operationId: string; outcome: string }[] };
			const interrupted = runs.find(({ outcome }) => outcome === "interrupted");
			// The switchover may have ended just before.
			if (interrupted !== undefined) {
				const args = ["runs", "resume", interrupted.operationId, ...ACCESS];
				const resumed = await bastion.run(args, { state: journal, ...PATIENT });
				// 1: the console was killed before it changed anything.
				expect([0, 1], resumed.stdout + resumed.stderr).toContain(resumed.exitCode);
				expect(await primaryNow()).toBe(resumed.exitCode === 0 ? to : from);
			}
			await expectHealthy();
		}
		await writer.stop();
		expect(await writer.lost(await primaryNow())).toEqual([]);
	});

	test("that repmgr leaves incomplete names the way out, and does not leave repmgrd paused", async () => {
		const from = await primaryNow();
		const to = otherOf(from);
		// Leaves time to kill repmgr between the stop of the old primary and the promotion.
		const arrange =
			"echo \"promote_delay='30'\" >> /etc/repmgr.conf; rm -rf ~postgres/.local/state/repmgr-console/runs";
		await cluster.exec(to, ["sh", "-c", arrange]);
		try {
			const run = operate("switchover", "--to", to, "--yes");
			await eventually(async () => {
				const log = await cluster.exec(to, [
					"sh",
					"-c",
					"cat ~postgres/.local/state/repmgr-console/runs/*/switchover/stderr",
				]);
				if (!log.stdout.includes("cleanly shut down")) throw new Error("not stopped yet");
			});
			await cluster.exec(to, ["pkill", "-KILL", "-x", "repmgr"]);
			const { exitCode, stdout } = await run;
			expect(exitCode, stdout).toBe(1);
			expect(stdout).toContain("No server accepts writes");
			expect(stdout).toContain(`start ${from}`);
			for (const host of ALL.filter((host) => host !== from)) {
				expect(await scalar(cluster, host, "SELECT repmgr.repmgrd_is_paused()"), host).toBe("f");
			}
		} finally {
			await cluster.exec(to, ["sed", "-i", "/promote_delay/d", "/etc/repmgr.conf"]);
		}
		const started = await operate("start", from, "--yes");
		expect(started.exitCode, started.stdout + started.stderr).toBe(0);
		const unpaused = await operate("unpause", "--yes");
		expect([0, 2], unpaused.stdout + unpaused.stderr).toContain(unpaused.exitCode);
		expect(await primaryNow()).toBe(from);
		await expectHealthy();
	});
});

describe("refuses without changing anything", () => {
	/** Title, a function that breaks something and returns how to heal it, and the refusal; `to` is the candidate. */
	const hazards: readonly [string, (from: string, to: string) => Promise<() => Promise<unknown>>, RegExp][] =
		[
			[
				"with replay paused",
				async (_, to) => {
					await cluster.sql(to, "SELECT pg_wal_replay_pause()");
					return () => cluster.sql(to, "SELECT pg_wal_replay_resume()");
				},
				/WAL replay runs on/,
			],
			[
				"with WAL that can't be archived",
				async (from) => {
					await cluster.sql(from, "ALTER SYSTEM SET archive_command = '/bin/false'");
					await cluster.sql(from, "SELECT pg_reload_conf()");
					await cluster.sql(from, "SELECT pg_switch_wal()");
					await eventually(async () => {
						const failed = await scalar(
							cluster,
							from,
							"SELECT last_failed_time IS NOT NULL FROM pg_stat_archiver",
						);
						if (failed !== "t") throw new Error("nothing has failed yet");
					});
					return async () => {
						await cluster.sql(from, "ALTER SYSTEM RESET archive_command");
						await cluster.sql(from, "SELECT pg_reload_conf()");
						await cluster.sql(from, "SELECT pg_switch_wal()");
						await eventually(async () => {
							const ready = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'";
							if ((await scalar(cluster, from, ready)) !== "0") throw new Error("not archived yet");
						});
					};
				},
				/waits to be archived/,
			],
			[
				"without sudo",
				async (from) => {
					const file = (
						await cluster.exec(from, ["grep", "-l", "^postgres ALL", "-r", "/etc/sudoers.d"])
					).stdout.trim();
					await cluster.exec(from, ["mv", file, "/root/sudoers-away"]);
					return () => cluster.exec(from, ["mv", "/root/sudoers-away", file]);
				},
				/need no password/,
			],
			[
				"without SSH between the nodes",
				async (_, to) => {
					await cluster.exec(to, ["sh", "-c", "mv ~postgres/.ssh/id_ed25519 ~postgres/away"]);
					return () => cluster.exec(to, ["sh", "-c", "mv ~postgres/away ~postgres/.ssh/id_ed25519"]);
				},
				/over SSH/,
			],
			[
				"with a backup that runs",
				async (from) => {
					const words = ["pg_basebackup", "-h", from, "-U", "repmgr", "-D", "/tmp/backup", "--max-rate=32k"];
					const [file, ...args] = await cluster.enter(from, words, "postgres");
					const backup = spawn(file, args, { stdio: "ignore" });
					await eventually(async () => {
						if ((await scalar(cluster, from, "SELECT count(*) FROM pg_stat_progress_basebackup")) !== "1") {
							throw new Error("no backup yet");
						}
					});
					return async () => {
						const senders = "SELECT pg_terminate_backend(pid) FROM pg_stat_progress_basebackup";
						await cluster.sql(from, senders);
						backup.kill();
						await cluster.exec(from, ["rm", "-rf", "/tmp/backup"]);
					};
				},
				/no backup runs/,
			],
		];

	test.each(hazards)("a switchover %s", async (_, breakIt, said) => {
		const from = await primaryNow();
		const to = otherOf(from);
		const heal = await breakIt(from, to);
		try {
			const { exitCode, stderr } = await operate("switchover", "--to", to, "--yes");
			expect(exitCode, stderr).toBe(2);
			expect(stderr).toMatch(said);
			expect(stderr).toContain("HINT:");
			expect(await primaryNow()).toBe(from);
		} finally {
			await heal();
		}
		await expectHealthy();
	});

	test("in a read-only session, without a terminal, and a promotion beside a primary", async () => {
		const to = otherOf(await primaryNow());
		expect((await operate("switchover", "--to", to, "--yes", "--read-only")).stderr).toContain("read-only");
		expect((await operate("pause")).stderr).toContain("not a terminal; pass --yes");
		const promotion = await operate("promote", to, "--yes");
		expect([promotion.exitCode, promotion.stderr]).toEqual([
			2,
			expect.stringContaining("is a primary, and answers"),
		]);
		await expectHealthy();
	});

	test("while another operator holds the lock, and names that operator", async () => {
		const to = otherOf(await primaryNow());
		const holder = JSON.stringify({
			operationId: "op-1",
			operation: "drill",
			who: "bob on bastion2",
			since: Date.now(),
		});
		const system = await scalar(cluster, to, "SELECT system_identifier FROM pg_control_system()");
		const lock = `~postgres/.local/state/repmgr-console/lock-${system}`;
		const script = `mkdir -p ${lock} && cat > ${lock}/holder.json && chown -R postgres: ~postgres/.local`;
		await cluster.exec("node3", ["sh", "-c", script], { input: `${holder}\n` });
		const refused = await operate("switchover", "--to", to, "--yes");
		expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining("bob on bastion2")]);
		expect((await operate("runs", "--break-lock", "somewhere")).exitCode).toBe(2);
		expect((await operate("runs", "--break-lock", HOSTS[0])).exitCode).toBe(0);
		await expectHealthy();
	});
});

test("pause and unpause reach every node, and are in the journal with the reason but without secrets", async () => {
	const state = await bastion.directory();
	const args = ["--yes", "--reason", "patching PGPASSWORD=hush", ...ACCESS];
	expect((await bastion.run(["pause", ...args], { state })).exitCode).toBe(0);
	for (const host of ALL)
		expect(await scalar(cluster, host, "SELECT repmgr.repmgrd_is_paused()"), host).toBe("t");
	expect((await bastion.run(["unpause", ...args], { state })).exitCode).toBe(0);
	const journal = await readFile(`${state}/repmgr-console/journal.jsonl`, "utf8");
	expect(journal).toContain("patching");
	expect(journal).not.toMatch(/hush|repmgr-secret/);
	await expectHealthy();
});

test("a promotion after the loss of the primary pauses repmgrd meanwhile, and asks to accept the loss", async () => {
	const from = await primaryNow();
	expect((await operate("pause", "--yes")).exitCode).toBe(0);
	await cluster.fault("stop-postgres", from);
	const to = otherOf(from);
	const asked = await operate("promote", to, "--yes");
	expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining("--accept-loss")]);
	const promoted = await operate("promote", to, "--yes", "--accept-loss", "0");
	expect(promoted.exitCode, promoted.stdout + promoted.stderr).toBe(0);
	expect(await primaryNow()).toBe(to);
	// repmgrd was paused before, so it is paused again on every node that answers.
	for (const host of ALL.filter((host) => host !== from)) {
		expect(await scalar(cluster, host, "SELECT repmgr.repmgrd_is_paused()"), host).toBe("t");
	}
});
