import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, vi } from "vitest";
import type { statusRecord } from "../../../src/presentation/status-record.ts";
import { PATIENCE } from "../../support/patience.ts";
import { personsEnvironment, Terminal, type TerminalOptions } from "../../support/terminal.ts";
import { type Cluster, FORMED, openCluster, sleep } from "../cluster.ts";
import type { RepmgrParameters } from "../form-files.ts";
import { PREFIX } from "./prefix.ts";

const CONSOLE = join(import.meta.dirname, "../../../bin/repmgr-console");

/** The conninfo of the console's role, given to almost every command. */
export const conninfoOf = (host: string, more = ""): string =>
	`host=${host} user=repmgr dbname=repmgr ${more}`.trim();

/** Without automatic failover a dead primary stays dead, so that its state can be examined. */
export const NO_FAILOVER: RepmgrParameters = { failover: "manual" };

export type StatusDocument = ReturnType<typeof statusRecord>;
export type NodeDocument = StatusDocument["nodes"][number];

export interface Finished {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
	/** From start to end. */
	readonly milliseconds: number;
}

export interface RunOptions {
	readonly env?: Readonly<Record<string, string>>;
	/** The state directory; by default a new, empty one. */
	readonly state?: string;
	/** Default 30 s. */
	readonly timeoutMs?: number;
}

/**
 * A formed cluster for the tests of one file, brought up before them and taken down after them whatever happens,
 * and the console in its bastion.
 */
export function clusterForFile(parameters: RepmgrParameters = {}): Bastion {
	const bastion = new Bastion(openCluster({ prefix: PREFIX }));
	beforeAll(async () => {
		// Removes the remains of a killed run.
		await bastion.cluster.down();
		await bastion.cluster.upFormed(parameters);
	});
	afterAll(async () => {
		await bastion.close();
		await bastion.cluster.down();
	});
	return bastion;
}

/** The same of bare hosts: neither PostgreSQL nor repmgr is installed on them. @param hosts how many. */
export function bareHostsForFile(hosts: number): Bastion {
	const bastion = new Bastion(openCluster({ prefix: PREFIX, hosts, bare: true }));
	beforeAll(async () => {
		await bastion.cluster.down();
		await bastion.cluster.up();
	});
	afterAll(async () => {
		await bastion.close();
		await bastion.cluster.down();
	});
	return bastion;
}

/**
 * Restores the file's initial cluster before a retry, because the failed attempt left it half changed. @param setUp what the file
 * has made of it before its first test.
 */
export function restoredForRetries({ cluster }: Bastion, setUp: () => Promise<void> = async () => {}): void {
	beforeEach(async ({ task }) => {
		if ((task.result?.retryCount ?? 0) === 0) return;
		await cluster.restore(FORMED);
		await setUp();
	});
}

const IDLE_SLACK_MS = 1500;

/** Runs the built console where an operator works. */
export class Bastion {
	readonly cluster: Cluster;
	readonly #directories: string[] = [];
	#memory: string | null = null;
	readonly #followings: Following[] = [];
	readonly #terminals: Terminal[] = [];

	constructor(cluster: Cluster) {
		this.cluster = cluster;
	}

	/** An empty directory, removed after the last test. */
	async directory(): Promise<string> {
		const directory = await mkdtemp(join(tmpdir(), "repmgr-console-test-"));
		this.#directories.push(directory);
		return directory;
	}

	/** A state directory shared by all runs that ask for it. */
	async memory(): Promise<string> {
		this.#memory ??= await this.directory();
		return this.#memory;
	}

	async run(
		args: readonly string[],
		{ env = {}, state, timeoutMs = 30_000 }: RunOptions = {},
	): Promise<Finished> {
		const started = performance.now();
		const process = this.#start(args, { ...env, XDG_STATE_HOME: state ?? (await this.directory()) });
		const output = collect(process);
		const exitCode = await ended(process, timeoutMs);
		return { exitCode, ...output, milliseconds: performance.now() - started };
	}

	/** The time a status may take beyond the console's own deadline: starting a program on a machine as busy as it is now. */
	async slackMs(): Promise<number> {
		return Math.max(IDLE_SLACK_MS, 6 * (await this.run(["--help"])).milliseconds);
	}

	/** How many times slower than an idle machine this one is just now; at least 1. */
	async slowness(): Promise<number> {
		return (await this.slackMs()) / IDLE_SLACK_MS;
	}

	/** `status --json` with a node's conninfo. */
	async status(host: string, args: readonly string[] = [], options?: RunOptions): Promise<StatusDocument> {
		const { stdout, stderr, exitCode } = await this.run(
			["status", "--json", "-d", conninfoOf(host), ...args],
			options,
		);
		expect(exitCode, stderr).toBeLessThanOrEqual(3);
		expect(stdout, stderr).not.toBe("");
		return JSON.parse(stdout) as StatusDocument;
	}

	/** A command that runs until it is stopped. */
	async follow(args: readonly string[], { env = {}, state }: RunOptions = {}): Promise<Following> {
		const following = new Following(
			this.#start(args, { ...env, XDG_STATE_HOME: state ?? (await this.directory()) }),
		);
		this.#followings.push(following);
		return following;
	}

	/** `status --watch --json`; returns after its first document. */
	async watch(args: readonly string[], options?: RunOptions): Promise<Watch> {
		const watch = new Watch(await this.follow(["status", "--watch", "--json", ...args], options));
		await watch.until(() => true);
		return watch;
	}

	/** The console on a pseudo terminal. */
	async terminal(
		args: readonly string[],
		/** `cwd`: the directory that it starts in. */
		options: TerminalOptions & { readonly state?: string; readonly cwd?: string } = {},
	): Promise<Terminal> {
		const state = options.state ?? (await this.directory());
		const argv = this.#argv(args, { XDG_STATE_HOME: state, ...options.env }, options.cwd);
		const terminal = new Terminal(argv, options);
		this.#terminals.push(terminal);
		return terminal;
	}

	async close(): Promise<void> {
		for (const terminal of this.#terminals) terminal.close();
		for (const following of this.#followings) await following.stop();
		for (const directory of this.#directories) await rm(directory, { recursive: true, force: true });
	}

	#argv(
		args: readonly string[],
		env: Readonly<Record<string, string>>,
		cwd?: string,
	): readonly [string, ...string[]] {
		const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
		const place = cwd === undefined ? [] : ["-C", cwd];
		return this.cluster.inBastion(["env", ...place, ...settings, CONSOLE, ...args]);
	}

	#start(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
		const [file, ...rest] = this.#argv(args, env);
		return spawn(file, rest, { stdio: ["ignore", "pipe", "pipe"], env: personsEnvironment() });
	}
}

/** A console that keeps printing. */
export class Following {
	readonly #process: ChildProcess;
	readonly #output: { stdout: string; stderr: string };
	readonly #readAt: number[] = [];

	constructor(process: ChildProcess) {
		this.#process = process;
		this.#output = collect(process);
		process.stdout?.on("data", (text: string) => {
			for (const _ of text.matchAll(/\n/g)) this.#readAt.push(Date.now());
		});
	}

	/** When each whole line was read, epoch ms; tests that measure need it later. */
	get readAt(): readonly number[] {
		return this.#readAt;
	}

	/** All whole lines so far. */
	lines(): readonly string[] {
		return this.#output.stdout.split("\n").slice(0, -1);
	}

	get errors(): string {
		return this.#output.stderr;
	}

	/**
	 * Waits until its output matches; fails at once if the console has ended without that.
	 *
	 * @returns the match and its groups.
	 */
	async until(pattern: RegExp, timeoutMs = 30_000): Promise<readonly string[]> {
		const deadline = Date.now() + timeoutMs * PATIENCE;
		for (;;) {
			// Read before the output, which may come a moment later.
			const hasEnded = this.#process.exitCode !== null || this.#process.signalCode !== null;
			if (hasEnded) await sleep(100);
			const said = this.#output.stdout + this.#output.stderr;
			const match = pattern.exec(said);
			if (match !== null) return match;
			if (hasEnded) throw new Error(`the console has ended without ${pattern}:\n${said}`);
			if (Date.now() > deadline) throw new Error(`the console has not said ${pattern}:\n${said}`);
			await sleep(20);
		}
	}

	/** Waits until the console has ended by itself; returns its exit code. */
	async end(timeoutMs: number): Promise<number> {
		const { exitCode } = this.#process;
		return exitCode ?? (await ended(this.#process, timeoutMs));
	}

	/** Ends the console as a power cut does. */
	async killHard(): Promise<void> {
		const gone = new Promise((resolve) => this.#process.once("close", resolve));
		if (this.#process.kill("SIGKILL")) await gone;
	}

	/** Ends the console as Ctrl-C does; returns its exit code. */
	async stop(): Promise<number> {
		const { exitCode, signalCode } = this.#process;
		if (exitCode !== null || signalCode !== null) return exitCode ?? 128;
		this.#process.kill("SIGINT");
		return await ended(this.#process, 5_000);
	}
}

interface Printed {
	/** When the document was read, epoch ms. */
	readonly at: number;
	readonly document: StatusDocument;
}

/** `status --watch --json`. */
export class Watch {
	readonly #following: Following;
	readonly #printed: Printed[] = [];

	constructor(following: Following) {
		this.#following = following;
	}

	/** All documents so far. */
	get documents(): readonly Printed[] {
		const { readAt } = this.#following;
		for (const line of this.#following.lines().slice(this.#printed.length)) {
			const at = readAt[this.#printed.length] ?? Number.NaN;
			this.#printed.push({ at, document: JSON.parse(line) as StatusDocument });
		}
		return this.#printed;
	}

	/** Waits until the newest document fits, and returns it. */
	async until(fits: (document: StatusDocument) => boolean, timeoutMs = 15_000): Promise<StatusDocument> {
		return await vi.waitFor(
			() => {
				const newest = this.documents.at(-1)?.document;
				if (newest !== undefined && fits(newest)) return newest;
				throw new Error(`the newest status is ${JSON.stringify(newest)}; ${this.#following.errors}`);
			},
			{ timeout: timeoutMs * PATIENCE, interval: 5 },
		);
	}

	async stop(): Promise<number> {
		return await this.#following.stop();
	}
}

/** The log file of Debian's servers. */
export const LOG_FILE = "/var/log/postgresql/postgresql-15-main.log";

/** Remembers the length of a file on some hosts; the result returns the lines added since. */
export async function linesSince(
	cluster: Cluster,
	hosts: readonly string[],
	path: string,
): Promise<() => Promise<ReadonlyMap<string, readonly string[]>>> {
	const read = async (host: string, from: number): Promise<string> =>
		(await cluster.exec(host, ["tail", "-c", `+${from + 1}`, path])).stdout;
	const sizes = new Map<string, number>();
	for (const host of hosts)
		sizes.set(host, Number((await cluster.exec(host, ["stat", "-c", "%s", path])).stdout));
	return async () => {
		const lines = new Map<string, readonly string[]>();
		for (const host of hosts) lines.set(host, (await read(host, sizes.get(host) ?? 0)).split("\n"));
		return lines;
	};
}

/** The node with this name; its absence is a failure. */
export function nodeOf(document: StatusDocument, name: string): NodeDocument {
	const node = document.nodes.find(({ nodeName }) => nodeName === name);
	if (node === undefined)
		throw new Error(`there is no "${name}" in ${document.nodes.map(({ nodeName }) => nodeName)}`);
	return node;
}

/** Between two tries, ms: each starts processes in a host, which use much of a core. */
const PAUSE_MS = 250;

/** Retries until nothing is thrown: a cluster needs a moment. */
export async function eventually<T>(attempt: () => Promise<T>, timeoutMs = 30_000): Promise<T> {
	return await vi.waitFor(attempt, { timeout: timeoutMs * PATIENCE, interval: PAUSE_MS });
}

/** Waits until a standby streams from a host, by SQL; the error has the end of repmgrd's log. */
export async function waitForStreaming(cluster: Cluster, host: string, from: string): Promise<void> {
	const sender = "SELECT sender_host FROM pg_stat_wal_receiver WHERE status = 'streaming'";
	try {
		await eventually(async () => expect(await scalar(cluster, host, sender)).toBe(from), 60_000);
	} catch (error) {
		const { stdout } = await cluster.exec(host, ["tail", "-n", "40", "/var/log/postgresql/repmgrd.log"]);
		throw new Error(`${host} does not stream from ${from}; its repmgrd says:\n${stdout}`, { cause: error });
	}
}

/** One value from SQL on a node, as the superuser. */
export async function scalar(cluster: Cluster, host: string, query: string): Promise<string> {
	return (await cluster.sql(host, query))[0]?.[0] ?? "";
}

function collect(process: ChildProcess): { stdout: string; stderr: string } {
	const output = { stdout: "", stderr: "" };
	process.stdout?.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
	process.stderr?.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
	return output;
}

async function ended(process: ChildProcess, timeoutMs: number): Promise<number> {
	const { promise, resolve, reject } = Promise.withResolvers<number>();
	const timer = setTimeout(() => {
		process.kill("SIGKILL");
		reject(new Error(`the console did not end within ${timeoutMs * PATIENCE} ms`));
	}, timeoutMs * PATIENCE);
	process.once("error", reject);
	process.once("close", (code, signal) =>
		code === null ? reject(new Error(`the console was ended by ${signal}`)) : resolve(code),
	);
	try {
		return await promise;
	} finally {
		clearTimeout(timer);
	}
}
