import { execFileSync, spawn } from "node:child_process";
import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { REMOVE_NOTE, WRITE_NOTE } from "../../../src/operation/plan/host-note.ts";
import { parseHost } from "../../../src/probe/host/parse.ts";
import { CONF_FACTS, HOST_SCRIPT } from "../../../src/probe/host/script.ts";
import { LOG_SCRIPT } from "../../../src/probe/logs/script.ts";
import { CONF_VALUE } from "../../../src/probe/shell-functions.ts";
import { PLAIN_ECHO } from "../../../src/text/shell.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function look(conf: string, data = "", shell = "sh") {
	const configFile = join(directory, "repmgr.conf");
	writeFileSync(configFile, conf);
	const stdout = execFileSync(shell, ["-c", HOST_SCRIPT, "sh", data, configFile], {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "pipe"],
	});
	const now = Date.now();
	return parseHost(stdout, { from: now, to: now });
}

function dataDirectory(name: string): string {
	const path = join(directory, name);
	mkdirSync(join(path, "pg_wal"), { recursive: true });
	writeFileSync(join(path, "PG_VERSION"), "15\n");
	return path;
}

test("keeps any value on one line", () => {
	const forged = "repmgrd 77 S\\nconf priority 5\\c";
	const data = dataDirectory("data\nrepmgrd 78 S\nx");
	const reading = look(`node_name='${forged}'\npriority=100\n`, data, "dash");
	expect(reading.repmgrConf).toMatchObject({ node_name: "repmgrd 77 S conf priority 5c", priority: "100" });
	expect(reading.dataDirectory).toBe(`${directory}/data repmgrd 78 S x`);
	expect(reading.repmgrd).toBe(false);
});

test("includes the end of PostgreSQL's log only where it is wanted", () => {
	const data = dataDirectory("main");
	mkdirSync(join(data, "log"));
	writeFileSync(join(data, "log/a.log"), "LOG:  all is well\nPANIC:  no space\n");
	const configFile = join(directory, "repmgr.conf");
	writeFileSync(configFile, `data_directory='${data}'\n`);
	const logOf = (...log: readonly string[]): readonly string[] =>
		execFileSync("sh", ["-c", HOST_SCRIPT, "sh", "", configFile, ...log], { encoding: "utf8" })
			.split("\n")
			.filter((line) => line.startsWith("log "));
	expect(logOf()).toEqual([]);
	expect(logOf(LOG_SCRIPT, "16384", "100").slice(0, 4)).toEqual([
		`log log postgresql file ${data}/log/a.log`,
		"log first",
		"log |LOG:  all is well",
		"log |PANIC:  no space",
	]);
	expect(logOf(LOG_SCRIPT, "16384", "100").at(-1)).toBe("log end");
});

test("reports the console's lock on the host, with its holder", () => {
	const text =
		'lock 73 {"operationId":"1-x","operation":"switchover","who":"anna","since":5}\nworks 1-x 7\nlock 74 {}\nlock x {}';
	expect(parseHost(text, { from: 0, to: 0 }).locks).toEqual([
		{
			...{ systemIdentifier: "73", operationId: "1-x", operation: "switchover", who: "anna", since: 5 },
			workedAgoSeconds: 7,
		},
	]);
});

test("reports masked units, and who fenced a node", () => {
	const note = {
		...{ systemIdentifier: "73", nodeId: 1, how: "stop", who: "anna", reason: "cut {off}", kept: "node2" },
		since: 5000,
	};
	const text = `fence ${JSON.stringify(note)}\nfence {"nodeId":1}\nfence x
masked service_start_command postgresql@15-main.service /etc\nmasked repmgrd_service_start_command r.service /run\nmasked x`;
	const { fences, masked } = parseHost(text, { from: 0, to: 1 });
	expect(fences).toEqual([note]);
	expect(masked).toEqual([
		{ of: "PostgreSQL", unit: "postgresql@15-main.service", isRuntime: false },
		{ of: "repmgrd", unit: "r.service", isRuntime: true },
	]);
	expect(look("service_start_command='sudo systemctl start ../../etc/passwd'").masked).toEqual([]);
});

test("reports who paused repmgrd, by the note that a pause writes and the state file of repmgrd", () => {
	const home = realpathSync(directory);
	const state = join(home, ".local/state/repmgr-console");
	mkdirSync(state, { recursive: true });
	const told = { systemIdentifier: "73", nodeId: 1, who: "anna", reason: 'it\'s "1 \\ 2"', until: 9000 };
	const write = [
		"-c",
		`${WRITE_NOTE} && shift 2 && exec "$@"`,
		"sh",
		"pause-73-1.json",
		JSON.stringify(told),
	];
	expect(
		execFileSync("sh", [...write, "echo", "paused"], { env: { ...process.env, HOME: home } }).toString(),
	).toBe("paused\n");
	const text = `pause ${readFileSync(join(state, "pause-73-1.json"), "utf8")}pause {"nodeId":1}\npausefile 12`;
	const { pauses, pauseFileAt } = parseHost(text, { from: 0, to: 1 });
	expect(pauses).toEqual([{ ...told, since: expect.any(Number) }]);
	expect(pauseFileAt).toBe(12_000);
	const data = dataDirectory("main");
	mkdirSync(join(data, "pg_stat"));
	writeFileSync(join(data, "pg_stat/repmgrd_state.txt"), "1:1");
	utimesSync(join(data, "pg_stat/repmgrd_state.txt"), 77, 77);
	expect(look("", data).pauseFileAt).toBe(77_000);
	const gone = `name=$1; shift; "$@" && set -- "$name" && ${REMOVE_NOTE}`;
	execFileSync("sh", ["-c", gone, "sh", "pause-73-1.json", "true"], { env: { ...process.env, HOME: home } });
	expect(readdirSync(state)).toEqual([]);
});

describe("the host script, run on this machine", () => {
	test.each([
		["quotes", (path: string) => `data_directory='${path}'\n`],
		["no quotes", (path: string) => `data_directory=${path}\n`],
		["no equals sign, as repmgr allows", (path: string) => `data_directory '${path}' # here\n`],
		["no line break at the end", (path: string) => `data_directory = ${path}`],
		[
			"another parameter that begins alike",
			(path: string) => `data_directory='${path}'\ndata_directory_x='/nowhere'\n`,
		],
		["blanks and a comment", (path: string) => `  data_directory = '${path}'   # here\n`],
		["no quotes, and a comment", (path: string) => `data_directory = ${path} # here\n`],
		["the last of two", (path: string) => `data_directory='/nowhere'\ndata_directory='${path}'\n`],
		["a comment before", (path: string) => `#data_directory='/nowhere'\ndata_directory='${path}'\n`],
	])("reads data_directory from repmgr.conf: %s", (_, conf) => {
		const path = dataDirectory("main");
		expect(look(conf(path)).dataDirectory).toBe(path);
	});

	test("does not take a hash within quotes for a comment", () => {
		const path = dataDirectory("ma #in");
		expect(look(`data_directory = '${path}'  # here\n`).dataDirectory).toBe(path);
	});

	test.each(["dash", "bash"])(
		"a path with a blank and a quote is data, not text of the script (%s)",
		(shell) => {
			const path = dataDirectory('ma in; touch $(pwned)"');
			expect(look("", path, shell)).toMatchObject({ dataDirectory: path, postmaster: false });
			expect(readdirSync(directory).sort()).toEqual(['ma in; touch $(pwned)"', "repmgr.conf"]);
		},
	);

	test("prints where timelines ended, from the newest history file, and counts files that wait for the archive", () => {
		const path = dataDirectory("main");
		const pgWal = join(path, "pg_wal");
		writeFileSync(join(pgWal, "00000002.history"), "1\t0/5000160\tno recovery target specified\n");
		writeFileSync(
			join(pgWal, "00000003.history"),
			"1\t0/5000160\tno recovery target specified\n\n2\t0/6022EC8\tno recovery target specified\n",
		);
		mkdirSync(join(pgWal, "archive_status"));
		for (const name of ["1.ready", "2.ready", "3.done"])
			writeFileSync(join(pgWal, "archive_status", name), "");
		expect(look("", path)).toMatchObject({
			forks: [
				{ timeline: 1, endLsn: "0/5000160" },
				{ timeline: 2, endLsn: "0/6022EC8" },
			],
			archiveReadyFiles: 2,
		});
	});

	test.each<[string, string | undefined]>([
		["'host=node1 password=topsecret port=5433'", "host=node1 port=5433"],
		["host=node1 sslpassword=topsecret", "host=node1"],
		["'password = topsecret host = node1'", "host=node1"],
		// libpq takes the next word for the value of a keyword with nothing behind its "=".
		["'host=node1 password= user=topsecret'", "host=node1"],
		["'host=node1 password=''top user=topsecret'''", undefined],
		["'host=node1 password=top\\ user=topsecret'", undefined],
		["postgresql://repmgr:topsecret@node1/repmgr", undefined],
	])("of a conninfo no password is printed: %s", (conninfo, printed) => {
		const { repmgrConf } = look(`conninfo=${conninfo}\npriority=7\n`);
		expect(JSON.stringify(repmgrConf)).not.toContain("secret");
		expect(repmgrConf).toMatchObject({ priority: "7" });
		expect(repmgrConf?.conninfo?.trim()).toBe(printed);
	});

	test("measures the disk", () => {
		const [disk] = look("", dataDirectory("main")).disks;
		expect(disk).toMatchObject({ of: "PGDATA" });
		expect(disk?.sizeBytes).toBeGreaterThan(disk?.availableBytes ?? Number.POSITIVE_INFINITY);
	});

	test("prints when postmaster.pid was last written, when the server's state began", () => {
		const path = dataDirectory("main");
		const file = join(path, "postmaster.pid");
		writeFileSync(file, "");
		utimesSync(file, 1_795_420_000, 1_795_420_000);
		expect(look("", path).pidFileAt).toBe(1_795_420_000_000);
	});

	test("ignores a pid file left by a crash, whose pid is another program's", () => {
		const path = dataDirectory("main");
		writeFileSync(join(path, "postmaster.pid"), `${process.pid}\n${path}\n`);
		expect(look("", path).postmaster).toBe(false);
	});

	test("prints nothing of a directory that is no data directory, or that may not be read", () => {
		expect(look("", directory)).toMatchObject({ dataDirectory: null, postmaster: null, disks: [] });
		expect(look("data_directory='/nowhere'")).toMatchObject({ dataDirectory: null, postmaster: null });
	});

	test("ignores another cluster's repmgrd", () => {
		expect(look("").repmgrd).toBe(false);
	});

	test("prints when pg_control was last written", () => {
		const path = dataDirectory("main");
		mkdirSync(join(path, "global"));
		writeFileSync(join(path, "global", "pg_control"), "");
		const written = look("", path).controlFileAt ?? 0;
		expect(Math.abs(Date.now() - written)).toBeLessThan(60_000);
		expect(look("", directory).controlFileAt).toBeNull();
	});

	test("names running repmgr commands without their arguments", () => {
		const program = join(directory, "repmgr");
		copyFileSync(realpathSync("/bin/sh"), program);
		const child = spawn(program, [
			"-c",
			"read -r line; :",
			"-f",
			"standby",
			"switchover",
			"password=topsecret",
		]);
		try {
			const { repmgrCommands } = look("");
			expect(repmgrCommands).toContain("standby switchover");
			expect(repmgrCommands?.join()).not.toContain("secret");
		} finally {
			child.kill("SIGKILL");
		}
	});

	test("prints the time", () => {
		expect(Math.abs(look("").clockOffsetMs ?? Number.POSITIVE_INFINITY)).toBeLessThan(5000);
	});

	test("changes nothing", () => {
		const path = dataDirectory("main");
		const before = statSync(path).mtimeMs;
		look("", path);
		expect(statSync(path).mtimeMs).toBe(before);
		expect(readdirSync(path).sort()).toEqual(["PG_VERSION", "pg_wal"]);
	});
});

describe("conninfo of repmgr.conf, of which no secret leaves the host", () => {
	/** What the script says of each configuration: one shell for all, since it takes longer to start than to read. */
	function readings(confs: readonly string[], shell: string): readonly ReturnType<typeof parseHost>[] {
		const files = confs.map((text, index) => {
			const path = join(directory, `${index}.conf`);
			writeFileSync(path, text);
			return path;
		});
		const script = `${PLAIN_ECHO}\nfor conf do\n(\n${CONF_VALUE}\n${CONF_FACTS}\n)\necho END\ndone`;
		const stdout = execFileSync(shell, ["-c", script, "sh", ...files], { encoding: "utf8" });
		return stdout
			.split("END\n")
			.slice(0, -1)
			.map((text) => parseHost(text, { from: 0, to: 0 }));
	}

	const ALL = "host=n1 user=repmgr dbname=repmgr password=geheim connect_timeout=2";

	const CASES: readonly (readonly [string, string, string | undefined])[] = [
		["plain", `conninfo='${ALL}'\n`, "host=n1 user=repmgr dbname=repmgr connect_timeout=2"],
		["blanks around =", "conninfo = 'host = n1  password = geheim port=1'  \n", "host=n1 port=1"],
		["no quotes", "conninfo=host=n1\n", "host=n1"],
		["the last of two", "conninfo='host=n0'\nconninfo='host=n1'\n", "host=n1"],
		["a password that is missing takes the next word", "conninfo='password= host=geheim user=x'\n", "user=x"],
		["other secrets and files", "conninfo='sslpassword=geheim passfile=/geheim host=n1'\n", "host=n1"],
		["what a shell would run", "conninfo='host=n1 password=$(echo geheim)`id`'\n", "host=n1"],
		["a quoted password", "conninfo='host=n1 password=''host=geheim x'''\n", undefined],
		[
			"a quoted one, where no quotes are around it all",
			"conninfo=host=n1 password='a host=geheim'\n",
			undefined,
		],
		["an escaped one", "conninfo='host=n1 password=a\\ host=geheim'\n", undefined],
		["one with a double quote", "conninfo='host=n1 password=\"host=geheim'\n", undefined],
		["one with a #", "conninfo='host=n1 password=ge#heim'\n", undefined],
		["a comment behind", "conninfo='host=n1' # password=geheim\n", undefined],
		["a URI", "conninfo='postgresql://repmgr:geheim@n1/repmgr'\n", undefined],
		["a comment", "#conninfo='host=n1'\n", undefined],
	];

	test.each(["dash", "bash"])("is told by keywords, or not at all (%s)", (shell) => {
		const told = readings(
			CASES.map(([, conf]) => conf),
			shell,
		);
		expect(CASES.map(([name], index) => [name, told[index]?.repmgrConf?.conninfo])).toEqual(
			CASES.map(([name, , expected]) => [name, expected]),
		);
		expect(JSON.stringify(told)).not.toContain("geheim");
	});

	test("reports an included file that could not be read", () => {
		expect(look("include 'more.conf'\nfailover=automatic\n").repmgrConf).toEqual({
			include: "unread",
			failover: "automatic",
		});
		expect(look("failover=automatic\n#include 'more.conf'\n").repmgrConf).toEqual({ failover: "automatic" });
	});
});
