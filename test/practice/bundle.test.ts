import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { reportCommand } from "../../src/command/report.ts";
import { redactor } from "../../src/text/redact.ts";
import { settled } from "../support/fake-cluster.ts";
import { recordOutput } from "../support/fake-session.ts";
import { eachOnCalmPractice, type PracticeConsole } from "../support/practice.ts";
import { wholeNumbersFrom } from "../support/random.ts";

let practice: PracticeConsole;
eachOnCalmPractice((console) => {
	practice = console;
});

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function bundle(out: string, known: readonly string[] = []) {
	const { err, output } = recordOutput();
	const options = { file: undefined, from: "1h", to: undefined, out, isBundle: true };
	const session = { ...practice.session, redact: redactor(() => known) };
	const exitCode = await settled(reportCommand(session, options, output, "1.2.3"));
	expect([exitCode, err.join()]).toEqual([0, `wrote ${out}`]);
}

const filesIn = (path: string): readonly string[] =>
	readdirSync(path, { recursive: true, encoding: "utf8" })
		.filter((name) => statSync(join(path, name)).isFile())
		.toSorted();

test("a bundle has report, status, lint, versions, and each node's configuration and logs, and lists them", async () => {
	await practice.fault("kill-postgres", "node2");
	await practice.seconds(20);
	const out = join(directory, "incident");
	await bundle(out);
	const files = filesIn(out);
	expect(files).toEqual(
		expect.arrayContaining([
			...["MANIFEST.md", "console.txt", "lint.json", "report.md", "status.json", "versions.txt"],
			...["pg_hba.conf", "repmgr.conf", "settings.conf"].map((name) => `node1/${name}`),
			...["postgresql.log", "repmgr.conf"].map((name) => `node2/${name}`),
		]),
	);
	for (const name of files) expect(statSync(join(out, name)).mode & 0o777, name).toBe(0o600);
	expect(statSync(join(out, "node1")).mode & 0o777).toBe(0o700);
	const read = (name: string): string => readFileSync(join(out, name), "utf8");
	const manifest = read("MANIFEST.md");
	for (const name of files.filter((one) => one !== "MANIFEST.md"))
		expect(manifest).toContain(`| ${name.replaceAll("_", "\\_")} | ${statSync(join(out, name)).size} |`);
	const [, unread = ""] = manifest.split("## Not read");
	expect(unread).toMatch(/- "node2": PostgreSQL's settings: /);
	expect(unread).toContain('- "node1": log of postgresql: no lines');
	expect(JSON.parse(read("status.json"))).toMatchObject({ schema: 1, severity: "warning" });
	expect(JSON.parse(read("lint.json"))).toMatchObject({ schema: 1 });
	expect(read("node1/repmgr.conf")).toContain("failover = 'automatic'");
	expect(read("versions.txt")).toMatch(/"node1": PostgreSQL 15\.20.*, repmgr 5\.3/);
	expect(read("console.txt")).toContain("repmgr-console 1.2.3");
});

test("a file that others may read does not stay so", async () => {
	writeFileSync(join(directory, "report.md"), "old", { mode: 0o644 });
	await bundle(directory);
	expect(statSync(join(directory, "report.md")).mode & 0o777).toBe(0o600);
	expect(readFileSync(join(directory, "report.md"), "utf8")).toContain("# ");
});

/** Names and contents of a zip archive, from its local headers. */
function unzipped(bytes: Buffer): ReadonlyMap<string, string> {
	const files = new Map<string, string>();
	for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
		const [packed, size] = [bytes.readUInt32LE(at + 18), bytes.readUInt32LE(at + 22)];
		const from = at + 30 + bytes.readUInt16LE(at + 26);
		const text = inflateRawSync(bytes.subarray(from, from + packed));
		expect(text.length).toBe(size);
		files.set(bytes.toString("utf8", at + 30, from), text.toString());
		at = from + packed;
	}
	return files;
}

test("as an archive it has the same files", async () => {
	await bundle(join(directory, "one"));
	const out = join(directory, "two.zip");
	await bundle(out);
	expect(statSync(out).mode & 0o777).toBe(0o600);
	expect([...unzipped(readFileSync(out)).keys()].toSorted()).toEqual(filesIn(join(directory, "one")));
});

test("a log that is too long keeps its end, and the list says so", async () => {
	const lines = Array.from({ length: 2000 }, (_, n) => `LOG:  line ${n} ${"x".repeat(700)}`);
	practice.cluster.node(1).logs.postgresql.push(...lines);
	const out = join(directory, "incident");
	await bundle(out);
	const log = readFileSync(join(out, "node1/postgresql.log"), "utf8");
	expect(log.length).toBeLessThanOrEqual(2 ** 20);
	expect(log).toContain("line 1999 ");
});

test("no password that is written anywhere gets in", async () => {
	const below = wholeNumbersFrom(20_261_130);
	const letters = "QZXJ";
	for (let times = 0; times < 12; times++) {
		const secret = Array.from({ length: 12 }, () => letters[below(letters.length)]).join("");
		const { conf, logs, data } = practice.cluster.node(1 + below(4));
		conf.set("conninfo", `${conf.get("conninfo")} password=${secret}`);
		conf.set("event_notification_command", `PGPASSWORD='${secret}' psql -c notify`);
		data.autoConf.set("max_connections", "100");
		logs.postgresql.push(
			`STATEMENT:  ALTER ROLE repmgr PASSWORD '${secret}'`,
			`node1:5432:repmgr:repmgr:${secret}`,
			`DETAIL:  Connection matched pg_hba.conf line 3: "host all all all ldap ldapbindpasswd=${secret}"`,
		);
		logs.repmgrd.push(
			`[ERROR] connection to "postgresql://repmgr:${secret}@node1/repmgr" failed`,
			`[ERROR] unexpected text ${secret} of a known password`,
		);
		const out = join(directory, String(times));
		await bundle(out, [secret]);
		for (const name of filesIn(out))
			expect(readFileSync(join(out, name), "utf8"), name).not.toContain(secret);
		logs.postgresql.length = 0;
		logs.repmgrd.length = 0;
	}
});
