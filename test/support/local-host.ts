import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/execution/host.ts";
import type { Shell } from "../../src/transport/ports.ts";

/** This machine as a host of the cluster, with a home directory of its own. */
export class LocalHost implements Host {
	readonly nodeId: number;
	readonly user = "postgres";
	readonly configFile = "/etc/repmgr.conf";
	readonly home: string;
	/** Simulates a broken connection: the input ends after this many characters. */
	cutInputAfter: number | null = null;
	readonly shell: Shell;

	constructor(nodeId: number) {
		this.nodeId = nodeId;
		this.home = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
		// The scripts read the owner's home from the password database.
		mkdirSync(join(this.home, "bin"));
		const getent = join(this.home, "bin", "getent");
		writeFileSync(getent, `#!/bin/sh\necho "postgres:x:1:1::${this.home}:/bin/sh"\n`);
		chmodSync(getent, 0o755);
		// No test can see whether a file survives a crash, and waiting for the disk takes longer than all else.
		symlinkSync("/bin/true", join(this.home, "bin", "sync"));
		this.shell = {
			connect: async () => ({ value: true }),
			run: (argv, { input = "" }) => this.#run(argv, input),
			close() {},
		};
	}

	remove(): void {
		rmSync(this.home, { recursive: true, force: true });
	}

	#run(argv: readonly string[], input: string): ReturnType<Shell["run"]> {
		const [file = "", ...args] = argv;
		const path = `${join(this.home, "bin")}:${process.env.PATH}`;
		const child = spawn(file, args, { env: { ...process.env, PATH: path } });
		const output = { stdout: "", stderr: "" };
		child.stdout.on("data", (piece) => (output.stdout += piece));
		child.stderr.on("data", (piece) => (output.stderr += piece));
		child.stdin.on("error", () => {});
		child.stdin.end(input.slice(0, this.cutInputAfter ?? input.length));
		return new Promise((resolve) => {
			child.once("close", (exitCode) => resolve({ value: { exitCode, ...output } }));
		});
	}
}
