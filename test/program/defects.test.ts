import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../config/directory.ts";
import { personsEnvironment } from "../support/terminal.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/repmgr-console", import.meta.url));

/** Causes an unexpected error in the program while it waits for a server. */
async function withDefect(defect: string) {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	const port = typeof address === "object" ? address?.port : undefined;
	// Once the server has seen it, the program is at work.
	const code = `process.on("SIGUSR2", () => { ${defect} })`;
	const home = temporaryDirectory({});
	const program = spawn(
		PROGRAM,
		["status", "-d", `host=127.0.0.1 port=${port} user=u dbname=d`, "--no-ssh"],
		{
			env: {
				...personsEnvironment({ HOME: home, XDG_STATE_HOME: home }),
				NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(code)}`,
			},
		},
	);
	let stderr = "";
	program.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
	server.once("connection", () => program.kill("SIGUSR2"));
	const [exitCode] = await once(program, "close");
	server.close();
	return { exitCode, stderr };
}

test.each(['throw new Error("boom\\u001b[2J")', 'Promise.reject(new Error("boom\\u001b[2J"))'])(
	"reports an unexpected error as a bug, with its message: %s",
	async (defect) => {
		const { exitCode, stderr } = await withDefect(defect);
		expect(stderr).toMatch(/^repmgr-console: internal error: boom\uFFFD\[2J\nDETAIL: {2}This is a bug/);
		expect(exitCode).toBe(70);
	},
);
