import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { wholeNumbersFrom } from "../../support/random.ts";
import { sleep } from "../cluster.ts";
import { PASSWORDS } from "../settings.ts";
import { Writer } from "../writer.ts";
import { ALL, expectHealthy, HOSTS, otherOf, primaryOf } from "./operating.ts";
import { clusterForFile, eventually, restoredForRetries, waitForStreaming } from "./support.ts";

const bastion = clusterForFile();
const { cluster } = bastion;
restoredForRetries(bastion);

/** By hand many are run. */
const KILLS = Number(process.env.REPMGR_CONSOLE_KILLS || 3);
const SEED = Number(process.env.REPMGR_CONSOLE_SEED || Date.now() % 100_000);

/** On a busy machine; nothing that this operation does keeps a writer waiting. */
const OUTAGE_MS = 15_000;

const LONG = { timeoutMs: 180_000 } as const;
const FILE = "/var/lib/postgresql/.pgpass";
const conninfo = (user: string): readonly string[] => [
	...["-d", `host=${HOSTS.join(",")} user=${user} dbname=repmgr`, "--wait", "60"],
];
/** The console has a role of its own: its password stays. */
const ACCESS = conninfo("monitor");

const fileOf = async (host: string): Promise<string> => (await cluster.exec(host, ["cat", FILE])).stdout;

/** The password in every line of repmgr's role on every host: it has to be the same one everywhere. */
async function passwordNow(): Promise<string> {
	const files = await Promise.all(ALL.map(fileOf));
	const found = files.flatMap((text) => [...text.matchAll(/^[^:]*:5432:[^:]*:repmgr:(.*)$/gm)]);
	const passwords = new Set(found.map(([, password = ""]) => password));
	expect([...passwords], "one password on all hosts").toHaveLength(1);
	// Three lines for each of four nodes, on four hosts.
	expect(found).toHaveLength(3 * ALL.length * ALL.length);
	return [...passwords][0] ?? "";
}

/** psql from one host to another with a password, or with the host's own file. @returns its exit code. */
async function logsIn(
	from: string,
	to: string,
	password: string | null,
	more = "dbname=repmgr",
): Promise<number> {
	const known = password === null ? [] : [`PGPASSWORD=${password}`];
	const statement = more.includes("replication") ? "IDENTIFY_SYSTEM" : "SELECT 1";
	const psql = ["psql", "-X", "-w", "-c", statement, "-d", `host=${to} user=repmgr ${more}`];
	const { exitCode } = await cluster.exec(from, ["env", ...known, ...psql], {
		user: "postgres",
		check: false,
	});
	return exitCode ?? -1;
}

/** Every host logs in to every node as repmgr, repmgrd and a walreceiver do, and nothing of a change is left. */
async function expectAllLogIn(): Promise<void> {
	for (const from of ALL) {
		for (const to of ALL) {
			expect(await logsIn(from, to, null), `${from} to ${to}`).toBe(0);
			if (to !== "node4")
				expect(await logsIn(from, to, null, "dbname=replication replication=true"), `${from} to ${to}`).toBe(
					0,
				);
		}
		const left = await cluster.exec(from, ["sh", "-c", `ls ${FILE}.* 2>/dev/null; stat -c '%U %a' ${FILE}`]);
		expect(left.stdout, from).toBe("postgres 600\n");
	}
}

/** Files that must not hold it and do: in the hosts' run directories and logs, and the bastion's journal. */
async function foundIn(password: string, state: string): Promise<readonly string[]> {
	const look =
		'grep -rlF -- "$1" ~postgres/.local /var/log/postgresql /var/log/repmgr /tmp 2>/dev/null; true';
	const onHosts = await Promise.all(
		ALL.map(async (host) => (await cluster.exec(host, ["bash", "-c", look, "bash", password])).stdout.trim()),
	);
	const names = await readdir(state, { recursive: true, withFileTypes: true });
	const here = await Promise.all(
		names
			.filter((entry) => entry.isFile())
			.map(async ({ parentPath, name }) => {
				const path = join(parentPath, name);
				return (await readFile(path, "utf8")).includes(password) ? [path] : [];
			}),
	);
	return [...onHosts, ...here.flat()].filter((said) => said !== "");
}

const repmgrds = (): Promise<readonly string[]> =>
	Promise.all(ALL.map(async (host) => (await cluster.exec(host, ["pgrep", "-x", "repmgrd"])).stdout));

test("a new password is made under load: all hosts log in with it alone, repmgrd runs on, and nothing tells it", async () => {
	const before = await Promise.all(ALL.map(fileOf));
	const daemons = await repmgrds();
	const primary = await primaryOf(cluster);
	const writer = await Writer.start(cluster, primary, HOSTS);
	onTestFinished(() => writer.end());
	await eventually(async () => expect(writer.count).toBeGreaterThan(50));

	const state = await bastion.directory();
	const planned = await bastion.run(["change", "password", "--dry-run", ...ACCESS], { state, ...LONG });
	expect(planned.exitCode, planned.stdout + planned.stderr).toBe(0);
	expect(await Promise.all(ALL.map(fileOf)), "a dry run changes nothing").toEqual(before);

	const since = Date.now();
	const { exitCode, stdout, stderr } = await bastion.run(["change", "password", "--yes", ...ACCESS], {
		state,
		...LONG,
	});
	expect(exitCode, stdout + stderr).toBe(0);
	const gap = writer.longestGapMs(since);
	await writer.stop();
	expect(gap).toBeLessThan(OUTAGE_MS);
	expect(await writer.lost(primary)).toEqual([]);

	const password = await passwordNow();
	expect(password).toMatch(/^[A-Za-z0-9]{32}$/);
	for (const to of ALL) expect(await logsIn("node1", to, PASSWORDS.repmgr), `old to ${to}`).not.toBe(0);
	await expectAllLogIn();
	expect(await repmgrds()).toEqual(daemons);
	const after = await Promise.all(ALL.map(fileOf));
	const others = (text: string): string => text.replaceAll(/:repmgr:[^:\n]*$/gm, ":repmgr:");
	expect(after.map(others)).toEqual(before.map(others));

	expect(stdout + stderr).not.toContain(password);
	expect(await foundIn(password, state)).toEqual([]);
	await expectHealthy(cluster);
});

test("replication and repmgr go on with it: a walreceiver connects again, a switchover works", async () => {
	const primary = await primaryOf(cluster);
	await cluster.sql(
		primary,
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'",
	);
	for (const host of HOSTS.filter((one) => one !== primary)) await waitForStreaming(cluster, host, primary);
	const to = otherOf(primary);
	const { exitCode, stdout, stderr } = await bastion.run(
		["switchover", "--to", to, "--yes", ...ACCESS],
		LONG,
	);
	expect(exitCode, stdout + stderr).toBe(0);
	expect(await primaryOf(cluster)).toBe(to);
	await expectHealthy(cluster);
});

test(`a console that is killed midway (seed ${SEED}) leaves hosts that its resumption leads to one password`, async () => {
	const delay = wholeNumbersFrom(SEED);
	for (let round = 0; round < KILLS; round++) {
		const state = await bastion.directory();
		const killed = await bastion.follow(["change", "password", "--yes", ...ACCESS], { state });
		await killed.until(/^operation /m, 90_000);
		const delayMs = delay(9000);
		await sleep(delayMs);
		await killed.killHard();
		const listed = await bastion.run(["runs", "--json", ...ACCESS], { state, ...LONG });
		const { runs } = JSON.parse(listed.stdout) as { runs: { operationId: string; outcome: string }[] };
		const left = runs.find(({ outcome }) => outcome === "interrupted");
		let said = "it had ended";
		if (left !== undefined) {
			const resumed = await bastion.run(["runs", "resume", left.operationId, ...ACCESS], { state, ...LONG });
			said = resumed.stdout + resumed.stderr;
			// Done, failed before it changed anything, or stopped on its way.
			expect([0, 1, 3], said).toContain(resumed.exitCode);
		}
		process.stderr.write(`change password killed after ${delayMs} ms: ${said.split("\n").at(-2) ?? said}\n`);
		await eventually(async () => void (await passwordNow()));
		await expectAllLogIn();
		await expectHealthy(cluster);
	}
});

test("a given password with every character that needs quotes, and then the first one again", async () => {
	const file = join(await bastion.directory(), "password");
	for (const password of [String.raw`a:b\c 'd' "e" $f %g;--`, PASSWORDS.repmgr]) {
		await writeFile(file, `${password}\n`, { mode: 0o600 });
		const { exitCode, stdout, stderr } = await bastion.run(
			["change", "password", "--password-file", file, "--yes", ...ACCESS],
			LONG,
		);
		expect(exitCode, stdout + stderr).toBe(0);
		expect(await logsIn("node3", "node1", password)).toBe(0);
		await expectAllLogIn();
	}
	expect(await passwordNow()).toBe(PASSWORDS.repmgr);
	await expectHealthy(cluster);
});

test("is refused before anything is changed: a host that can't log in, a console that would cut itself off, an unfit password", async () => {
	const before = await Promise.all(ALL.map(fileOf));
	const refused = async (...args: readonly string[]): Promise<string> => {
		const { exitCode, stdout, stderr } = await bastion.run(["change", "password", "--yes", ...args], LONG);
		expect(exitCode, stdout + stderr).toBe(2);
		return stderr;
	};
	expect(await refused(...conninfo("repmgr"))).toContain("this console logs in as another role than repmgr");
	const file = join(await bastion.directory(), "password");
	await writeFile(file, "short\n");
	expect(await refused("--password-file", file, ...ACCESS)).toContain("fewer than 8 characters");
	await cluster.fault("wrong-passfile", "node3");
	try {
		expect(await refused(...ACCESS)).toMatch(
			/"node3" logs in to every node now[\s\S]*password authentication/,
		);
	} finally {
		await cluster.heal("wrong-passfile", "node3");
	}
	expect(await Promise.all(ALL.map(fileOf))).toEqual(before);
	await expectHealthy(cluster);
});
