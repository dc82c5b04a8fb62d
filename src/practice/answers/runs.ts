import {
	CLAIM_SCRIPT,
	FOLLOW_SCRIPT,
	LOCK_SCRIPT,
	READ_LOCK_SCRIPT,
	REJOIN_LOG_SCRIPT,
	RELEASE_SCRIPT,
	START_SCRIPT,
} from "../../execution/remote-scripts.ts";
import type { Run } from "../cluster/state.ts";
import { runProgram } from "../programs/index.ts";
import type { ScriptCall } from "./script-call.ts";

/** FOLLOW_SCRIPT looks so often, and waits so long. */
const LOOK_MS = 250;
const FOLLOW_MS = 5000;

/** The scripts of execution/: detached runs, and the lock. */
export const RUN_SCRIPTS: readonly (readonly [string, (call: ScriptCall) => string | Promise<string>])[] = [
	[START_SCRIPT, start],
	[CLAIM_SCRIPT, claim],
	[FOLLOW_SCRIPT, follow],
	[LOCK_SCRIPT, takeLock],
	[RELEASE_SCRIPT, release],
	[READ_LOCK_SCRIPT, ({ node, words }) => base64(node.files.get(`lock-${words[0]}`)?.split("\n")[1] ?? "")],
	[REJOIN_LOG_SCRIPT, () => ""],
];

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** RUN_SCRIPT OPERATION STEP CONF, then the command. */
function start({ cluster, node, words }: ScriptCall): string {
	const [, operation, step, , ...argv] = words;
	const key = `${operation}/${step}`;
	if (node.runs.has(key)) return "exists\n";
	// An operation's id is TIME-KIND-RANDOM.
	const [, kind = "operation"] = /^[^-]+-(.+)-[^-]+$/.exec(operation ?? "") ?? [];
	if (!cluster.nodes.some(({ runs }) => [...runs.keys()].some((one) => one.startsWith(`${operation}/`))))
		cluster.note(kind, "you");
	const run: Run = { argv, stdout: "", stderr: "", exitCode: null };
	node.runs.set(key, run);
	const program = runProgram(cluster, node, argv, {
		input: "",
		print: (line) => {
			run.stdout += `${line}\n`;
		},
		say: (line) => {
			run.stderr += `${line}\n`;
		},
	});
	void program.then((exitCode) => {
		run.exitCode = exitCode;
	});
	return "started\n";
}

function claim({ node, words }: ScriptCall): string {
	const key = `${words[0]}/${words[1]}`;
	const run = node.runs.get(key);
	if (run !== undefined) return run.never ? "never\n" : "begun\n";
	node.runs.set(key, { argv: [], stdout: "", stderr: "", exitCode: null, never: true });
	return "never\n";
}

/** OPERATION STEP, and how many bytes of stdout and stderr are known. */
async function follow({ node, words }: ScriptCall): Promise<string> {
	const [operation, step, knownOut, knownErr] = words;
	const run = node.runs.get(`${operation}/${step}`);
	if (run === undefined || run.never) return "state absent\n";
	const [out, err] = [Number(knownOut), Number(knownErr)];
	const news = (): readonly [Buffer, Buffer] => [
		Buffer.from(run.stdout).subarray(out),
		Buffer.from(run.stderr).subarray(err),
	];
	for (let waited = 0; waited < FOLLOW_MS && run.exitCode === null; waited += LOOK_MS) {
		if (news().some(({ length }) => length > 0)) break;
		await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
	}
	const [stdout, stderr] = news();
	const state = run.exitCode === null ? "running" : `exit ${run.exitCode}`;
	return `state ${state}\nstdout ${stdout.toString("base64")}\nstderr ${stderr.toString("base64")}\n`;
}

/** Files hold the holder on the first line and the operation on the second. */
function takeLock({ node, words, input }: ScriptCall): string {
	const name = `lock-${words[0]}`;
	const held = node.files.get(name);
	if (held !== undefined) return `held\n${held.split("\n")[0]}\n`;
	node.files.set(name, input);
	return "taken\n";
}

function release({ node, words }: ScriptCall): string {
	const [system, operation = ""] = words;
	const name = `lock-${system}`;
	const isRewound = [...node.runs].some(([key, { exitCode }]) => key.includes("/rejoin") && exitCode === 0);
	if (isRewound) node.files.delete("rewind");
	const held = node.files.get(name);
	if (held !== undefined && operation !== "" && !held.includes(`"operationId":"${operation}"`))
		return "other\n";
	node.files.delete(name);
	return "released\n";
}
