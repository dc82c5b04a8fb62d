import type { Fault, Outcome } from "../model/fault.ts";
import { sanitise } from "../text/sanitise.ts";
import type { Shell } from "../transport/ports.ts";

/** A host on which commands can be run as the owner of the database. */
export interface Host {
	readonly nodeId: number;
	readonly shell: Shell;
	readonly user: string;
	/** Path of its repmgr.conf. */
	readonly configFile: string;
}

/** For one script; FOLLOW_SCRIPT alone waits up to five seconds. */
const SCRIPT_DEADLINE_MS = 30_000;

/** Runs one of the constant scripts; any exit code but 0 is a fault. */
export async function runScript(
	{ shell, user }: Host,
	script: string,
	words: readonly string[],
	input = "",
): Promise<Outcome<string>> {
	const argv = ["timeout", "29", "sh", "-c", script, "sh", ...words];
	const outcome = await shell.run(argv, { user, input, deadlineMs: SCRIPT_DEADLINE_MS });
	if (outcome.fault !== undefined) return { fault: sanitise(outcome.fault) };
	const { exitCode, stdout, stderr } = outcome.value;
	return exitCode === 0 ? { value: stdout } : { fault: scriptFault(exitCode, stderr) };
}

function scriptFault(exitCode: number | null, stderr: string): Fault {
	const detail = sanitise(stderr.trim().slice(-500));
	return {
		kind: "command",
		message: `a script of the console ended with ${exitCode ?? "a signal"} on the host`,
		...(detail !== "" && { detail }),
	};
}
