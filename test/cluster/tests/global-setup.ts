import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { PREFIX } from "./prefix.ts";

/** Says what a run leaves out. Takes the hosts down however the run ends, even when it is interrupted and no hook runs any more. */
export function setup(): () => void {
	const leftOut = process.env.REPMGR_CONSOLE_TEST_LEFT_OUT;
	if (leftOut) process.stdout.write(`Not run, since others take their turn: ${leftOut}.\n`);
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
		process.once(signal, () => {
			takeDown();
			process.exit(1);
		});
	}
	return takeDown;
}

function takeDown(): void {
	const cli = join(import.meta.dirname, "../cli.ts");
	spawnSync(process.execPath, [cli, "down", "--prefix", PREFIX], { stdio: "inherit" });
}
