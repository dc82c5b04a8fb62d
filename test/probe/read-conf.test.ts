import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CONF_VALUE } from "../../src/probe/shell-functions.ts";
import { copiedFiles, scanWithIncludes } from "../../src/repmgr/includes.ts";
import { type ConfCase, INCLUDES, SHAPES } from "../fixtures/repmgr-conf/cases.ts";
import verdicts from "../fixtures/repmgr-conf/verdicts.json" with { type: "json" };

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** The variables that a script has after CONF_VALUE. */
function inShell(
	main: string,
	names: readonly string[],
	shell = "sh",
	options = "",
): Readonly<Record<string, string>> {
	const print = names.map((name) => `printf '%s=%s\\0' ${name} "$${name}"`).join("; ");
	const script = `LC_ALL=C; ${options}conf=$1; ${CONF_VALUE}\n${print}`;
	const out = execFileSync(shell, ["-c", script, "sh", join(directory, main)], { encoding: "utf8" });
	return Object.fromEntries(
		out
			.split("\0")
			.filter(Boolean)
			.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
	);
}

function write(files: Readonly<Record<string, string>>): void {
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(directory, path)), { recursive: true });
		writeFileSync(join(directory, path), text.replaceAll("/mnt/", `${directory}/`));
	}
}

/** The values that count, by the scanner that is held against repmgr's in test/repmgr/verdicts.test.ts. */
function expected({ main, files }: ConfCase): Readonly<Record<string, string>> {
	const texts = Object.entries(files).map(
		([path, text]) => [join(directory, path), text.replaceAll("/mnt/", `${directory}/`)] as const,
	);
	const { entries } = scanWithIncludes(join(directory, main), copiedFiles(new Map(texts)));
	// The shell's values are one line each.
	return Object.fromEntries(entries.map(({ name, value }) => [`conf_${name}`, value]));
}

const ACCEPTED = [...INCLUDES, ...SHAPES].filter(
	({ name }) => verdicts[name as keyof typeof verdicts].isAccepted,
);

test.each(ACCEPTED.map((one) => [one.name, one] as const))(
	"the scripts on hosts read what repmgr reads: %s",
	(_, one) => {
		write(one.files);
		const values = expected(one);
		expect(inShell(one.main, Object.keys(values))).toEqual(values);
		const hasEmptyName = Object.values(one.files).some((text) => text.includes("include ''"));
		expect(inShell(one.main, ["is_unread"])).toEqual({ is_unread: hasEmptyName ? "yes" : "" });
	},
);

describe("what can't be read is told", () => {
	test.each(
		[...INCLUDES]
			.filter(({ name }) => !ACCEPTED.some((one) => one.name === name) && !/quotes|syntax/.test(name))
			.map((one) => [one.name, one] as const),
	)("%s", (_, one) => {
		write(one.files);
		expect(inShell(one.main, ["is_unread", "conf_node_name"])).toEqual({
			is_unread: "yes",
			conf_node_name: "pg1",
		});
	});
});

test("files that include themselves a hundred times end soon", () => {
	write({
		"repmgr.conf": `node_name=pg1\n${"include 'a.conf'\n".repeat(100)}`,
		"a.conf": "include 'b.conf'\n".repeat(100),
		"b.conf": "include 'a.conf'\n".repeat(100),
	});
	expect(inShell("repmgr.conf", ["is_unread"])).toEqual({ is_unread: "yes" });
});

test.each(["sh", "bash", "dash"])(
	"%s with globbing off reads a directory, and leaves globbing off",
	(shell) => {
		write({ "repmgr.conf": "include_dir 'conf.d'\n", "conf.d/a.conf": "priority=7\n" });
		expect(inShell("repmgr.conf", ["conf_priority", "-"], shell, "set -f; ").conf_priority).toBe("7");
		expect(inShell("repmgr.conf", ["-"], shell, "set -f; ")["-"]).toMatch(/f/);
	},
);

test("names and values are data: nothing is run, and no variable of the script is set", () => {
	write({
		"repmgr.conf":
			"count_read='a[$(touch pwned)]'\nfiles=1\nconf='/etc/passwd'\nnode_name='$(touch pwned)`touch pwned`'\nx;touch='y'\ninclude '$(touch pwned).conf'\n",
	});
	const { conf_node_name, conf, files_read } = inShell("repmgr.conf", [
		"conf_node_name",
		"conf",
		"files_read",
	]);
	expect(conf_node_name).toBe("$(touch pwned)`touch pwned`");
	expect(conf).toBe(join(directory, "repmgr.conf"));
	expect(files_read?.split("\n")).toContain(join(directory, "$(touch pwned).conf"));
	expect(() => execFileSync("ls", ["pwned", join(directory, "pwned")], { stdio: "pipe" })).toThrow(
		/No such file/,
	);
});
