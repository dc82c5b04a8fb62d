import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { waitUntil } from "./command.ts";

/**
 * Does `work` while holding the lock file at `path`, so that two processes do not build one thing at the same time.
 * A lock whose owner has died is taken over. Waits up to `timeoutMs` milliseconds.
 */
export async function withLock<T>(path: string, work: () => Promise<T>, timeoutMs = 600_000): Promise<T> {
	await mkdir(dirname(path), { recursive: true });
	await waitUntil(`the lock ${path}`, () => tryLock(path), { timeoutMs, intervalMs: 200 });
	try {
		return await work();
	} finally {
		await rm(path, { force: true });
	}
}

async function tryLock(path: string): Promise<string | undefined> {
	try {
		await writeFile(path, String(process.pid), { flag: "wx" });
		return undefined;
	} catch {
		const owner = (await readFile(path, "utf8")).trim();
		// The owner writes its pid just after it created the file: an empty file is a young one, not a dead owner's.
		if (owner !== "" && !isRunning(Number(owner))) await rm(path, { force: true });
		return `It is held by process ${owner}.`;
	}
}

/** Whether a process with this id exists. */
export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
