import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
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
		const [owner, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
		// The owner writes its pid just after creating the file: an empty file is new, not a dead owner's.
		if (owner !== "" && !(await isAlive(Number(owner), mtimeMs))) await rm(path, { force: true });
		return `It is held by process ${owner}.`;
	}
}

/** proc(5): the kernel counts the start of processes in these (USER_HZ), whatever its own HZ is. */
const TICKS_PER_SECOND = 100;

/** The kernel reports the boot time in whole seconds. */
const MARGIN_MS = 2000;

/** Does the process that had this id at that time (epoch ms) still live? One that started later only has the same id. */
export async function isAlive(pid: number, at: number): Promise<boolean> {
	const own = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
	if (own === null) return false;
	// The third field follows the name in parentheses; the 22nd is the start.
	const ticks = Number(own.slice(own.lastIndexOf(")") + 2).split(" ")[19]);
	const [, bootedAt] = /^btime (\d+)$/m.exec(await readFile("/proc/stat", "utf8")) ?? [];
	return (Number(bootedAt) + ticks / TICKS_PER_SECOND) * 1000 < at + MARGIN_MS;
}
