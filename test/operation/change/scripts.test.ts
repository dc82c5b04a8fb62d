import { spawnSync } from "node:child_process";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newPasswordInput } from "../../../src/execution/new-password.ts";
import {
	END_SCRIPT,
	PREPARE_SCRIPT,
	RENEW_SCRIPT,
	SEE_SCRIPT,
	WAIT_SCRIPT,
} from "../../../src/operation/change/password-scripts.ts";

/**
 * psql of servers that are files named by -d: each holds the password that its server accepts. `-f` "changes the role": the server
 * accepts from then on what the file "new" says, as a verifier can't be compared with a password here.
 */
const PSQL = String.raw`#!/bin/sh
directory=$(dirname "$0"); file=
while [ $# -gt 0 ]; do
  case $1 in -d) server=$directory/$2; shift ;; -f) file=$2; shift ;; esac
  shift
done
accepted=$(cat "$server") || exit 2
given=$(sed -n 's/^one:1:db:role:\(.*\)$/\1/p' "$PGPASSFILE")
[ "$given" = "$accepted" ] || { echo "FATAL: password authentication failed" >&2; exit 2; }
[ -z "$file" ] || { grep -q "^ALTER ROLE .* PASSWORD 'SCRAM" "$file" && cat "$directory/new" > "$server"; }
`;

const OLD = "old-secret";
const NEW = String.raw`n:e\w-$secret`;
const NEXT_LINE = String.raw`one:1:db:role:n\:e\\w-$secret`;
const FILE = `# comment\none:1:db:role:${OLD}\nother:1:db:role2:keep`;

let directory = "";
const path = (name: string): string => join(directory, name);
const read = (name: string): string => readFileSync(path(name), "utf8");
const beside = (): readonly string[] => readdirSync(directory).filter((name) => name.startsWith("pass."));

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	writeFileSync(path("psql"), PSQL);
	chmodSync(path("psql"), 0o755);
	for (const server of ["primary", "witness"]) writeFileSync(path(server), OLD);
	// As it stands in a line: the fake psql takes no escapes away.
	writeFileSync(path("new"), NEXT_LINE.replace("one:1:db:role:", ""));
	writeFileSync(path("pass"), FILE, { mode: 0o600 });
});
afterEach(() => rmSync(directory, { recursive: true }));

function run(script: string, words: readonly string[] = [], input = "") {
	const argv = ["-c", script, "sh", path("psql"), path("pass"), "primary", ...words];
	const { status, stdout, stderr } = spawnSync("sh", argv, { input, encoding: "utf8", timeout: 20_000 });
	return { status, stdout, stderr };
}

/** @param wait "" where nothing shall put the file in place but the script that is tested. */
const prepare = (lines = "2", wait = "") =>
	run(PREPARE_SCRIPT, ["role", '"role"', lines, wait], newPasswordInput(NEW));

const eventually = async (isSo: () => boolean): Promise<void> => {
	for (let turn = 0; turn < 400 && !isSo(); turn++) await new Promise((resolve) => setTimeout(resolve, 50));
	expect(isSo()).toBe(true);
};

describe("the next password file", () => {
	test("has the new password in the lines of the role, and nothing else changed; others can't read it", () => {
		expect(prepare()).toMatchObject({ status: 0 });
		expect(read("pass")).toBe(FILE);
		expect(read("pass.repmgr-console-new")).toBe(`# comment\n${NEXT_LINE}\nother:1:db:role2:keep\n`);
		expect(read("pass.repmgr-console-sql")).not.toContain(NEW);
		expect(beside()).toEqual([
			"pass.repmgr-console-new",
			"pass.repmgr-console-old",
			"pass.repmgr-console-sql",
		]);
	});

	test("is put in place by itself when the primary has the new password, and not before", async () => {
		prepare("2", WAIT_SCRIPT);
		await new Promise((resolve) => setTimeout(resolve, 600));
		expect(read("pass")).toBe(FILE);
		expect(run(RENEW_SCRIPT, ["primary"])).toMatchObject({ status: 0 });
		await eventually(() => read("pass").includes(NEXT_LINE));
		expect(existsSync(path("pass.repmgr-console-new"))).toBe(false);
	});

	test("is not written without the password, twice, for another role's line, or while the old one is wrong", () => {
		expect(run(PREPARE_SCRIPT, ["role", '"role"', "2", ""], "half\n")).toMatchObject({ status: 1 });
		expect(prepare("3").stderr).toContain("line 3");
		expect(prepare("9").stderr).toContain("has changed");
		expect(beside()).toEqual([]);
		writeFileSync(path("primary"), "another");
		expect(prepare().stderr).toContain("password authentication failed");
		expect(beside()).toEqual([]);
		writeFileSync(path("primary"), OLD);
		prepare();
		expect(prepare().stderr).toContain("is there already");
	});
});

describe("every login with the new password", () => {
	test("is tried once the file is in place, which it puts there itself if nothing else has", () => {
		prepare();
		for (const server of ["primary", "witness"]) expect(run(RENEW_SCRIPT, [server]).status).toBe(0);
		const { status, stdout } = run(SEE_SCRIPT, ["a (sql)", "primary", "w (sql)", "witness"]);
		expect([status, stdout]).toEqual([
			0,
			"a (sql): the new password is accepted\nw (sql): the new password is accepted\n",
		]);
		expect(read("pass")).toContain(NEXT_LINE);
	});
});

describe("the end", () => {
	test("removes what lies beside a file that is in place, and does nothing twice", () => {
		prepare();
		run(RENEW_SCRIPT, ["primary"]);
		run(SEE_SCRIPT);
		expect(run(END_SCRIPT, ["primary"])).toMatchObject({ status: 0 });
		expect(beside()).toEqual([]);
		expect(read("pass")).toContain(NEXT_LINE);
		expect(run(END_SCRIPT, ["primary"]).stdout).toBe("nothing is left to do\n");
	});

	test("leads forward where the primary has the new password: the file, and a witness that has the old one", () => {
		prepare();
		run(RENEW_SCRIPT, ["primary"]);
		expect(read("witness")).toBe(OLD);
		expect(run(END_SCRIPT, ["witness"])).toMatchObject({ status: 0 });
		expect(read("pass")).toContain(NEXT_LINE);
		expect(read("witness")).not.toBe(OLD);
		expect(beside()).toEqual([]);
	});

	test("leads back where the primary has the old one", () => {
		prepare();
		expect(run(END_SCRIPT, ["primary"]).stdout).toContain("the old password, as before");
		expect(read("pass")).toBe(FILE);
		expect(beside()).toEqual([]);
	});

	test("keeps everything where the primary does not answer", () => {
		prepare();
		rmSync(path("primary"));
		expect(run(END_SCRIPT, ["primary"])).toMatchObject({ status: 1 });
		expect(beside()).toHaveLength(3);
	});

	test("removes the input of a step that never read it", () => {
		mkdirSync(path("prepare-1"));
		writeFileSync(path("prepare-1/input"), NEW);
		process.env.REPMGR_CONSOLE_RUN = path("end-1");
		onTestFinished(() => void delete process.env.REPMGR_CONSOLE_RUN);
		expect(run(END_SCRIPT, ["primary"])).toMatchObject({ status: 0 });
		expect(existsSync(path("prepare-1/input"))).toBe(false);
	});

	test("removes what a script that was killed has left", () => {
		writeFileSync(path("pass.repmgr-console-old"), FILE);
		writeFileSync(path("pass.repmgr-console-new.part"), "half");
		expect(run(END_SCRIPT, ["primary"])).toMatchObject({ status: 0 });
		expect(beside()).toEqual([]);
		expect(read("pass")).toBe(FILE);
	});
});
