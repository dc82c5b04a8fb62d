import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { type Invocation, parseArguments } from "./command/arguments.ts";
import { EXIT_CODE } from "./command/exit-code.ts";
import { formatFault, formatProblems } from "./command/fault-text.ts";
import type { Output } from "./command/output.ts";
import { FIRST_PICTURE_MS, statusCommand, watchStatus } from "./command/status.ts";
import { type Client, thisClient } from "./config/paths.ts";
import type { Session } from "./session.ts";

/** The composition root: the only file that knows everything, the only one that ends the process. */
const output: Output = {
	out: (text) => process.stdout.write(`${text}\n`),
	err: (text) => process.stderr.write(`${text}\n`),
};

const client = thisClient();
keepCompiledCode(client);
// `repmgr-console status | head`: a reader that leaves is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code === "EPIPE") process.exit(EXIT_CODE.ok);
	throw error;
});
const invocation = parseArguments(process.argv.slice(2), packageJson.version, output);
process.exit(typeof invocation === "number" ? invocation : await run(invocation));

/** Saves a third of the start. Not in /tmp, Node's own choice, where others could put code for us to run. */
function keepCompiledCode({ environment, home }: Client): void {
	const directory = join(environment.XDG_CACHE_HOME ?? join(home, ".cache"), "repmgr-console");
	try {
		mkdirSync(directory, { recursive: true, mode: 0o700 });
		enableCompileCache(directory);
	} catch {
		// A read-only home costs some milliseconds, nothing else.
	}
}

async function run(invocation: Invocation): Promise<number> {
	switch (invocation.command) {
		case "config init":
		case "config check": {
			const { configCheck, configInit } = await import("./command/config.ts");
			const command = invocation.command === "config init" ? configInit : configCheck;
			return command(invocation.path, client, output);
		}
		case "screen":
		case "status":
		case "events":
			return withCluster(invocation);
	}
}

async function withCluster(invocation: Extract<Invocation, { access: unknown }>): Promise<number> {
	const { composeSession } = await import("./compose.ts");
	const { openSession } = await import("./session.ts");
	const composed = await composeSession(invocation.access, client, (text) =>
		output.err(`repmgr-console: warning: ${text}`),
	);
	if (composed.problems !== undefined) {
		output.err(formatProblems(composed.problems));
		return composed.problems[0]?.exitCode ?? EXIT_CODE.configuration;
	}
	const isScreen = invocation.command === "screen" && process.stdout.isTTY && process.stdin.isTTY;
	const session = openSession({ ...composed.value, looksAtHostsOnlyInTrouble: !isScreen });
	try {
		switch (invocation.command) {
			case "status": {
				return invocation.watch
					? await watchStatus(session, invocation.format, output, interrupted())
					: await statusCommand(session, invocation.format, output);
			}
			case "events": {
				const { eventsCommand } = await import("./command/events.ts");
				return await eventsCommand(
					session,
					{ ...invocation, follow: invocation.follow ? interrupted() : null },
					output,
				);
			}
			case "screen": {
				if (!isScreen) {
					const exitCode = await statusCommand(session, "text", output);
					output.err(
						"\nThe screen needs a terminal: run repmgr-console without redirection (over ssh with -t).",
					);
					return exitCode;
				}
				return await showScreen(session);
			}
		}
	} finally {
		session.close();
	}
}

/** The screen opens as soon as one node is known; an error that leaves none is printed instead. */
async function showScreen(session: Session): Promise<number> {
	const { openScreen } = await import("./ui/open-screen.tsx");
	const picture =
		session.store.getState().nodes.size > 0 ? null : await session.firstPicture(FIRST_PICTURE_MS);
	if (picture?.fault !== undefined) {
		output.err(formatFault(picture.fault));
		return EXIT_CODE.unknown;
	}
	await openScreen(session);
	return EXIT_CODE.ok;
}

/** Aborted by Ctrl-C, SIGTERM or the end of the terminal. */
function interrupted(): AbortSignal {
	const controller = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
		process.once(signal, () => controller.abort());
	return controller.signal;
}
