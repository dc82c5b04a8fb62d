import { describe, expect, test } from "vitest";
import { sleep } from "../cluster.ts";
import {
	ACCESS,
	expectHealthy as healthy,
	operate,
	otherOf,
	primaryOf,
	rewound,
} from "../tests/operating.ts";
import { clusterForFile, eventually, NO_FAILOVER, scalar } from "../tests/support.ts";

/** Stops that hang, for as long as the console waits for them: minutes. */
const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

const shell = async (host: string, text: string): Promise<string> =>
	(await cluster.exec(host, ["sh", "-c", `{ ${text}; } 2>&1; true`])).stdout.trim();

async function operated(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await operate(bastion, ...args);
	expect(exitCode, stdout + stderr).toBe(0);
	return stdout;
}

const primaryNow = () => primaryOf(cluster);
const expectHealthy = () => healthy(cluster);

describe("a stop that hangs in the service manager", () => {
	/** What the console waits for, as it says itself. */
	const WAITS =
		/still waiting after 5 s:\n.*postgresql@15-main is deactivating \(stop\) since .*; its job \d+ \(stop\) is running\n.*systemd waits for: (\d+) \/bin\/sleep 3600\n.*PostgreSQL runs: \d+ postmaster; \d+ checkpointer/;

	test("is told while it lasts, and goes on once its cause is ended", async () => {
		await cluster.fault("hang-stop", "node3");
		try {
			const stopping = await bastion.follow(["stop", "node3", "--yes", ...ACCESS]);
			const [, pid = ""] = await stopping.until(WAITS);
			// Meanwhile it can't be started, and the console says why.
			const { exitCode, stderr } = await operate(bastion, "restart", "node3", "--yes");
			expect([exitCode, stderr]).toEqual([2, expect.stringContaining("other operation")]);
			await stopInOrder("node3");
			await cluster.exec("node3", ["kill", pid]);
			expect(await stopping.end(60_000), stopping.lines().join("\n")).toBe(0);
		} finally {
			await cluster.heal("hang-stop", "node3");
		}
		await expectHealthy();
	});

	test("fails a promotion at its deadline, says what state the server is in, and names a way out that works", async () => {
		const from = await primaryNow();
		const to = otherOf(from);
		expect((await operate(bastion, "pause", "--yes")).exitCode).toBe(0);
		// The server runs and accepts writes, but only from its own host.
		await cluster.sql(from, "ALTER SYSTEM SET listen_addresses = 'localhost'");
		await shell(from, "systemctl restart postgresql@15-main");
		await cluster.fault("hang-stop", from);
		await sleep(10_000);
		const promoted = await operate(bastion, "promote", to, "--yes", "--accept-loss", "unknown");
		expect(promoted.exitCode, promoted.stdout + promoted.stderr).toBe(1);
		const said = promoted.stdout;
		expect(said).toMatch(WAITS);
		expect(said).toContain("not done after 90 s: this no longer waits");
		expect(said).toMatch(
			/postgresql@15-main on "\w+" is deactivating \(stop\) since .*: PostgreSQL still runs there/,
		);
		expect(said).toContain(`fence ${from} --reason TEXT`);
		expect(await scalar(cluster, from, "SELECT pg_is_in_recovery()")).toBe("f");
		expect(await scalar(cluster, to, "SELECT pg_is_in_recovery()")).toBe("t");
		const [, pid = ""] = /as root: kill (\d+)/.exec(said) ?? [];

		const fenced = await operate(bastion, "fence", from, "--reason", "its stop hangs", "--yes");
		expect(fenced.exitCode, fenced.stdout + fenced.stderr).toBe(0);
		// Where it ended can be read now.
		const { stderr } = await operate(bastion, "promote", to, "--yes");
		const [, loss = ""] = /--accept-loss (\d+)/.exec(stderr) ?? [];
		expect(loss, stderr).not.toBe("");
		await operated("promote", to, "--yes", "--accept-loss", loss);
		// In good order: the mask would have had systemd kill it.
		expect(
			await shell(from, "/usr/lib/postgresql/15/bin/pg_controldata /var/lib/postgresql/15/main"),
		).toContain("shut down\n");
		// systemd gives up waiting once the unit is masked.
		await shell(
			from,
			`kill ${pid} 2>/dev/null; rm -r /run/systemd/system/postgresql@15-main.service.d; systemctl daemon-reload`,
		);
		await rewound(bastion, from);
		await operated("repmgrd-start", from, "--yes");
		await operated("unpause", "--yes");
		await expectHealthy();
	});

	test("a fence stops at once where a server does not stop in good order within a minute", async () => {
		await cluster.sql("node3", "ALTER SYSTEM SET archive_mode = 'always'");
		await cluster.sql("node3", "ALTER SYSTEM SET archive_command = 'sleep 3600'");
		await operated("restart", "node3", "--yes");
		await cluster.sql(await primaryNow(), "SELECT pg_switch_wal()");
		await eventually(async () =>
			expect(await shell("node3", "pgrep -f '[a]rchiver archiving'")).toMatch(/^\d+$/),
		);
		const said = await operated("fence", "node3", "--reason", "its archive hangs", "--yes");
		expect(said).toMatch(/still waiting after 5 s:\n[\s\S]*PostgreSQL runs: .*archiver archiving/);
		expect(said).toContain("stopping it at once, as in a crash");
		expect(await shell("node3", "readlink /etc/systemd/system/postgresql@15-main.service")).toBe("/dev/null");
		await shell("node3", `sed -i '/^archive_/d' /var/lib/postgresql/15/main/postgresql.auto.conf`);
		await operated("unfence", "node3", "--yes");
		await operated("start", "node3", "--yes");
		await operated("repmgrd-start", "node3", "--yes");
		await cluster.waitHealthy(60_000);
	});
});

/** As the console's way out says: as the owner of the database. */
async function stopInOrder(host: string): Promise<void> {
	const stop = "/usr/lib/postgresql/15/bin/pg_ctl stop -m fast -D /var/lib/postgresql/15/main";
	await cluster.exec(host, ["sh", "-c", stop], { user: "postgres" });
}
