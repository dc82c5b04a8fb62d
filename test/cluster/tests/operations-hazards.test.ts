import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { numbersFrom } from "../../support/random.ts";
import { sleep } from "../cluster.ts";
import { PASSWORDS } from "../settings.ts";
import { Writer } from "../writer.ts";
import {
	ACCESS,
	ALL,
	HOSTS,
	expectHealthy as healthy,
	otherOf,
	PATIENT,
	pausedOn,
	primaryOf,
	operate as run,
} from "./operating.ts";
import { clusterForFile, eventually, type Finished, restoredForRetries, scalar } from "./support.ts";
import { testInTurn } from "./turns.ts";

/** Shortens repmgr's own timeouts, because these tests wait for them in full. */
const bastion = clusterForFile({ standby_reconnect_timeout: 10, node_rejoin_timeout: 8 });
const { cluster } = bastion;
restoredForRetries(bastion);

const primaryNow = () => primaryOf(cluster);
const expectHealthy = () => healthy(cluster);
const operate = (...args: string[]) => run(bastion, ...args);

/** Runs sh as root; words after the text are $1 and so on. */
const shell = async (host: string, text: string, ...words: string[]): Promise<string> =>
	(await cluster.exec(host, ["sh", "-euc", text, "sh", ...words])).stdout.trim();

const RUNS = "~postgres/.local/state/repmgr-console/runs";

/** Waits until repmgr's switchover on a host has printed this. */
async function untilSaid(host: string, words: string): Promise<void> {
	await eventually(async () => {
		const log = await shell(host, `cat ${RUNS}/*/switchover/stderr 2>/dev/null || true`);
		if (!log.includes(words)) throw new Error(`not said yet: ${words}`);
	});
}

describe("a switchover that is interrupted", () => {
	/** Set by hand for more; the same seed gives the same moments. */
	const ROUNDS = Number(process.env.REPMGR_CONSOLE_ROUNDS || 1);
	const SEED = Number(process.env.REPMGR_CONSOLE_SEED || Date.now() % 100_000);
	const random = numbersFrom(SEED);
	/** A switchover ends about eight seconds after it printed "operation ID". */
	const someMoment = () => sleep(random() * 8000);

	let writer: Writer | null = null;
	beforeAll(async () => {
		writer = await Writer.start(cluster, await primaryNow(), HOSTS);
	});
	beforeEach(async ({ task }) => {
		// The restored cluster lacks the rows of the former writer.
		if ((task.result?.retryCount ?? 0) === 0) return;
		await writer?.end();
		writer = await Writer.start(cluster, await primaryNow(), HOSTS);
	});
	afterAll(async () => await writer?.stop());

	async function expectNothingLost(said: string): Promise<void> {
		await expectHealthy();
		expect(await writer?.lost(await primaryNow()), said).toEqual([]);
	}

	/** Resumes an interrupted operation; null: there is none, it had ended. */
	async function resumeInterrupted(state: string): Promise<Finished | null> {
		const listed = await bastion.run(["runs", "--json", ...ACCESS], { state });
		const { runs } = JSON.parse(listed.stdout) as { runs: { operationId: string; outcome: string }[] };
		const interrupted = runs.find(({ outcome }) => outcome === "interrupted");
		if (interrupted === undefined) return null;
		return await bastion.run(["runs", "resume", interrupted.operationId, ...ACCESS], { state, ...PATIENT });
	}

	async function begin(state: string, to: string) {
		const console = await bastion.follow(["switchover", "--to", to, "--yes", ...ACCESS], { state });
		await console.until(/^operation /m);
		return console;
	}

	/** Exit code 0: the switchover is done; else nothing has changed. */
	async function expectOutcome(exitCode: number, from: string, to: string, said: string): Promise<void> {
		expect([0, 1, 2], said).toContain(exitCode);
		expect(await primaryNow(), said).toBe(exitCode === 0 ? to : from);
	}

	const rounds = Array.from({ length: ROUNDS }, (_, round) => [round, SEED]);
	/** All kinds of interruption when set by hand; else two, chosen by the seed, because each takes a minute. */
	const chosen = process.env.REPMGR_CONSOLE_ROUNDS ? [0, 1, 2, 3, 4] : [SEED % 5, (SEED + 2) % 5];
	const each = (kind: number) => (chosen.includes(kind) ? rounds : []);

	test.each(each(0))("by kill -9, round %i of seed %i, is resumed by another bastion", async (round) => {
		const from = await primaryNow();
		const to = otherOf(from);
		const state = await bastion.directory();
		const killed = await begin(state, to);
		await someMoment();
		await killed.killHard();
		const resumed = await resumeInterrupted(round % 2 === 1 ? state : await bastion.directory());
		if (resumed !== null) await expectOutcome(resumed.exitCode, from, to, resumed.stdout + resumed.stderr);
		await expectNothingLost(resumed?.stdout ?? "it had ended");
	});

	test.each(each(1))(
		"by a cut of the bastion's network, round %i of seed %i, is finished or resumed",
		async (round) => {
			const from = await primaryNow();
			const to = otherOf(from);
			const state = await bastion.directory();
			const cut = await begin(state, to);
			await someMoment();
			for (const host of ALL) await cluster.fault("cut-bastion", host);
			await sleep(5000 + random() * 15_000);
			const isKilled = round % 2 === 1;
			if (isKilled) await cut.killHard();
			for (const host of ALL) await cluster.heal("cut-bastion", host);
			if (!isKilled) {
				const exitCode = await cut.end(150_000);
				const said = cut.lines().join("\n") + cut.errors;
				await expectOutcome(exitCode, from, to, said);
				expect(await resumeInterrupted(state), said).toBeNull();
			} else {
				const resumed = await resumeInterrupted(await bastion.directory());
				if (resumed !== null)
					await expectOutcome(resumed.exitCode, from, to, resumed.stdout + resumed.stderr);
			}
			await expectNothingLost(cut.lines().join("\n") + cut.errors);
		},
	);

	test.each(each(2))("by the loss of its terminal, round %i of seed %i, goes on", async () => {
		const from = await primaryNow();
		const to = otherOf(from);
		const state = await bastion.directory();
		const terminal = await bastion.terminal(["switchover", "--to", to, "--yes", ...ACCESS], { state });
		await terminal.waitFor(/^operation /m, 30_000);
		await someMoment();
		terminal.hangUp();
		await eventually(async () => {
			const { stdout } = await bastion.run(["runs", "--json", ...ACCESS], { state });
			expect(JSON.parse(stdout)).toMatchObject({ runs: [{ outcome: "done" }] });
		});
		expect(await primaryNow()).toBe(to);
		await expectNothingLost("");
	});

	/** Presses Ctrl-C and answers the question; returns all that the console prints until it ends. */
	async function answer(state: string, to: string, key: string) {
		const terminal = await bastion.terminal(["switchover", "--to", to, "--yes", ...ACCESS], { state });
		await terminal.waitFor(/^operation /m, 30_000);
		await someMoment();
		terminal.press("\u0003");
		// The switchover may end at that moment.
		await terminal.waitFor(/Stop after this step|done and verified/, 15_000);
		terminal.press(`${key}\r`);
		const { exitCode } = await terminal.exit;
		return { exitCode, said: terminal.raw };
	}

	test.each(each(3))("by Ctrl-C and s, round %i of seed %i, ends after its step", async () => {
		const from = await primaryNow();
		const to = otherOf(from);
		const state = await bastion.directory();
		const { exitCode, said } = await answer(state, to, "s");
		// If asked during the change itself, the change is done, and only the wait for the followers is left out.
		const isDone = said.includes("STANDBY SWITCHOVER has completed successfully");
		expect([0, 1], said).toContain(exitCode);
		expect(await primaryNow(), said).toBe(isDone ? to : from);
		expect(said).toMatch(exitCode === 0 ? /done and verified/ : /stopped before all steps were done/);
		expect(await resumeInterrupted(state)).toBeNull();
		await expectNothingLost(said);
	});

	test.each(each(4))("by Ctrl-C and d, round %i of seed %i, is resumed from another bastion", async () => {
		const from = await primaryNow();
		const to = otherOf(from);
		const { exitCode, said } = await answer(await bastion.directory(), to, "d");
		const resumed = await resumeInterrupted(await bastion.directory());
		if (resumed === null) expect(exitCode, said).toBe(0);
		else {
			expect(exitCode, said).toBe(3);
			expect(said).toContain("the running step continues on its host");
			await expectOutcome(resumed.exitCode, from, to, resumed.stdout + resumed.stderr);
		}
		await expectNothingLost(said + resumed?.stdout);
	});
});

describe("a switchover in trouble", () => {
	test("names the process that keeps the primary from stopping, and how to end it: a hanging archive_command", async () => {
		const from = await primaryNow();
		const to = otherOf(from);
		await cluster.sql(from, "ALTER SYSTEM SET archive_command = 'sleep 3600'");
		await cluster.sql(from, "SELECT pg_reload_conf()");
		const waiting = await bastion.follow(["switchover", "--to", to, "--yes", ...ACCESS]);
		try {
			const [, pid = ""] = await waiting.until(/pkill -P (\d+)/);
			const said = waiting.lines().join("\n");
			expect(said).toContain("no primary has been seen for long");
			expect(said).toContain(`"${from}" is still shutting down. Still running: archiver`);
			await cluster.exec(from, ["pkill", "-P", pid], { user: "postgres" });
			expect(await waiting.end(90_000), waiting.lines().join("\n") + waiting.errors).toBe(0);
			expect(await primaryNow()).toBe(to);
		} finally {
			await cluster.sql(from, "ALTER SYSTEM RESET archive_command");
			await cluster.sql(from, "SELECT pg_reload_conf()");
		}
		await expectHealthy();
	});

	test("unpauses all other nodes, and names the rejoin, if the old primary's host loses SSH after the promotion", async () => {
		const from = await primaryNow();
		const to = otherOf(from);
		await shell(to, `echo "promote_delay='5'" >> /etc/repmgr.conf; rm -rf ${RUNS}`);
		const state = await bastion.directory();
		const going = bastion.run(["switchover", "--to", to, "--yes", ...ACCESS], { state, timeoutMs: 240_000 });
		try {
			await untilSaid(to, "cleanly shut down");
			await shell(from, "systemctl stop ssh; pkill -KILL -x sshd || true");
			const { exitCode, stdout, stderr } = await going;
			expect(exitCode, stdout).toBe(1);
			expect(stdout).toContain(`"${to}" is the primary and accepts writes.`);
			for (const host of ALL.filter((host) => host !== from)) {
				expect(await pausedOn(cluster, host), host).toBe(false);
			}
			expect(stderr).toMatch(/the lock on node \d could not be released/);
		} finally {
			await shell(from, "systemctl start ssh");
			await shell(to, "sed -i /promote_delay/d /etc/repmgr.conf");
		}
		// Other bastions do not accept a lock held on only one host of four.
		const listed = await bastion.run(["runs", "--json", ...ACCESS], { state: await bastion.directory() });
		const { runs } = JSON.parse(listed.stdout) as { runs: { operationId: string }[] };
		const operationId = runs[0]?.operationId ?? "";
		const refused = await operate("runs", "resume", operationId);
		expect(refused.exitCode, refused.stderr).toBe(2);
		expect(refused.stderr).toContain(`operation "${operationId}" is not resumed: too few hosts hold it`);
		// Resumed on its own bastion, it says how to bring the old primary back.
		const resumed = await bastion.run(["runs", "resume", operationId, ...ACCESS], { state, ...PATIENT });
		const said = resumed.stdout + resumed.stderr;
		expect(resumed.exitCode, said).toBe(1);
		expect(said).toContain(`"${from}", which was a primary, was shut down cleanly and has not rejoined`);
		expect(said).toContain(`: rejoin ${from}\n`);
		const rejoined = await operate("rejoin", from, "--yes");
		expect(rejoined.exitCode, rejoined.stdout + rejoined.stderr).toBe(0);
		expect(said).toContain(`Whether it is paused on "${from}" can't be read`);
		await eventually(async () => expect(await pausedOn(cluster, from)).toBe(true));
		const unpaused = await operate("unpause", "--yes");
		expect(unpaused.exitCode, unpaused.stdout + unpaused.stderr).toBe(0);
		await expectHealthy();
	});
});

describe("refuses without changing anything", () => {
	async function expectRefused(said: RegExp): Promise<void> {
		const from = await primaryNow();
		const { exitCode, stdout, stderr } = await operate("switchover", "--to", otherOf(from), "--yes");
		expect(exitCode, stdout + stderr).toBe(2);
		expect(stderr, stderr).toMatch(said);
		expect(stderr).toContain("HINT:");
		expect(await primaryNow()).toBe(from);
	}

	testInTurn(
		"a switchover to a standby whose walreceiver is stopped: it is behind, and would delay the shutdown",
		async () => {
			const from = await primaryNow();
			const to = otherOf(from);
			const receiver = await scalar(cluster, to, "SELECT pid FROM pg_stat_wal_receiver");
			const stoppedAt = Date.now();
			await cluster.exec(to, ["kill", "-STOP", receiver]);
			try {
				await cluster.sql(
					from,
					"CREATE TABLE much AS SELECT repeat('x', 1000) FROM generate_series(1, 30000)",
				);
				await expectRefused(/has caught up/);
				// Longer than a receiver may be silent, and less than wal_sender_timeout, which ends its walsender.
				await sleep(stoppedAt + 32_000 - Date.now());
				await expectRefused(/receivers of "\w+" answer it: No answer from "\w+" for [345]\d s/);
			} finally {
				await cluster.exec(to, ["kill", "-CONT", receiver]);
				await cluster.sql(from, "DROP TABLE IF EXISTS much");
			}
			await expectHealthy();
		},
	);

	testInTurn("a switchover with a sibling that is cut off, and one whose sibling has no SSH", async () => {
		await cluster.fault("cut", "node3");
		try {
			await expectRefused(/every active node answers/);
		} finally {
			await cluster.heal("cut", "node3");
		}
		await shell("node3", "systemctl stop ssh");
		try {
			await expectRefused(/reaches repmgr on "node3" over SSH/);
		} finally {
			await shell("node3", "systemctl start ssh");
		}
		await expectHealthy();
	});

	testInTurn(
		"a switchover whose sudo would ask for a password or a terminal, although sudo -l permits the command",
		async () => {
			const from = await primaryNow();
			const file = await shell(from, "grep -l '^postgres ALL' -r /etc/sudoers.d");
			const kept = await shell(from, 'cat "$1"', file);
			const rules = [
				"postgres ALL=(ALL) NOPASSWD: /usr/bin/systemctl start *, PASSWD: /usr/bin/systemctl stop *",
				`${kept}\nDefaults:postgres requiretty`,
			];
			try {
				for (const rule of rules) {
					await shell(from, 'printf "%s\\n" "$2" > "$1"', file, rule);
					await expectRefused(/need no password/);
				}
			} finally {
				await shell(from, 'printf "%s\\n" "$2" > "$1"', file, kept);
			}
			await shell(from, "sed -i '/service_stop_command/s/@15-main/@14-main/' /etc/repmgr.conf");
			try {
				await expectRefused(/stops this server[\s\S]*The server runs, and postgresql@14-main is inactive/);
			} finally {
				await shell(from, "sed -i '/service_stop_command/s/@14-main/@15-main/' /etc/repmgr.conf");
			}
			await expectHealthy();
		},
	);

	testInTurn("a switchover while archive_command hangs", async () => {
		const from = await primaryNow();
		await cluster.sql(from, "ALTER SYSTEM SET archive_command = 'sleep 3600'");
		await cluster.sql(from, "SELECT pg_reload_conf()");
		const status = "/var/lib/postgresql/15/main/pg_wal/archive_status";
		await eventually(async () => {
			// Until the archiver has read the new setting, it archives each file at once.
			await cluster.sql(from, "SELECT pg_logical_emit_message(false, 'repmgr-console', ''), pg_switch_wal()");
			await shell(from, `touch -d '2 minutes ago' ${status}/*.ready && pgrep -x sleep`);
		});
		try {
			await expectRefused(/little WAL waits to be archived[\s\S]*The oldest has waited for 1\d\d s/);
		} finally {
			await cluster.sql(from, "ALTER SYSTEM RESET archive_command");
			await cluster.sql(from, "SELECT pg_reload_conf()");
			await shell(from, "pkill -x sleep");
		}
		await expectHealthy();
	});
});

test("a switchover keeps a paused repmgrd paused and a transaction prepared, and stores no secret", async () => {
	const from = await primaryNow();
	const to = otherOf(from);
	const secret = "s3cret-of-repmgr";
	// The secret is in every file and variable that may hold one, and in the registered conninfo.
	for (const host of HOSTS) await cluster.sql(host, "ALTER SYSTEM SET max_prepared_transactions = 4");
	for (const host of [...HOSTS.filter((host) => host !== from), from]) {
		const restarted = await operate("restart", host, "--yes");
		expect(restarted.exitCode, restarted.stdout + restarted.stderr).toBe(0);
	}
	await setPassword(from, secret);
	await cluster.sql(from, "CREATE TABLE IF NOT EXISTS kept (id int)", { database: "repmgr" });
	await cluster.sql(from, "BEGIN; INSERT INTO kept VALUES (1); PREPARE TRANSACTION 'kept'", {
		database: "repmgr",
	});
	await cluster.sql("node3", "SELECT repmgr.repmgrd_pause(true)");

	const state = await bastion.directory();
	const access = ["-d", `host=${HOSTS.join(",")} user=repmgr dbname=repmgr password=${secret}`];
	const done = await bastion.run(["switchover", "--to", to, "--yes", "--force-rewind", ...access], {
		state,
		...PATIENT,
		env: { PGPASSWORD: secret },
	});
	const screen = done.stdout + done.stderr;
	expect(done.exitCode, screen).toBe(0);
	expect(screen).toContain("1 prepared transactions stay prepared");
	expect(await primaryNow()).toBe(to);
	for (const host of ALL) expect(await pausedOn(cluster, host), host).toBe(host === "node3");
	await cluster.sql("node3", "SELECT repmgr.repmgrd_pause(false)");
	await cluster.sql(to, "COMMIT PREPARED 'kept'", { database: "repmgr" });

	const journal = await readFile(`${state}/repmgr-console/journal.jsonl`, "utf8");
	expect(journal).toContain('"switchover"');
	expect(journal).not.toContain(secret);
	expect(screen).not.toContain(secret);
	for (const host of ALL) {
		const found = await shell(host, `grep -r -l ${secret} ~postgres/.local/state/repmgr-console || true`);
		expect(found, host).toBe("");
	}
	await setPassword(to, PASSWORDS.repmgr);
	await expectHealthy();
});

/** Sets the password of repmgr's role on the servers, in .pgpass, and in every conninfo. */
async function setPassword(primary: string, password: string): Promise<void> {
	for (const host of [primary, "node4"]) {
		await cluster.sql(host, `ALTER ROLE repmgr PASSWORD '${password}'`);
		const conninfo = `regexp_replace(conninfo, ' password=.*', '') || ' password=${password}'`;
		await cluster.sql(host, `UPDATE repmgr.nodes SET conninfo = ${conninfo}`);
	}
	for (const host of ALL) {
		await shell(host, 'sed -i "s/:repmgr:[^:]*$/:repmgr:$1/" ~postgres/.pgpass', password);
		const file = "s/ password=[^ ']*//; s/ connect_timeout/ password=$1&/";
		await shell(host, `sed -i "/^conninfo/{${file}}" /etc/repmgr.conf`, password);
	}
}

test("follow gives a standby another upstream, and brings it back", async () => {
	const primary = await primaryNow();
	const other = otherOf(primary);
	const sender = "SELECT sender_host FROM pg_stat_wal_receiver";
	const away = await operate("follow", "node3", "--upstream", other, "--yes");
	expect(away.exitCode, away.stdout + away.stderr).toBe(0);
	expect(await scalar(cluster, "node3", sender)).toBe(other);
	const circle = await operate("follow", other, "--upstream", "node3", "--yes");
	expect([circle.exitCode, circle.stderr]).toEqual([2, expect.stringContaining("does not receive from")]);
	const back = await operate("follow", "node3", "--yes");
	expect(back.exitCode, back.stdout + back.stderr).toBe(0);
	expect(await scalar(cluster, "node3", sender)).toBe(primary);
	await expectHealthy();
});

describe("promote", () => {
	test("is refused while a standby receives from a primary that we can't reach", async () => {
		const from = await primaryNow();
		await cluster.fault("cut-bastion", from);
		try {
			const { exitCode, stderr } = await operate("promote", otherOf(from), "--yes");
			expect([exitCode, stderr]).toEqual([2, expect.stringContaining("it seems to be alive")]);
		} finally {
			await cluster.heal("cut-bastion", from);
		}
		expect(await primaryNow()).toBe(from);
		await expectHealthy();
	});

	test("first stops an old primary that only SSH reaches", async () => {
		const from = await primaryNow();
		const to = otherOf(from);
		expect((await operate("pause", "--yes")).exitCode).toBe(0);
		// The server runs and accepts writes, but only from its own host.
		await cluster.sql(from, "ALTER SYSTEM SET listen_addresses = 'localhost'");
		await shell(from, "systemctl restart postgresql@15-main");
		expect(await scalar(cluster, from, "SELECT pg_is_in_recovery()")).toBe("f");
		await sleep(10_000);

		// A server that does not stop: nobody is promoted beside it, and it goes on.
		const dropIn = "/etc/systemd/system/postgresql@15-main.service.d/refuse.conf";
		await shell(
			from,
			`mkdir -p $(dirname ${dropIn}); printf '[Unit]\\nRefuseManualStop=yes\\n' > ${dropIn}; systemctl daemon-reload`,
		);
		const again = ["promote", to, "--yes", "--accept-loss"];
		const [, loss = ""] = /--accept-loss (\w+)/.exec((await operate(...again, "0")).stderr) ?? [];
		const failed = await operate(...again, loss);
		expect(failed.exitCode, failed.stdout + failed.stderr).toBe(1);
		expect(failed.stdout).toMatch(new RegExp(`stop PostgreSQL on "${from}"[^]*failed`));
		expect(failed.stdout).toContain("kill -KILL");
		for (const [host, answer] of [
			[from, "f"],
			[to, "t"],
		] as const)
			expect(await scalar(cluster, host, "SELECT pg_is_in_recovery()")).toBe(answer);
		await shell(from, `rm ${dropIn}; systemctl daemon-reload`);

		const terminal = await bastion.terminal(["promote", to, ...ACCESS], { columns: 200, rows: 60 });
		await terminal.waitFor(/to proceed:/, 60_000);
		const [, words = ""] = /Type "([^"]+)" \([^)]*lost\) to proceed:/.exec(terminal.raw) ?? [];
		terminal.press(`${words}\r`);
		const { exitCode } = await terminal.exit;
		expect(exitCode, terminal.raw).toBe(0);
		expect(terminal.raw).toContain(`stop PostgreSQL on "${from}"`);
		expect(await shell(from, "systemctl is-active postgresql@15-main || true")).toBe("inactive");
		expect(await scalar(cluster, to, "SELECT pg_is_in_recovery()")).toBe("f");
	});
});
