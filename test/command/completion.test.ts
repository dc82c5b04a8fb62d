import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { programOf, SHELLS } from "../../src/command/arguments.ts";
import { completionCommand, completionScript } from "../../src/command/completion.ts";
import { saveClusterCache } from "../../src/config/cluster-cache.ts";
import type { Client } from "../../src/config/paths.ts";
import { recordOutput } from "../support/fake-session.ts";
import { registration } from "../support/records.ts";

const program = programOf("1.2.3", recordOutput().output, () => {});

let directory = "";
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "completion-"));
	for (const shell of SHELLS) writeFileSync(join(directory, shell), completionScript(shell, program));
	const fake = join(directory, "repmgr-console");
	writeFileSync(
		fake,
		'#!/bin/sh\necho "$@" > "$0.called"\ncase $2 in clusters) printf "prod\\ntest\\n" ;; nodes) printf \'pg1\\npg2\\n$(touch bad)\\n\' ;; esac\n',
	);
	chmodSync(fake, 0o755);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const CASES: readonly (readonly [string, readonly string[]])[] = [
	["repmgr-console stat", ["status"]],
	["repmgr-console -d host=pg1 swi", ["switchover"]],
	["repmgr-console --dbname host=pg1 swi", ["switchover"]],
	["repmgr-console --dbname=postgresql://pg1:5432/repmgr swi", ["switchover"]],
	["repmgr-console -d host=pr", []],
	["repmgr-console --them", ["--theme"]],
	["repmgr-console status --pro", ["--prometheus"]],
	["repmgr-console status --acc", ["--accept-new-host-keys"]],
	["repmgr-console config --acc", []],
	["repmgr-console --cluster p", ["prod"]],
	["repmgr-console rejoin ", ["pg1", "pg2"]],
	["repmgr-console --cluster prod rejoin pg2", ["pg2"]],
	["repmgr-console rejoin pg2 ", []],
	["repmgr-console switchover --to pg1", ["pg1"]],
	["repmgr-console fence pg1 --how r", ["read-only"]],
	["repmgr-console drill --how k", ["kill"]],
	["repmgr-console config ch", ["check"]],
	["repmgr-console help unf", ["unfence"]],
	["repmgr-console completion z", ["zsh"]],
	["repmgr-console fence pg1 --reason sta", []],
];

/** What each line is completed to. One shell for all of them: starting one takes longer than completing. */
function inBash(...lines: readonly string[]): readonly (readonly string[])[] {
	// bash hands over words that readline has cut; "compopt" works only within a completion.
	const script = `compopt() { :; }; . "$1"; shift
		while (($# > 0)); do
			COMP_WORDS=("\${@:2:$1}") COMP_CWORD=$(($1 - 1)) COMPREPLY=(); shift $(($1 + 1))
			_repmgr_console; ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"; echo "$0"
		done`;
	const words = lines
		.map((line) => line.split(/([=:]+)| /).filter((word) => word !== undefined))
		.flatMap((cut) => [String(cut.length), ...cut]);
	return perLine("bash", ["-c", script, END, join(directory, "bash"), ...words]);
}

function inFish(...lines: readonly string[]): readonly (readonly string[])[] {
	const script = "source $argv[1]; for line in $argv[3..]; complete -C $line; echo $argv[2]; end";
	const completions = perLine("fish", ["--no-config", "-c", script, join(directory, "fish"), END, ...lines]);
	// Behind a tab is what it means.
	return completions.map((words) => words.map((word) => word.split("\t")[0] ?? ""));
}

/** Printed behind the completions of a line. */
const END = "-- end --";

function perLine(shell: string, args: readonly string[]): readonly (readonly string[])[] {
	const out = execFileSync(shell, args, {
		encoding: "utf8",
		cwd: directory,
		env: { ...process.env, PATH: `${directory}:${process.env.PATH}`, HOME: directory },
	});
	return out
		.split(`${END}\n`)
		.slice(0, -1)
		.map((words) => words.split("\n").filter((word) => word !== "" && !word.startsWith("$(")));
}

const isHere = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;

describe.each([
	["bash", inBash],
	["fish", inFish],
] as const)("%s", (shell, complete) => {
	test.runIf(isHere(shell))("completes commands, options, values and names", () => {
		const lines = CASES.map(([line]) => line);
		const completions = complete(...lines);
		expect(lines.map((line, index) => [line, completions[index]])).toEqual(CASES);
	});
});

describe("bash", () => {
	test("completes the value after --cluster=", () => {
		expect(inBash("repmgr-console --cluster=p")).toEqual([["prod"]]);
	});

	test("asks for the names of the cluster and the file that were given", () => {
		inBash("repmgr-console --cluster prod --config my.yaml rejoin ");
		expect(readFileSync(join(directory, "repmgr-console.called"), "utf8")).toBe(
			"completion nodes --cluster prod --config my.yaml\n",
		);
	});

	test("never runs what a node is called", () => {
		inBash("repmgr-console rejoin ");
		expect(() => readFileSync(join(directory, "bad"))).toThrow(/ENOENT/);
	});
});

test.runIf(isHere("zsh"))("zsh reads its script", () => {
	expect(spawnSync("zsh", ["-n", join(directory, "zsh")], { encoding: "utf8" })).toMatchObject({
		status: 0,
		stderr: "",
	});
});

describe("names that are known without a connection", () => {
	const client = (): Client => ({ environment: {}, home: join(directory, "home"), osUser: "dba" });
	async function printed(what: "clusters" | "nodes", cluster?: string): Promise<readonly string[]> {
		const { out, output } = recordOutput();
		expect(
			await completionCommand(
				{ command: "completion", what, path: undefined, cluster },
				program,
				client(),
				output,
			),
		).toBe(0);
		return out;
	}

	test("are none where nothing is known", async () => {
		expect(await printed("clusters")).toEqual([]);
		expect(await printed("nodes")).toEqual([]);
	});

	test("are the clusters of the configuration file and the nodes found last time, if a shell takes them as they are", async () => {
		const { home } = client();
		mkdirSync(join(home, ".config/repmgr-console"), { recursive: true });
		writeFileSync(
			join(home, ".config/repmgr-console/config.yaml"),
			"clusters:\n  prod: { conninfo: host=pg1 }\n",
		);
		const state = join(home, ".local/state/repmgr-console");
		mkdirSync(state, { recursive: true, mode: 0o700 });
		const nodes = [
			registration(1),
			registration(2, { nodeName: "$(reboot)" }),
			registration(3, { nodeName: "fdaa:0:1::2" }),
		];
		await saveClusterCache(state, { cluster: "prod", targets: [] }, { systemIdentifier: "1", nodes });
		expect(await printed("clusters")).toEqual(["prod"]);
		expect(await printed("nodes")).toEqual(["fdaa:0:1::2", "node1"]);
		expect(await printed("nodes", "prod")).toEqual(["fdaa:0:1::2", "node1"]);
		expect(await printed("nodes", "other")).toEqual([]);
	});
});
