import {
	lchownSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundleOf, writeFiles } from "../../src/command/bundle.ts";
import { reportCommand } from "../../src/command/report.ts";
import { supportFiles } from "../../src/presentation/support-files.ts";
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
			...["pg_hba.conf", "repmgr.conf", "settings.conf"].map((name) => `1-node1/${name}`),
			...["postgresql.log", "repmgr.conf"].map((name) => `2-node2/${name}`),
		]),
	);
	for (const name of files) expect(statSync(join(out, name)).mode & 0o777, name).toBe(0o600);
	expect(statSync(join(out, "1-node1")).mode & 0o777).toBe(0o700);
	const read = (name: string): string => readFileSync(join(out, name), "utf8");
	const manifest = read("MANIFEST.md");
	for (const name of files.filter((one) => one !== "MANIFEST.md"))
		expect(manifest).toContain(`| ${name.replaceAll("_", "\\_")} | ${statSync(join(out, name)).size} |`);
	const [, unread = ""] = manifest.split("## Not read");
	expect(unread).toMatch(/- "node2": PostgreSQL's settings: /);
	expect(unread).toContain('- "node1": log of postgresql: no lines');
	expect(JSON.parse(read("status.json"))).toMatchObject({ schema: 1, severity: "warning" });
	expect(JSON.parse(read("lint.json"))).toMatchObject({ schema: 1 });
	expect(read("1-node1/repmgr.conf")).toContain("failover = 'automatic'");
	expect(read("versions.txt")).toMatch(/"node1": PostgreSQL 15\.20.*, repmgr 5\.3/);
	expect(read("console.txt")).toContain("repmgr-console 1.2.3");
});

test("an archive that others may read does not stay so", async () => {
	const out = join(directory, "old.zip");
	writeFileSync(out, "old", { mode: 0o644 });
	await bundle(out);
	expect(statSync(out).mode & 0o777).toBe(0o600);
});

test("a directory with other files, which the list would not have, is refused", async () => {
	writeFileSync(join(directory, "report.md"), "old");
	const { err, output } = recordOutput();
	const options = { file: undefined, from: "1h", to: undefined, out: directory, isBundle: true };
	expect(await settled(reportCommand(practice.session, options, output))).toBe(74);
	expect(err.join()).toContain(`could not write "${directory}": it is not empty\nHINT:  Give a directory`);
	expect(filesIn(directory)).toEqual(["report.md"]);
});

test("what fails while the cluster is read is not said to be a failed write", async () => {
	const { output } = recordOutput();
	const options = { file: undefined, from: "1h", to: undefined, out: join(directory, "x"), isBundle: true };
	const session = { ...practice.session, readSupport: () => Promise.reject(new TypeError("a defect")) };
	await expect(settled(reportCommand(session, options, output))).rejects.toThrow("a defect");
});

test("another user's link on the way is not followed", () => {
	const [target, link] = [join(directory, "target"), join(directory, "link")];
	mkdirSync(target);
	symlinkSync(target, link);
	const files = [{ name: "report.md", bytes: Buffer.from("text") }];
	writeFiles(join(link, "own"), files);
	lchownSync(link, 12_345, 12_345);
	for (const out of [join(link, "new"), join(link, "new.zip"), link])
		expect(() => writeFiles(out, files)).toThrow("belongs to another user");
	expect(readdirSync(target)).toEqual(["own"]);
});

test("configuration comes first, then logs of nodes with findings; each node has a directory of its own", async () => {
	await practice.fault("kill-postgres", "node2");
	await practice.seconds(20);
	const support = await settled(practice.session.readSupport());
	const { snapshot } = practice.session.store.getState();
	for (const node of [1, 2]) practice.cluster.node(node).logs.repmgrd.push("[x] [INFO] a line");
	const names = supportFiles(support, snapshot).files.map(({ name }) => name);
	const rank = (name: string): number =>
		!name.endsWith(".log")
			? 0
			: name.startsWith("2-node2/") || snapshot.findings.some(({ nodeId }) => name.startsWith(`${nodeId}-`))
				? 1
				: 2;
	expect(names.map(rank)).toEqual(names.map(rank).toSorted());
	expect(new Set(names.map(rank)).size).toBeGreaterThan(1);
	const named = support.setup.nodes.map((node, index) =>
		index > 1
			? node
			: { ...node, registration: { ...node.registration, nodeName: index === 0 ? "node-2" : "node 2" } },
	);
	const renamed = supportFiles({ ...support, setup: { ...support.setup, nodes: named } }, snapshot).files;
	expect(new Set(renamed.map(({ name }) => name)).size).toBe(renamed.length);
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

test("a log that is too long keeps its end, other text its beginning; JSON is left out; the list says so", () => {
	const lines = Array.from({ length: 3000 }, (_, n) => `LOG:  line ${n} ${"x".repeat(700)}\n`);
	const text = lines.join("");
	expect(text.length).toBeGreaterThan(2 * 2 ** 20);
	const [manifest, log, conf, ...others] = bundleOf(
		[
			{ name: "a.log", about: "a log", text, isLog: true },
			{ name: "a.conf", about: "settings", text },
			{ name: "a.json", about: "all", text: JSON.stringify(lines) },
		],
		[],
		0,
		(one) => one,
	);
	expect(others).toEqual([]);
	for (const file of [log, conf]) expect(file?.bytes.length).toBeLessThanOrEqual(2 ** 20);
	expect(log?.bytes.toString().startsWith("LOG:  line ")).toBe(true);
	expect(text.endsWith(log?.bytes.toString() ?? "?")).toBe(true);
	expect(text.startsWith(conf?.bytes.toString() ?? "?")).toBe(true);
	const size = log?.bytes.length ?? 0;
	expect(manifest?.bytes.toString()).toContain(
		`| a.log | ${size} | a log; the first ${text.length - size} of ${text.length} bytes are cut off |`,
	);
	expect(manifest?.bytes.toString()).toMatch(/## Not read\n\n- a\.json: left out, it has \d+ bytes\n/);
});

test("no password that is written anywhere gets in", async () => {
	const below = wholeNumbersFrom(20_261_130);
	const letters = "QZXJ";
	for (let times = 0; times < 12; times++) {
		const word = (): string => Array.from({ length: 12 }, () => letters[below(letters.length)]).join("");
		// Only the second one is given: the first is seen by what is written before it.
		const [secret, known] = [word(), word()];
		const { conf, logs, data } = practice.cluster.node(1 + below(4));
		conf.set("conninfo", `${conf.get("conninfo")} password=${secret}`);
		conf.set("event_notification_command", `PGPASSWORD=${secret} psql -c notify`);
		data.autoConf.set("max_connections", "100");
		logs.postgresql.push(
			`STATEMENT:  ALTER ROLE repmgr PASSWORD '${secret}'`,
			`node1:5432:repmgr:repmgr:${secret}`,
			`DETAIL:  Connection matched pg_hba.conf line 3: "host all all all ldap ldapbindpasswd=${secret}"`,
		);
		logs.repmgrd.push(
			`[ERROR] connection to "postgresql://repmgr:${secret}@node1/repmgr" failed`,
			`[ERROR] unexpected text ${known} of a known password`,
		);
		const out = join(directory, String(times));
		await bundle(out, [known]);
		for (const name of filesIn(out))
			for (const one of [secret, known])
				expect(
					readFileSync(join(out, name), "utf8")
						.split("\n")
						.filter((line) => line.includes(one)),
					name,
				).toEqual([]);
		logs.postgresql.length = 0;
		logs.repmgrd.length = 0;
	}
});

const SECRET = "QZXJQZXJ";

test.each([
	["conninfo", `host=node1 password='${SECRET}`],
	["conninfo", `host=node1 password=a'${SECRET}`],
	["conninfo", `postgresql://repmgr:a'${SECRET}@node1/repmgr`],
	["event_notification_command", `PGPASSWORD='${SECRET} notify`],
	["follow_command", `x' 'y ${SECRET}`],
	["barman_token", SECRET],
])(
	"behind broken quotes, and in a setting that is not known, nothing is shown: %s = '%s'",
	async (name, value) => {
		practice.cluster.node(1).conf.set(name, value);
		const out = join(directory, "broken");
		await bundle(out);
		for (const file of filesIn(out))
			expect(readFileSync(join(out, file), "utf8"), file).not.toContain(SECRET);
	},
);
