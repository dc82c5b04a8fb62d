import { afterEach, expect } from "vitest";
import type { Terminal } from "../../support/terminal.ts";
import { FORMED } from "../cluster.ts";
import { expectHealthy, operate as run } from "./operating.ts";
import { clusterForFile, conninfoOf, eventually, scalar } from "./support.ts";
import { testInTurn } from "./turns.ts";

/** Each way back of a node that is out: by keys alone at 80×24 or as a command, and where one is impossible, what it leads to. */
const bastion = clusterForFile({ reconnect_attempts: 2, reconnect_interval: 1 });
const { cluster } = bastion;

const DATA = "/var/lib/postgresql/15/main";
const BIN = "/usr/lib/postgresql/15/bin";

const operate = (...args: string[]) => run(bastion, ...args);

/** Runs sh as root. */
const shell = async (host: string, text: string): Promise<string> =>
	(await cluster.exec(host, ["sh", "-euc", text])).stdout.trim();

async function done(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await operate(...args, "--yes");
	expect(exitCode, stdout + stderr).toBe(0);
	return stdout;
}

async function refused(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await operate(...args, "--yes");
	expect(exitCode, stdout + stderr).toBe(2);
	return stderr;
}

async function failedOver(): Promise<void> {
	await eventually(async () =>
		expect(await scalar(cluster, "node2", "SELECT pg_is_in_recovery()")).toBe("f"),
	);
	await streams("node3", "node2");
	// repmgrd's own follow has ended.
	await eventually(async () =>
		expect(await shell("node3", "pgrep -f '[r]epmgr .*standby follow' || true")).toBe(""),
	);
}

async function streams(host: string, from: string): Promise<void> {
	const count = `SELECT count(*) FROM pg_stat_replication WHERE application_name = '${host}' AND state = 'streaming'`;
	await eventually(async () => expect(await scalar(cluster, from, count)).toBe("1"));
}

const screens: Terminal[] = [];
afterEach(async () => {
	for (const screen of screens.splice(0)) screen.close();
	await cluster.restore(FORMED);
});

/** By keys alone, on the smallest usual terminal: the form with its defaults, the plan, the name, the result. */
async function byKeys(command: string, name: string, confirmation: RegExp): Promise<string> {
	const screen = await bastion.terminal(["-d", conninfoOf("node1,node2,node3")], { columns: 80, rows: 24 });
	screens.push(screen);
	await screen.waitFor(/ primary node[12] [\s\S]*node4 .*witness/, 20_000);
	screen.press(`:${command}\r`);
	await screen.waitFor(new RegExp(`\\(•\\) ${name} `), 20_000);
	screen.press("\r");
	await screen.waitFor(/✓ repmgr's dry run succeeded/, 60_000);
	screen.press("\r");
	await screen.waitFor(confirmation, 60_000);
	screen.press(`${name}\r`);
	const text = await screen.waitFor(/: (?:done and verified|failed|refused)/, 180_000);
	expect(text).toContain("done and verified");
	return text;
}

testInTurn("a former primary that was stopped cleanly is rejoined by keys alone at 80x24", async () => {
	await cluster.fault("stop-postgres", "node1");
	await failedOver();
	await byKeys("rejoin node1", "node1", /Type node1 to proceed:/);
	await streams("node1", "node2");
	await expectHealthy(cluster);
});

testInTurn(
	"a rewind without hints and checksums is refused, and leads to a clone by keys alone",
	async () => {
		await cluster.sql("node1", "ALTER SYSTEM SET wal_log_hints = off");
		await done("restart", "node1");
		await cluster.waitHealthy(60_000);
		await cluster.fault("cut", "node1");
		await cluster.sql("node1", "CREATE TABLE lost (i int)");
		await failedOver();
		await cluster.heal("cut", "node1");
		await done("stop", "node1");
		const said = await refused("rejoin", "node1", "--force-rewind", "--accept-loss", "unknown");
		expect(said).toMatch(
			/"node1" can be rewound: .*neither wal_log_hints nor data checksums[\s\S]*clone node1/,
		);
		expect(said).toMatch(/WAYS BACK: the least that suffices is clone node1/);
		await byKeys("clone node1", "node1", /Type node1 to proceed:/);
		await streams("node1", "node2");
		expect(await scalar(cluster, "node1", "SELECT to_regclass('lost') IS NULL")).toBe("t");
		expect(await shell("node1", `ls -d ${DATA}.old-* | wc -l`)).toBe("1");
		await expectHealthy(cluster);
	},
);

testInTurn("data of another cluster are not rejoined, and a clone keeps them", async () => {
	await cluster.fault("stop-postgres", "node3");
	await shell(
		"node3",
		`mv ${DATA} ${DATA}.away; runuser -u postgres -- ${BIN}/initdb -D ${DATA} >/dev/null; runuser -u postgres -- ${BIN}/pg_controldata ${DATA} | sed -n 's/.*system identifier: *//p' > /tmp/other`,
	);
	const other = await shell("node3", "cat /tmp/other; rm /tmp/other");
	const said = await refused("rejoin", "node3");
	expect(said).toMatch(
		new RegExp(`Its system identifier is ${other}, the cluster's [^]*HINT: .*clone node3`),
	);
	expect(said).toMatch(
		/the least that suffices is clone node3[\s\S]*rejoin: not possible[\s\S]*rewind: not possible/,
	);
	expect(await refused("start", "node3")).toContain(`Its system identifier is ${other}`);
	expect(await refused("clone", "node3", "--discard-old")).toMatch(
		/data of another cluster[\s\S]*Leave out --discard-old/,
	);
	expect(await done("clone", "node3")).toContain(`Its system identifier is ${other}`);
	expect(await shell("node3", `${BIN}/pg_controldata ${DATA}.old-* | grep -c ${other}`)).toBe("1");
	await streams("node3", "node1");
	await expectHealthy(cluster);
});

testInTurn("a standby whose upstream standby died follows the primary", async () => {
	await done("follow", "node3", "--upstream", "node2");
	await streams("node3", "node2");
	// repmgrd would follow by itself.
	await done("pause", "--reason", "the upstream will die");
	await cluster.fault("kill-postgres", "node2");
	await eventually(async () => {
		const { findings } = await bastion.status("node1");
		expect(JSON.stringify(findings)).toMatch(/make \\"node3\\" follow \\"node1/i);
	});
	await done("follow", "node3");
	await streams("node3", "node1");
	await done("start", "node2");
	await streams("node2", "node1");
	await done("unpause");
	await expectHealthy(cluster);
});

testInTurn(
	"a witness that followed nobody is registered again by a rejoin, which shows before and after",
	async () => {
		await cluster.fault("stop-repmgrd", "node4");
		await cluster.fault("stop-postgres", "node1");
		await failedOver();
		const upstream = "SELECT upstream_node_id FROM repmgr.nodes WHERE node_id = 4";
		expect(await scalar(cluster, "node2", upstream)).toBe("1");
		const said = await done("rejoin", "node1");
		expect(await scalar(cluster, "node2", upstream)).toBe("2");
		expect(said).toMatch(/BEFORE +AFTER[\s\S]*"node4"/);
		await cluster.heal("stop-repmgrd", "node4");
		await expectHealthy(cluster);
	},
);

testInTurn("a host whose server runs is not cloned as a new one", async () => {
	await cluster.sql("node1", "DELETE FROM repmgr.nodes WHERE node_id = 3", { database: "repmgr" });
	expect(await refused("clone", "node3")).toMatch(/a server runs in its data directory[\s\S]*register node3/);
	await done("register", "node3");
	await streams("node3", "node1");
});
