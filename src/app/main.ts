import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import packageJson from "../../package.json" with { type: "json" };
import { type Invocation, parseArguments, programOf } from "../command/arguments.ts";
import { distrust } from "../config/own-file.ts";
import { type Client, cacheDirectory } from "../config/paths.ts";
import { written } from "../ui/terminal/output.ts";
import { runWithCluster } from "./run-cluster.ts";
import { client, defect, ended, exitCodeAfter, HANG_UP_MS, output, program } from "./this-process.ts";

// The composition root: this room knows everything, and only this file ends the process.
keepCompiledCode(client);
process.on("uncaughtException", (error) => process.exit(ended(defect(error))));
const invocation = parseArguments(process.argv.slice(2), packageJson.version, output);
const exitCode = ended(typeof invocation === "number" ? invocation : await run(invocation).catch(defect));
// Write errors arrive later.
await written([process.stdout, process.stderr], HANG_UP_MS);
// A new process has nothing of the cluster before: no listener, no session, no remembered finding.
if (program.next !== null)
	process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...program.next]);
process.exit(exitCodeAfter(exitCode));

/** Saves a third of the start-up time. Not in /tmp, Node's default, where others could plant code. */
function keepCompiledCode(client: Client): void {
	const directory = cacheDirectory(client);
	try {
		mkdirSync(directory, { recursive: true, mode: 0o700 });
		if (distrust(directory) === null) enableCompileCache(directory);
	} catch {
		// A read-only home costs only some milliseconds.
	}
}

async function run(invocation: Invocation): Promise<number> {
	switch (invocation.command) {
		case "config init":
		case "config check": {
			const { configCheck, configInit } = await import("../command/config.ts");
			if (invocation.command === "config init") return configInit(invocation.path, client, output);
			const { checkTheme, judgeScreen } = await import("./compose-screen.ts");
			return configCheck(invocation.path, client, output, { judge: judgeScreen, checkTheme });
		}
		case "completion": {
			const { completionCommand } = await import("../command/completion.ts");
			const whole = programOf(packageJson.version, output, () => {});
			return await completionCommand(invocation, whole, client, output);
		}
		case "practice":
			return (await import("./run-practice.ts")).runPractice(invocation);
		case "bootstrap init": {
			const { bootstrapInit } = await import("../command/bootstrap.ts");
			return bootstrapInit(invocation, output);
		}
		case "bootstrap":
			return (await import("./run-bootstrap.ts")).runBootstrap(invocation);
		default:
			return runWithCluster(invocation);
	}
}
