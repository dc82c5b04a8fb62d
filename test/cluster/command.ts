import { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";
import { PATIENCE } from "../support/patience.ts";
import { ClusterFailure } from "./failure.ts";

export interface CommandResult {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface CommandOptions {
	/** Text for standard input; without it standard input is empty. */
	readonly input?: string;
	/** Milliseconds until the command is killed (default 60 000). */
	readonly timeoutMs?: number;
	/** `false`: an exit code other than 0 is a result, not an error. */
	readonly check?: boolean;
	readonly env?: NodeJS.ProcessEnv;
	readonly cwd?: string;
	/** How to name the command in an error; default its argv. */
	readonly label?: string;
}

const INTERRUPTIONS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const interruption = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs `work`. SIGINT, SIGTERM or SIGHUP ends the command that it is running and lets no other start, so that `work` rejects
 * and its caller can clean up. Without this a clean-up would race with the work that it cleans up after.
 */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
	const controller = new AbortController();
	const interrupt = (): void => controller.abort(new ClusterFailure("interrupted"));
	for (const signal of INTERRUPTIONS) process.on(signal, interrupt);
	try {
		return await interruption.run(controller.signal, work);
	} finally {
		for (const signal of INTERRUPTIONS) process.off(signal, interrupt);
	}
}

/** Runs a clean-up to its end, also when the work around it was interrupted. */
export async function uninterrupted<T>(work: () => Promise<T>): Promise<T> {
	return await interruption.exit(work);
}

/** Throws when the work that this is part of was interrupted. */
export function throwIfInterrupted(): void {
	interruption.getStore()?.throwIfAborted();
}

/** Runs one command without a shell. Throws ClusterFailure with its stderr when it fails, cannot start or takes too long. */
export async function run(
	argv: readonly [string, ...string[]],
	options: CommandOptions = {},
): Promise<CommandResult> {
	throwIfInterrupted();
	const signal = interruption.getStore();
	const [file, ...args] = argv;
	const timeoutMs = options.timeoutMs ?? 60_000;
	const label = options.label ?? argv.join(" ");
	const child = spawn(file, args, {
		env: options.env ?? process.env,
		cwd: options.cwd ?? "/",
		stdio: "pipe",
	});
	const output = { stdout: "", stderr: "" };
	child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
	child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
	// A command may exit without reading its input; that shows in its exit code, not here.
	child.stdin.on("error", () => {}).end(options.input ?? "");

	let timedOut = false;
	const timer = setTimeout(() => {
		timedOut = true;
		child.kill("SIGKILL");
	}, timeoutMs);
	const terminate = (): void => void child.kill("SIGTERM");
	signal?.addEventListener("abort", terminate);
	try {
		const exitCode = await new Promise<number>((resolve, reject) => {
			child.on("error", reject);
			child.on("close", (code) => resolve(code ?? 128));
			// A daemon started by the command may keep the pipes open for ever, although the command itself has ended.
			child.on("exit", (code) => setTimeout(() => resolve(code ?? 128), 500).unref());
		});
		signal?.throwIfAborted();
		if (timedOut) throw new ClusterFailure(`command took longer than ${timeoutMs} ms: ${label}`);
		if (options.check !== false) requireSuccess(label, { exitCode, ...output });
		return { exitCode, ...output };
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "ENOENT") {
			throw new ClusterFailure(`command not found: ${file}`);
		}
		throw error;
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", terminate);
		child.stdout.destroy();
		child.stderr.destroy();
	}
}

/** Throws ClusterFailure with the end of what the command printed unless it exited with 0. */
export function requireSuccess(label: string, { exitCode, stdout, stderr }: CommandResult): void {
	if (exitCode === 0) return;
	throw new ClusterFailure(`command exited with ${exitCode}: ${label}`, {
		detail: (stderr.trim() || stdout.trim() || "It printed nothing.").slice(-4000),
	});
}

/** Does `work` for all items at once and waits for every one to settle, so that nothing still runs after a failure. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
	const results = await Promise.allSettled(items.map(work));
	const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
	if (errors.length === 1 || errors.some((error) => error === interruption.getStore()?.reason))
		throw errors[0];
	if (errors.length > 1) throw new AggregateError(errors, errors.map((error) => String(error)).join("\n"));
	return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

export const sleep = (milliseconds: number): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Calls `probe` until it returns no complaint. Throws ClusterFailure with the last complaint after `timeoutMs` milliseconds.
 * A probe that throws counts as a complaint: commands fail while hosts boot.
 */
export async function waitUntil(
	what: string,
	probe: () => Promise<string | undefined>,
	{
		timeoutMs = 30_000,
		intervalMs = 100,
	}: { readonly timeoutMs?: number; readonly intervalMs?: number } = {},
): Promise<void> {
	const deadline = Date.now() + timeoutMs * PATIENCE;
	for (;;) {
		throwIfInterrupted();
		const complaint = await probe().catch((error: unknown) => String(error));
		if (complaint === undefined) return;
		if (Date.now() > deadline) {
			throw new ClusterFailure(`waited ${(timeoutMs * PATIENCE) / 1000} s in vain for ${what}`, {
				detail: complaint,
			});
		}
		await sleep(intervalMs);
	}
}
