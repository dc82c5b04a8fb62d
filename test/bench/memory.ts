import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "../cluster/command.ts";

/**
 * Runs inside the console before its own code: at SIGUSR2 it collects garbage and writes the heap's size to the file. Plain
 * JavaScript in a URL, so that no loader or type stripping affects the measurement.
 */
const PROBE = `
import { writeFileSync, renameSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const file = process.env.REPMGR_CONSOLE_BENCH_MEMORY;
process.on("SIGUSR2", () => {
	collect();
	writeFileSync(file + ".new", JSON.stringify(process.memoryUsage()));
	renameSync(file + ".new", file);
});`;

const file = join(tmpdir(), `repmgr-console-bench-${process.pid}.json`);

/** The environment in which the console answers liveMemoryMb(). */
export const memoryProbe = (): NodeJS.ProcessEnv => ({
	NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PROBE)}`,
	REPMGR_CONSOLE_BENCH_MEMORY: file,
});

/** Megabytes of live JavaScript objects: the heap just after a collection. */
export async function liveMemoryMb(pid: number): Promise<number> {
	await rm(file, { force: true });
	process.kill(pid, "SIGUSR2");
	let text = "";
	await waitUntil("the console's answer about its memory", async () => {
		text = await readFile(file, "utf8");
		return undefined;
	});
	await rm(file, { force: true });
	return (JSON.parse(text) as NodeJS.MemoryUsage).heapUsed / 1024 / 1024;
}
