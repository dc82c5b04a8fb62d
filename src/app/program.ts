import packageJson from "../../package.json" with { type: "json" };
import { EXIT_CODE } from "../command/exit-code.ts";
import { written } from "../ui/terminal/output.ts";
import { defect, ended, exitCodeAfter, HANG_UP_MS, output, program } from "./this-process.ts";

// The composition root: this room knows everything, and only this file ends the process.
process.on("uncaughtException", (error) => process.exit(ended(defect(error))));
const exitCode = ended(await run(process.argv.slice(2)).catch(defect));
// Write errors arrive later.
await written([process.stdout, process.stderr], HANG_UP_MS);
// A new process has nothing of the cluster before: no listener, no session, no remembered finding.
if (program.next !== null)
	process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...program.next]);
process.exit(exitCodeAfter(exitCode));

async function run(words: readonly string[]): Promise<number> {
	const { version } = packageJson;
	// Needs none of the commands.
	if (words.length === 1 && ["--version", "-V"].includes(words[0] ?? "")) {
		output.out(version);
		return EXIT_CODE.ok;
	}
	return (await import("./run.ts")).run(words, version);
}
