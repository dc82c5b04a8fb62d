import { expect, onTestFinished } from "vitest";
import { Writer } from "../writer.ts";
import { ACCESS, expectHealthy, HOSTS, operate, primaryOf } from "./operating.ts";
import { clusterForFile, eventually, restoredForRetries, scalar, waitForStreaming } from "./support.ts";
import { testInTurn } from "./turns.ts";

const bastion = clusterForFile();
const { cluster } = bastion;
restoredForRetries(bastion);

const LONG = { timeoutMs: 300_000 } as const;
const rolling = (...args: string[]) => bastion.run(["rolling", ...args, ...ACCESS], LONG);

async function done(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await rolling(...args, "--yes");
	expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
	return stdout;
}

async function refused(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await rolling(...args, "--yes");
	expect(exitCode, `${stdout}\n${stderr}`).toBe(2);
	return stderr;
}

const shown = (name: string) => Promise.all(HOSTS.map((host) => scalar(cluster, host, `SHOW ${name}`)));
const startedAt = (host: string) => scalar(cluster, host, "SELECT pg_postmaster_start_time()");

async function writing(): Promise<Writer> {
	const writer = await Writer.start(cluster, await primaryOf(cluster), HOSTS);
	onTestFinished(() => writer.end());
	await eventually(async () => expect(writer.count).toBeGreaterThan(50));
	return writer;
}

/** Of a restart in place by systemd, and of a switchover, on a busy machine; on a quiet one they take about half a second. */
const OUTAGE_MS = 15_000;

/** Ends the writer: nothing that was acknowledged is missing. */
async function nothingLost(writer: Writer, since: number, what: string): Promise<void> {
	const gap = writer.longestGapMs(since);
	await writer.stop();
	expect(gap, what).toBeLessThan(OUTAGE_MS);
	expect(writer.count).toBeGreaterThan(100);
	expect(await writer.lost(await primaryOf(cluster)), what).toEqual([]);
}

testInTurn(
	"max_connections is raised under load: the standbys first, the primary by a switchover; the witness keeps its own",
	async () => {
		const writer = await writing();
		const [old, witness] = [await primaryOf(cluster), await scalar(cluster, "node4", "SHOW max_connections")];
		const since = Date.now();
		const said = await done("set", "max_connections=150");
		expect(await primaryOf(cluster)).not.toBe(old);
		expect(await shown("max_connections")).toEqual(["150", "150", "150"]);
		expect(await scalar(cluster, "node4", "SHOW max_connections")).toBe(witness);
		expect(said).toMatch(/max_connections was \d+ .*To go back.*rolling set max_connections=\d+/);
		await nothingLost(writer, since, "raised");
		await expectHealthy(cluster);
	},
);

testInTurn(
	"max_connections is lowered under load: on the primary first, which stays the primary",
	async () => {
		const writer = await writing();
		const primary = await primaryOf(cluster);
		const since = Date.now();
		await done("set", "max_connections=80");
		expect(await primaryOf(cluster)).toBe(primary);
		expect(await shown("max_connections")).toEqual(["80", "80", "80"]);
		await nothingLost(writer, since, "lowered");
		await expectHealthy(cluster);
	},
);

testInTurn(
	"a rolling restart restarts the nodes where a restart is pending, says why, and loses nothing",
	async () => {
		const old = await primaryOf(cluster);
		const standby = HOSTS.find((host) => host !== old) ?? "";
		for (const host of [old, standby, "node4"]) {
			await cluster.sql(host, "ALTER SYSTEM SET max_replication_slots = 12");
			await cluster.sql(host, "SELECT pg_reload_conf()");
		}
		const other = HOSTS.find((host) => host !== old && host !== standby) ?? "";
		const before = await startedAt(other);
		const planned = await rolling("restart", "--to", other, "--dry-run");
		expect(planned.exitCode, planned.stdout + planned.stderr).toBe(0);
		expect(planned.stdout).toMatch(/max_replication_slots is 10, and 12 in .*postgresql\.auto\.conf:\d+/);
		const writer = await writing();
		const since = Date.now();
		await done("restart", "--to", other);
		expect(await primaryOf(cluster)).toBe(other);
		expect(await startedAt(other)).toBe(before);
		for (const host of [old, standby, "node4"])
			expect(await scalar(cluster, host, "SHOW max_replication_slots"), host).toBe("12");
		await nothingLost(writer, since, "restarted");
		await expectHealthy(cluster);
		expect(await refused("restart")).toContain("no restart is pending on any node");
	},
);

testInTurn(
	"a setting that needs no restart holds on all data nodes at once; wrong ones are refused before anything is changed",
	async () => {
		await done("set", "work_mem=5MB");
		expect(await shown("work_mem")).toEqual(["5MB", "5MB", "5MB"]);
		// By psql's standard input, through its lexer and the server's, as it was typed.
		const prefix = String.raw`%m [%p] it's \\ "x" \' :v $$ `;
		await done("set", `log_line_prefix='${prefix.replaceAll("'", "''")}'`);
		const found = `SELECT encode(convert_to(setting, 'UTF8'), 'hex') FROM pg_settings WHERE name = 'log_line_prefix'`;
		for (const host of HOSTS)
			expect(await scalar(cluster, host, found), host).toBe(Buffer.from(prefix).toString("hex"));
		expect(await refused("set", "ssl_passphrase_command=echo sesame")).not.toContain("sesame");
		expect(await refused("set", "work_mem=5120")).toContain("every data node has this value already");
		expect(await refused("set", "work_mem=lots")).toMatch(/accepts work_mem = lots[\s\S]*invalid value/);
		expect(await refused("set", "max_connections=2")).toMatch(/leaves room for others|must be less than/);
		expect(await refused("set", "no_such=1")).toContain('there is no setting "no_such"');
		expect(await refused("set", "port=5433")).toContain("not set alike on all nodes");
		expect(await refused("set", "shared_preload_libraries=pg_stat_statements")).toContain("repmgr");
		for (const host of HOSTS) {
			const text = await scalar(cluster, host, "SELECT pg_read_file('postgresql.auto.conf')");
			expect(text, host).not.toMatch(/^(?:port|no_such|shared_preload_libraries)|'(?:2|lots)'/m);
		}
	},
);

testInTurn(
	"a removed standby leaves nothing in the cluster, what followed it follows the primary, and it can be cloned again",
	async () => {
		const primary = await primaryOf(cluster);
		const [leaving = "", other = ""] = HOSTS.filter((host) => host !== primary);
		const id = leaving.replace("node", "");
		const under = await operate(bastion, "follow", other, "--upstream", leaving, "--yes");
		expect(under.exitCode, under.stdout + under.stderr).toBe(0);
		const removed = await bastion.run(["remove", leaving, "--yes", ...ACCESS], LONG);
		expect(removed.exitCode, removed.stdout + removed.stderr).toBe(0);
		expect(removed.stdout).toMatch(/stay: its data[\s\S]*To bring it back: clone /);
		await waitForStreaming(cluster, other, primary);
		expect(await scalar(cluster, primary, `SELECT count(*) FROM repmgr.nodes WHERE node_id = ${id}`)).toBe(
			"0",
		);
		const slots = `SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'repmgr_slot_${id}'`;
		expect(await scalar(cluster, primary, slots)).toBe("0");
		const processes = await cluster.exec(leaving, ["pgrep", "-c", "-x", "postgres|repmgrd"], {
			check: false,
		});
		expect(processes.stdout.trim()).toBe("0");

		const again = await bastion.run(
			["clone", leaving, "--config-file", "/etc/repmgr.conf", "--yes", ...ACCESS],
			LONG,
		);
		expect(again.exitCode, again.stdout + again.stderr).toBe(0);
		await waitForStreaming(cluster, leaving, primary);
		expect(await scalar(cluster, primary, `SELECT active FROM repmgr.nodes WHERE node_id = ${id}`)).toBe("t");
	},
);
