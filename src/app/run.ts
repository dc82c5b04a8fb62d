import { parseArguments, programOf } from "../command/arguments.ts";
import { runWithCluster } from "./run-cluster.ts";
import { client, output } from "./this-process.ts";

/** Does what the words say. @returns the exit code. */
export async function run(words: readonly string[], version: string): Promise<number> {
	const invocation = parseArguments(words, version, output);
	if (typeof invocation === "number") return invocation;
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
			const whole = programOf(version, output, () => {});
			return await completionCommand(invocation, whole, client, output);
		}
		case "replay":
			return (await import("./run-replay.ts")).runReplay(invocation);
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
