import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	chmodSync,
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type HostParts, parseSetup } from "../../../src/probe/setup/parse.ts";
import { SETUP_SCRIPT } from "../../../src/probe/setup/script.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);

function write(name: string, text: string, mode = 0o600): void {
	mkdirSync(dirname(at(name)), { recursive: true });
	writeFileSync(at(name), text);
	chmodSync(at(name), mode);
}

/** Runs the script for these files on this machine, and parses its output. */
function look(
	files: Readonly<Record<string, string>>,
	{ shell = "sh", data = "", hba = "", hosts = [] as readonly string[] } = {},
): HostParts & { readonly output: string } {
	for (const [name, text] of Object.entries(files)) write(name, text);
	const args = ["-c", SETUP_SCRIPT, "sh", at("repmgr.conf"), data, hba, ...hosts];
	const output = execFileSync(shell, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
	const parts = parseSetup(output, at("repmgr.conf"));
	if (parts === null) throw new Error(`the script did not finish: ${output}`);
	return { ...parts, output };
}

function entriesOf({ conf }: HostParts): readonly (readonly [string, string, number | null])[] {
	return (conf.value?.entries ?? []).map(({ name, value, place }) => [name, value, place.line]);
}

describe("repmgr.conf", () => {
	test("with its lines, quotes and comments", () => {
		const parts = look({
			"repmgr.conf": "# one\n\nnode_id = 2\n  node_name 'pg''2'   # two\r\npriority=90 # three\n",
		});
		expect(entriesOf(parts)).toEqual([
			["node_id", "2", 3],
			["node_name", "pg'2", 4],
			["priority", "90", 5],
		]);
		expect(parts.conf.value?.files).toMatchObject([{ path: at("repmgr.conf"), mode: 0o600 }]);
		expect(parts.output).not.toContain("#");
	});

	test("with its includes in their places", () => {
		const parts = look({
			"repmgr.conf": "include 'more.conf'\ninclude_if_exists 'here.conf'\ninclude_dir 'conf.d'\nnode_id=1\n",
			"more.conf": "node_id=5\npriority=1\ninclude 'deeper/x.conf'\n",
			"deeper/x.conf": "priority=2\n",
			"conf.d/2.conf": "location='two'\n",
			"conf.d/1.conf": "location='one'\n",
			"conf.d/.hidden.conf": "location='hidden'\n",
			"here.conf": "",
		});
		expect(parts.conf.value?.problems).toEqual([]);
		expect(entriesOf(parts)).toEqual([
			["node_id", "5", 1],
			["priority", "1", 2],
			["priority", "2", 1],
			["location", "one", 1],
			["location", "two", 1],
			["node_id", "1", 4],
		]);
	});

	test("that includes itself ends", () => {
		const { conf } = look({ "repmgr.conf": "include 'repmgr.conf'\nnode_id=1\n" });
		expect(conf.value?.problems[0]?.message).toMatch(/^configuration file recursion/);
	});

	test("that is not there, or whose include is not", () => {
		const missing = look({}).conf;
		expect(missing.fault?.message).toBe(`could not read "${at("repmgr.conf")}": No such file or directory`);
		const { conf } = look({ "repmgr.conf": "node_id=1\ninclude 'none.conf'\n" });
		expect(conf.value?.problems).toMatchObject([
			{
				message: `could not open configuration file "${at("none.conf")}": No such file or directory`,
				place: { file: at("repmgr.conf"), line: 2 },
			},
		]);
		const others = look({
			"repmgr.conf": "node_id=1\ninclude_dir 'none.d'\ninclude_if_exists 'none.conf'\n",
		}).conf;
		expect(others.value?.problems.map(({ message }) => message)).toEqual([
			`could not open configuration directory "${at("none.d")}": No such file or directory`,
			`include_if_exists names "${at("none.conf")}", which does not exist, and repmgr refuses the file for that`,
		]);
	});

	test("keeps malformed lines malformed", () => {
		const wrong = [
			"failover=automatic now",
			"promote_command=repmgr standby promote",
			"log_file=/var/log x",
			"???",
		];
		const { conf } = look({ "repmgr.conf": `node_id=1\n${wrong.join("\n")}\n` });
		expect(conf.value?.problems).toMatchObject(
			wrong.map((_, index) => ({
				message: expect.stringMatching(new RegExp(`^syntax error in file .* line ${index + 2}$`)),
				place: { line: index + 2 },
			})),
		);
	});
});

const ALL = "host=n1 user=repmgr dbname=repmgr password=geheim connect_timeout=2";
const SHOWN = "host=n1 user=repmgr dbname=repmgr password=******** connect_timeout=2";

describe("no secret leaves the host", () => {
	const CONNINFOS = [
		["plain", `conninfo='${ALL}'`, SHOWN],
		[
			"blanks around =",
			"conninfo = 'host = n1  password = geheim port=1'  ",
			"host=n1 password=******** port=1",
		],
		["a comment behind", "conninfo='host=n1' # password=geheim", "host=n1"],
		[
			"a password that is missing takes the next word",
			"conninfo='password= host=geheim'",
			"password=********",
		],
		["sslpassword", "conninfo='host=n1 sslpassword=geheim'", "host=n1 sslpassword=********"],
		["what a shell would run", "conninfo='host=n1 password=`geheim`$(id)'", "host=n1 password=********"],
		["two words", "conninfo='host=n1 password=geheim geheim'", "********"],
		["quoted", "conninfo='host=n1 password=''host=geheim x'''", "********"],
		["escaped", "conninfo='host=n1 password=a\\\\ host=geheim'", "********"],
		["a double quote", "conninfo='host=n1 password=\"host=geheim'", "********"],
		["a #", "conninfo='host=n1 password=ge#heim'", "********"],
		["a URI", "conninfo='postgresql://repmgr:geheim@n1/repmgr'", "********"],
		["a URI whose password has a slash", "conninfo='postgresql://repmgr:ge/heim@n1/repmgr'", "********"],
		["a URI with escapes", "conninfo='postgresql://n1/repmgr?p%61ssword=geheim'", "********"],
		["a URI without a password", "conninfo='postgresql://repmgr@n1/repmgr'", "postgresql://repmgr@n1/repmgr"],
		["no password, but quotes", "conninfo='host=''/tmp/a b'' user=x'", "host='/tmp/a b' user=x"],
		["a name that only looks like one", "conninfo='host=password-server'", "host=password-server"],
	] as const;

	/** One run for all lines, each of which is a conninfo of its own. */
	test.each(["dash", "bash"])("of any conninfo (%s)", (shell) => {
		const conf = CONNINFOS.map(([, line]) => `${line}\n`).join("");
		const { output, ...parts } = look({ "repmgr.conf": conf }, { shell });
		expect(output).not.toContain("geheim");
		expect(output).not.toContain("heim@");
		const shown = entriesOf(parts).map(([name, value, line]) => [
			CONNINFOS[(line ?? 0) - 1]?.[0],
			name,
			value,
		]);
		expect(shown).toEqual(CONNINFOS.map(([what, , expected]) => [what, "conninfo", expected]));
	});

	test.each([
		[
			"a comment, an unused setting, a command, a URI in a command, no setting at all",
			[
				"#conninfo='password=geheim'",
				"event_notification_command='curl -u me:geheim http://x'",
				"promote_command='PGPASSWORD=geheim /usr/bin/repmgr standby promote'",
				"follow_command='psql postgresql://me:geheim@n1'",
				"=geheim",
			],
		],
		["a line that is wrong", ["promote_command=PGPASSWORD=geheim repmgr"]],
	])("of other lines: %s", (_, lines) => {
		const { output, conf } = look({ "repmgr.conf": `node_id=1\n${lines.join("\n")}\n` });
		expect(output).not.toContain("geheim");
		expect(conf.value?.entries[0]).toMatchObject({ name: "node_id", value: "1" });
	});

	test("of a password file: fields, lines and whether there is a password", () => {
		const { output, passfile } = look({
			"repmgr.conf": `passfile='${at("pass")}'\n`,
			pass: [
				"# geheim",
				"n1:5432:repmgr:repmgr:geheim",
				"n1:5432:replication:repmgr:ge:heim\\:x",
				"::1:5432:*:repmgr:geheim",
				"fe80\\:\\:1:5432:*:re\\\\pmgr:geheim",
				"*:*:*:*:",
				"geheim",
				"",
				"*:*:*:*:geheim",
			].join("\n"),
		});
		expect(output).not.toContain("heim");
		expect(passfile.value).toMatchObject({ path: at("pass"), file: { mode: 0o600 } });
		expect(passfile.value?.lines).toEqual([
			{ host: "n1", port: "5432", dbname: "repmgr", user: "repmgr", line: 2 },
			{ host: "n1", port: "5432", dbname: "replication", user: "repmgr", line: 3 },
			{ host: "", port: "", dbname: "1", user: "5432", line: 4 },
			{ host: "fe80::1", port: "5432", dbname: null, user: "re\\pmgr", line: 5 },
			{ host: null, port: null, dbname: null, user: null, line: 9 },
		]);
	});

	test("of pg_hba.conf", () => {
		const hba = [
			"# geheim",
			"host all all 10.0.0.0/8 ldap ldapserver=x ldapbindpasswd=geheim ldapbinddn=y",
			'host all all 10.0.0.0/8 radius radiusservers="x" radiussecrets="""geheim,2"""',
			"host all all 0.0.0.0/0 password # geheim",
		];
		const { output, ...parts } = look(
			{ "repmgr.conf": "node_id=1\n", "pg_hba.conf": hba.join("\n") },
			{ hba: at("pg_hba.conf") },
		);
		expect(output).not.toContain("geheim");
		expect(parts.hba.value?.rules.map(({ method, place }) => [method, place.line])).toEqual([
			["ldap", 2],
			["radius", 3],
			["password", 4],
		]);
	});
});

describe("the script's other facts", () => {
	test("finds files by repmgr.conf, and resolves names on the host", () => {
		write("data/PG_VERSION", "15\n");
		write("data/postgresql.auto.conf", "");
		write(
			"data/postmaster.opts",
			`${at("bin")}/postgres "-D" "x" "-c" "config_file=${at("etc")}/postgresql.conf"\n`,
		);
		write("etc/pg_hba.conf", "local all all peer\n");
		write("bin/pg_ctl", "", 0o755);
		write("bin/pg_rewind", "", 0o644);
		const { host, hba } = look(
			{ "repmgr.conf": `data_directory='${at("data")}/'\npg_bindir='${at("bin")}'\n` },
			{ hosts: ["localhost", "no-such-host.invalid"] },
		);
		expect(host.value).toMatchObject({
			realConfDirectory: at("data"),
			realDataDirectory: at("data"),
			binaryDirectory: at("bin"),
			autoConf: { mode: 0o600 },
		});
		expect(Object.fromEntries(host.value?.tools ?? [])).toMatchObject({
			pg_ctl: at("bin/pg_ctl"),
			pg_rewind: null,
		});
		expect(host.value?.addresses.get("localhost")).toContain("127.0.0.1");
		expect(host.value?.addresses.get("no-such-host.invalid")).toEqual([]);
		expect(hba.value?.rules).toMatchObject([
			{ type: "local", place: { file: at("etc/pg_hba.conf"), line: 1 } },
		]);
	});

	test("runs no command, whatever its name", () => {
		const conf = [
			`service_stop_command='sudo touch ${at("pwned")}; touch ${at("pwned")} $(touch ${at("pwned")})'`,
			`data_directory='$(touch ${at("pwned")})'`,
			"include '`touch pwned`.conf'",
		];
		look({ "repmgr.conf": conf.join("\n") });
		expect(readdirSync(directory)).toEqual(["repmgr.conf"]);
	});

	test("rejects output that was cut short", () => {
		expect(parseSetup("user postgres 102\nfile conf 600 postgres /etc/repmgr.conf\n", "x")).toBeNull();
	});
});

describe("the file of the running repmgrd", () => {
	/** A process with repmgrd's name and these arguments, as long as `during` takes. */
	async function withRepmgrd(args: readonly string[], during: () => void): Promise<void> {
		mkdirSync(at("data"));
		copyFileSync("/bin/sh", at("repmgrd"));
		const child = spawn(at("repmgrd"), ["-c", "echo; read -r _", ...args], {
			stdio: ["pipe", "pipe", "ignore"],
		});
		try {
			await once(child.stdout, "data");
			during();
		} finally {
			const gone = once(child, "exit");
			child.stdin.end();
			await gone;
		}
	}

	const otherConf = (directory = at("data")) => ({
		"repmgr.conf": `node_id=1\ndata_directory='${at("data")}'\n`,
		"other.conf": `node_id=1\ndata_directory='${directory}'\n`,
	});
	/** As on a host with systemd, which the machine of this test may not have. */
	const confIn = ({ output }: { readonly output: string }) =>
		parseSetup(output.replace("systemd none\n", ""), at("repmgr.conf"))?.systemd.value?.repmgrdConf;

	test.each([
		["-f FILE", () => ["-f", at("other.conf")]],
		["-fFILE", () => [`-f${at("other.conf")}`]],
		["--config-file FILE", () => ["--config-file", at("other.conf"), "--daemonize=false"]],
		["--config-file=FILE", () => [`--config-file=${at("other.conf")}`]],
	])("is told where it is another than the registered one: %s", async (_, args) => {
		await withRepmgrd(args(), () => {
			const seen = look(otherConf(), { data: at("data") });
			expect(confIn(seen)).toBe(at("other.conf"));
		});
	});

	test("is not told where it is the registered one, or a link to it", async () => {
		await withRepmgrd(["-f", at("link.conf")], () => {
			symlinkSync(at("repmgr.conf"), at("link.conf"));
			expect(confIn(look(otherConf(), { data: at("data") }))).toBeNull();
		});
	});

	test("is not told where it belongs to another node on this host", async () => {
		await withRepmgrd(["-f", at("other.conf")], () => {
			expect(confIn(look(otherConf(at("elsewhere")), { data: at("data") }))).toBeNull();
		});
	});
});

test.each(["dash", "bash"])(
	"%s names the settings of postgresql.auto.conf that repmgr would damage",
	(shell) => {
		const data = at("main");
		const text = [
			"# Do not edit this file manually!",
			"work_mem = '5MB'",
			"archive_command = 'cp %p ''/wal/%f'''",
			`search_path = '"$user", public'`,
			"log_line_prefix = '%m\\\\'",
			"cluster_name = ''",
			"app.note = 'it's damaged already'",
			"primary_conninfo = 'user=repmgr password=''x'''",
		].join("\n");
		const parts = look({ "main/PG_VERSION": "15", "main/postgresql.auto.conf": text }, { shell, data });
		expect(parts.host.value?.damagedByRepmgr).toEqual(["archive_command", "log_line_prefix", "app.note"]);
	},
);
