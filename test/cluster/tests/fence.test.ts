import { describe, expect, test } from "vitest";
import { sleep } from "../cluster.ts";
import { ACCESS, committedSince, leftOn, nextTransaction, PATIENT, operate as run } from "./operating.ts";
import { clusterForFile, conninfoOf, eventually, NO_FAILOVER, scalar } from "./support.ts";

/** node2 is promoted beside node1, which node3 keeps following. */
const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

const UNIT = "postgresql@15-main";

const DOWN = "\x1b[B";

const operate = (...args: string[]) => run(bastion, ...args);

const shell = async (host: string, text: string): Promise<string> =>
	(await cluster.exec(host, ["sh", "-c", `{ ${text}; } 2>&1; true`])).stdout.trim();

const done = async (...args: string[]): Promise<string> => {
	const { exitCode, stdout, stderr } = await operate(...args);
	expect(exitCode, stdout + stderr).toBe(0);
	return stdout;
};

const refused = async (...args: string[]): Promise<string> => {
	const { exitCode, stdout, stderr } = await operate(...args);
	expect(exitCode, stdout + stderr).toBe(2);
	return stderr;
};

const MASKED = `readlink /etc/systemd/system/${UNIT}.service`;
const NOTES = "cat ~postgres/.local/state/repmgr-console/fence-*.json";

/** What only this server has. */
async function write(host: string, rows: number): Promise<void> {
	await cluster.sql(host, `INSERT INTO kept SELECT generate_series(1, ${rows})`, { database: "repmgr" });
}

const rowsOn = (host: string): Promise<string> => scalarIn(host, "SELECT count(*) FROM kept");

async function scalarIn(host: string, query: string): Promise<string> {
	return (await cluster.sql(host, query, { database: "repmgr" }))[0]?.[0] ?? "";
}

async function rejoined(host: string): Promise<string> {
	const asked = await operate("rejoin", host, "--force-rewind", "--yes");
	if (asked.exitCode === 0) return asked.stdout;
	const [, loss = "unknown"] = /--accept-loss (\S+)/.exec(asked.stderr) ?? [];
	return await done("rejoin", host, "--force-rewind", "--yes", "--accept-loss", loss);
}

describe("the wrong primary of a split brain", () => {
	test("is fenced by keys alone at 80x24, and can't be started until it rejoins", async () => {
		await cluster.sql("node1", "CREATE TABLE kept (id int)", { database: "repmgr" });
		await cluster.fault("two-primaries", "node2");
		const first = await nextTransaction(cluster, "node2");
		for (let i = 0; i < 5; i++) await write("node1", 20);
		await write("node2", 1);
		await write("node2", 1);
		await countsOfEachSide(first);
		await fenceByKeys("stop", "promoted by mistake", async () =>
			expect(await shell("node2", `${MASKED}; pgrep -x postgres`)).toBe("/dev/null"),
		);
		expect(await shell("node2", MASKED)).toBe("/dev/null");
		expect(await shell("node2", `systemctl start ${UNIT}`)).toContain("is masked");
		expect(await shell("node2", "pgrep -u postgres -x postgres; pgrep -x repmgrd")).toBe("");
		expect(JSON.parse(await shell("node2", NOTES))).toMatchObject({
			...{ nodeId: 2, how: "stop", reason: "promoted by mistake", kept: "node1" },
		});
		// It counts as a restart at first.
		await eventually(async () => {
			const { findings } = await bastion.status("node1");
			const down = findings.find(({ code }) => code === "STANDBY_DOWN");
			expect(JSON.stringify(down?.evidence)).toContain("promoted by mistake");
		});
		expect(await refused("start", "node2", "--yes")).toMatch(/promoted by mistake[\s\S]*unfence node2/);

		const told = await rejoined("node2");
		expect(told).toContain("A step of its own takes that back");
		expect(await shell("node2", `${MASKED}; ${NOTES}`)).toMatch(/^cat: .*No such file/);
		expect(await rowsOn("node1")).toBe("100");
		await done("repmgrd-start", "node2", "--yes");
		await cluster.waitHealthy(60_000);
	});

	test("is refused without the right to mask, with the line for sudoers, unless it is done without a mask", async () => {
		const rules = "/etc/sudoers.d/postgres";
		const before = await shell("node3", `cat ${rules}`);
		await shell(
			"node3",
			`printf '%s\\n' 'postgres ALL=(root) NOPASSWD: /usr/bin/systemctl, !/usr/bin/systemctl mask *' > ${rules}`,
		);
		const said = await refused("fence", "node3", "--reason", "maintenance", "--yes");
		expect(said).toContain(
			`postgres ALL=(root) NOPASSWD: /usr/bin/systemctl mask ${UNIT}, /usr/bin/systemctl unmask ${UNIT}`,
		);
		expect(await scalar(cluster, "node3", "SELECT 1")).toBe("1");
		await done("fence", "node3", "--reason", "maintenance", "--without-mask", "--yes");
		expect(await refused("start", "node3", "--yes")).toContain("its unit is not masked");
		await shell("node3", `printf '%s\\n' '${before}' > ${rules}`);
		await done("unfence", "node3", "--yes");
		await done("start", "node3", "--yes");
		await done("repmgrd-start", "node3", "--yes");
		await cluster.waitHealthy(60_000);
	});

	test("whose fence was broken off is named and led out", async () => {
		const state = await bastion.directory();
		const args = ["fence", "node1", "--reason", "the console dies", "--yes", ...ACCESS];
		const killed = await bastion.follow(args, { state });
		await eventually(async () => {
			if (!killed.lines().some((line) => line.startsWith("operation "))) throw new Error("not begun");
		});
		await sleep(Math.random() * 3000);
		await killed.killHard();
		const listed = await bastion.run(["runs", "--json", ...ACCESS], { state });
		const [{ operationId, title, outcome }] = JSON.parse(listed.stdout).runs;
		expect(title).toBe('fence "node1" (the console dies)');
		// The fence may have ended just before.
		if (outcome === "interrupted") {
			const resumed = await bastion.run(["runs", "resume", operationId, ...ACCESS], { state, ...PATIENT });
			expect([0, 1, 3], resumed.stdout + resumed.stderr).toContain(resumed.exitCode);
		}
		expect(await leftOn(cluster, "node1")).toBe("");
		await done("fence", "node1", "--reason", "again", "--yes");
		expect(await shell("node1", MASKED)).toBe("/dev/null");
		await done("unfence", "node1", "--yes");
		await done("start", "node1", "--yes");
		await done("repmgrd-start", "node1", "--yes");
		// Without a primary repmgrd would have promoted another node.
		await done("unpause", "--yes");
		await cluster.waitHealthy(60_000);
	});

	test("is made read-only by keys alone at 80x24: its writers are ended, the other side loses nothing, and unfence needs it alone", async () => {
		await cluster.fault("two-primaries", "node2");
		const session = cluster.sql("node2", "BEGIN; INSERT INTO kept VALUES (0); SELECT pg_sleep(200); COMMIT", {
			...{ database: "repmgr", timeoutMs: 200_000 },
		});
		const ended = expect(session).rejects.toThrow(/terminating connection|closed/);
		await eventually(async () =>
			expect(
				await scalar(cluster, "node2", "SELECT count(*) FROM pg_stat_activity WHERE backend_xid IS NOT NULL"),
			).toBe("1"),
		);
		await fenceByKeys("read-only", "its data are wanted", async () =>
			expect(await scalar(cluster, "node2", "SHOW default_transaction_read_only")).toBe("on"),
		);
		await ended;
		await expect(write("node2", 1)).rejects.toThrow(/read-only transaction/);
		await write("node1", 50);
		expect(await rowsOn("node1")).toBe("150");
		const { findings } = await bastion.status("node1", ["--wait", "60"]);
		const split = findings.find(({ code }) => code === "SPLIT_BRAIN");
		expect(split).toMatchObject({
			severity: "warning",
			message: expect.stringContaining('"node2" is read-only'),
		});
		expect(await refused("unfence", "node2", "--yes")).toContain("split brain again");

		// The other side goes: then it may accept writes again.
		await done("fence", "node1", "--reason", "the other side is kept after all", "--yes");
		await done("unfence", "node2", "--yes");
		await eventually(async () => await write("node2", 1));
	});
});

/** The plan says how many transactions each side has committed since they parted. @param first the id of the first one. */
async function countsOfEachSide(first: string): Promise<void> {
	const committed = async (): Promise<readonly number[]> =>
		await Promise.all(["node1", "node2"].map((host) => committedSince(cluster, host, first)));
	const before = await committed();
	expect(before[1]).toBe(2);
	const asked = await done("fence", "node2", "--reason", "promoted by mistake", "--dry-run", "--json");
	const said: string = JSON.parse(asked).plan.blastRadius.reasoning;
	// repmgrd may have noted an event meanwhile.
	const after = await committed();
	for (const [at, name] of ["node1", "node2"].entries()) {
		const [, count = ""] =
			new RegExp(`"${name}", on timeline [^]*? Since then: (\\d+) commits \\(`).exec(said) ?? [];
		expect(Number(count), said).toBeGreaterThanOrEqual(before[at] ?? 1);
		expect(Number(count), said).toBeLessThanOrEqual(after[at] ?? 0);
	}
}

/** From the finding to the fenced node. @param isFenced Throws while it is not. */
async function fenceByKeys(
	how: "stop" | "read-only",
	reason: string,
	isFenced: () => Promise<void>,
): Promise<void> {
	const screen = await bastion.terminal(["-d", conninfoOf("node1,node2,node3")], { columns: 80, rows: 24 });
	try {
		await screen.waitFor(/▸ !! "node1" and "node2" are both out of recovery[\s\S]*SPLIT_BRAIN/, 30_000);
		screen.press("\r");
		await screen.waitFor(/own form and plan \(fence\)/);
		screen.press("\r");
		await screen.waitFor(/The node to fence/);
		// Moving takes a choice; node1 comes first, or node2 where the finding proposes it.
		if (!/\(•\) node2/.test(screen.text())) screen.press(`${DOWN} `);
		await screen.waitFor(/\(•\) node2/);
		screen.press(how === "stop" ? "\t" : `\t${DOWN} `);
		await screen.waitFor(new RegExp(`\\(•\\) ${how}`));
		screen.press(`\t\te${reason}\r`);
		await screen.waitFor(new RegExp(`Why this node: ${reason}`));
		screen.press("\r");
		await screen.waitFor(/PLAN: fence "node2" and keep "node1"/, 30_000);
		screen.press("\r");
		await screen.waitFor("Type node2 to proceed:");
		screen.press("node2\r");
		await eventually(isFenced);
		await eventually(async () => expect(await leftOn(cluster, "node2")).toBe(""));
	} finally {
		screen.close();
	}
}
