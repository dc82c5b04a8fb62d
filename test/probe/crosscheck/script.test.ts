import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CrosscheckReader } from "../../../src/probe/crosscheck/parse.ts";
import { crosscheckCommand, type ScriptDestination } from "../../../src/probe/crosscheck/script.ts";

/** The real script on this machine, with programs instead of psql and ssh that print what they were given. */
let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	program(
		"ssh",
		`[ "$3" = -G ] && { echo "kexalgorithms first,curve25519-sha256,last"; exit; }\n${TELL}\ncat`,
	);
	program("psql", TELL);
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Its words, each on a line, and what libpq would take from the environment. */
const TELL = `name=\${0##*/}; file=$(mktemp "${"$OUT"}/$name.XXXXXX")
printf '%s\\n' "$@" >"$file"; printf 'PGPASSWORD=%s\\n' "\${PGPASSWORD-}" >>"$file"`;

function program(name: string, script: string, where = "bin"): string {
	mkdirSync(join(directory, where), { recursive: true });
	const path = join(directory, where, name);
	writeFileSync(path, `#!/bin/sh\n${script}\n`);
	chmodSync(path, 0o755);
	return path;
}

const destination = (changes: Partial<ScriptDestination> = {}): ScriptDestination => ({
	nodeId: 2,
	host: "node2",
	conninfo: "host=node2",
	password: null,
	...changes,
});

function run(conf: string, destinations: readonly ScriptDestination[] = [destination()]) {
	const configFile = join(directory, "repmgr.conf");
	writeFileSync(configFile, conf);
	const out = join(directory, "out");
	rmSync(out, { recursive: true, force: true });
	mkdirSync(out);
	const { argv, input } = crosscheckCommand(configFile, destinations);
	const [file = "", ...args] = argv;
	const stdout = execFileSync(file, args, {
		encoding: "utf8",
		input,
		env: { PATH: [join(directory, "bin"), process.env.PATH].join(delimiter), OUT: out, HOME: directory },
	});
	/** The arguments of each call, one a line. */
	const calls = (name: string): readonly string[][] =>
		readdirSync(out)
			.filter((file) => file.startsWith(name))
			.map((file) => readFileSync(join(out, file), "utf8").replace(/\n$/, "").split("\n"));
	return { argv, stdout, calls, results: new CrosscheckReader(destinations).take(stdout) };
}

describe("ssh is called as by repmgr, without options that hide its messages", () => {
	test.each([
		["the default of repmgr", "", ["-o", "ConnectTimeout=10"]],
		[
			"what repmgr.conf says",
			"ssh_options='-q -p 2222 -o ConnectTimeout=5'",
			["-p", "2222", "-o", "ConnectTimeout=5"],
		],
		["quotes in it", `ssh_options='-o "StrictHostKeyChecking no"'`, ["-o", "StrictHostKeyChecking no"]],
		[
			"nothing in it is run",
			"ssh_options='-o X=$(touch pwned) `touch pwned` *'",
			["-o", "X=$(touch", "pwned)", "`touch", "pwned`", "*"],
		],
	])("%s", (_, conf, options) => {
		const [call = []] = run(conf).calls("ssh");
		const at = call.indexOf("node2");
		const ours = [
			"-o",
			"Batchmode=yes",
			"-o",
			"ControlMaster=no",
			"-o",
			"ConnectTimeout=2",
			"-o",
			"KexAlgorithms=curve25519-sha256,first,curve25519-sha256,last",
		];
		expect(call.slice(0, at)).toEqual([...ours, ...options]);
		expect(call[at + 1]).toMatch(/^\/bin\/true \|\| /);
		expect(readdirSync(directory)).not.toContain("pwned");
	});

	test("keeps a set of key exchanges without the cheap one", () => {
		program("ssh", `[ "$3" = -G ] && { echo "kexalgorithms first,last"; exit; }\n${TELL}`);
		expect(run("").calls("ssh")[0]?.join(" ")).not.toContain("KexAlgorithms");
	});

	test.each(["KexAlgorithms last", "Match host node2\n  kexalgorithms=last", "Include ~/.ssh/more"])(
		"leaves a set of key exchanges alone that may have been configured: %s",
		(config) => {
			mkdirSync(join(directory, ".ssh"));
			writeFileSync(join(directory, ".ssh/config"), `${config}\n`);
			expect(run("").calls("ssh")[0]?.join(" ")).not.toContain("KexAlgorithms");
		},
	);

	test("respects the key exchanges of ssh_options", () => {
		const call = run("ssh_options='-o KexAlgorithms=last'").calls("ssh")[0]?.join(" ");
		expect(call?.match(/KexAlgorithms=\S+/g)).toEqual(["KexAlgorithms=last"]);
	});

	test("shows repmgr's command without -q", () => {
		expect(run("").results.find(({ way }) => way === "ssh")?.command).toEqual([
			"ssh",
			"-o",
			"Batchmode=yes",
			"-o",
			"ConnectTimeout=10",
			"node2",
			"/bin/true",
		]);
	});
});

describe("the other node's repmgr is called as by repmgr here", () => {
	test.each([
		["nothing set", "", "repmgr"],
		["pg_bindir", "pg_bindir='/usr/lib/postgresql/15/bin'", "/usr/lib/postgresql/15/bin/repmgr"],
		["repmgr_bindir, with a slash", "pg_bindir='/a'\nrepmgr_bindir='/b/'", "/b/repmgr"],
	])("%s", (_, conf, repmgr) => {
		expect(run(conf).stdout).toContain(`\nrepmgr ${repmgr}\n`);
	});

	test.each([
		["is there", "sh", "ok"],
		["is not there", "no-such-program", "failed"],
	])("it %s", (_, name, state) => {
		// Run by a shell, as sshd does. The program is searched for under the name that comes as input.
		program(
			"ssh",
			`[ "$1" = -G ] && exit\nfor last; do :; done\n{ cat >/dev/null; echo ${name}; } | sh -c "$last"`,
		);
		expect(run("").results.find(({ way }) => way === "repmgr")?.state).toBe(state);
	});
});

describe("psql", () => {
	test("is the one of pg_bindir", () => {
		program("psql", TELL, "own");
		expect(run(`pg_bindir='${join(directory, "own")}'`).stdout).toContain(
			`psql ${join(directory, "own/psql")}\n`,
		);
		expect(run("pg_bindir='/nowhere'").stdout).toContain("psql psql\n");
	});

	test("gets the conninfo as one word, reads no psqlrc and never prompts", () => {
		const conninfo = "host=node2 dbname='a b'; $(touch pwned)";
		expect(run("", [destination({ conninfo })]).calls("psql")).toEqual([
			["-X", "-w", "-A", "-t", "-q", "-c", "SELECT 1", "-d", conninfo, "PGPASSWORD="],
		]);
		expect(readdirSync(directory)).not.toContain("pwned");
	});

	test.each(["secret", " two words ", `'"$(id)\\`, "zwölf=雪"])(
		"gets a password by its environment only: %s",
		(password) => {
			const { argv, calls } = run("", [
				destination({ password }),
				destination({ nodeId: 3, conninfo: "host=node3" }),
			]);
			expect(argv.join(" ")).not.toContain(password);
			expect(
				calls("psql")
					.map((words) => words.at(-1))
					.toSorted(),
			).toEqual(["PGPASSWORD=", `PGPASSWORD=${password}`]);
			expect(calls("ssh").flat().join("\n")).not.toContain(password);
		},
	);
});

describe("results", () => {
	test("are one line each, with the exit code", () => {
		program("psql", "echo first; echo 'second\tthird' >&2; exit 2");
		const [sql] = run("", [destination({ host: null })]).results;
		expect(sql).toMatchObject({
			way: "sql",
			toNodeId: 2,
			state: "failed",
			lines: ["first", "second", "third"],
		});
		expect(sql?.milliseconds).toBeGreaterThanOrEqual(0);
	});

	test("keep the end of a long message", () => {
		program("psql", "yes wörd | head -n 2000 >&2; echo 'the end' >&2; exit 2");
		const [sql] = run("", [destination({ host: null })]).results;
		expect(sql?.lines.at(-1)).toBe("the end");
		expect(sql?.lines.join("").length).toBeLessThan(1500);
	});

	test("nothing is expanded", () => {
		program("psql", "echo '* $HOME `id`'; exit 2");
		expect(run("", [destination({ host: null })]).results[0]?.lines).toEqual(["* $HOME `id`"]);
	});

	test("come separately: one that hangs delays no other", () => {
		program("psql", 'case "$*" in *slow*) sleep 1.5 ;; esac; exit 0');
		const names = ["slow", "b", "c", "d", "e", "f", "g"];
		const many = names.map((name, position) =>
			destination({ nodeId: position + 1, host: null, conninfo: name }),
		);
		const { results } = run("", many);
		expect(results.map(({ toNodeId }) => toNodeId).at(-1)).toBe(1);
		expect(results).toHaveLength(7);
	});

	test("leave out destinations that are not tried", () => {
		const { calls } = run("", [
			destination({ host: null }),
			destination({ nodeId: 3, host: "node3", conninfo: null }),
		]);
		expect(calls("psql")).toHaveLength(1);
		expect(calls("ssh").map((words) => words.includes("node3"))).toEqual([true]);
	});
});
