import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { Cluster } from "./cluster.ts";
import { ClusterFailure } from "./failure.ts";

/** An insert that the cluster acknowledged. */
interface Acknowledged {
	readonly id: number;
	/** Epoch ms. */
	readonly at: number;
}

/** Writes to the cluster without end, and remembers what was acknowledged, which must be there afterwards. */
export class Writer {
	readonly #cluster: Cluster;
	readonly #process: ChildProcess;
	readonly #acknowledged: Acknowledged[] = [];

	private constructor(cluster: Cluster, process: ChildProcess) {
		this.#cluster = cluster;
		this.#process = process;
		let rest = "";
		process.stdout?.on("data", (piece: Buffer) => {
			const lines = `${rest}${piece}`.split("\n");
			rest = lines.pop() ?? "";
			for (const line of lines) {
				const [id, at] = line.split(" ").map(Number);
				if (id !== undefined && at !== undefined) this.#acknowledged.push({ id, at });
			}
		});
	}

	/** @param primary the present one. */
	static async start(cluster: Cluster, primary: string, hosts: readonly string[]): Promise<Writer> {
		await cluster.sql(primary, "DROP TABLE IF EXISTS writer; CREATE TABLE writer (id int PRIMARY KEY)", {
			database: "repmgr",
		});
		const script = join(import.meta.dirname, "writer-loop.ts");
		const [file, ...args] = cluster.inBastion([process.execPath, script, ...hosts]);
		return new Writer(cluster, spawn(file, args, { stdio: ["ignore", "pipe", "ignore"] }));
	}

	get count(): number {
		return this.#acknowledged.length;
	}

	/** The longest time between two acknowledged writes since a moment (epoch ms), in ms. */
	longestGapMs(since: number): number {
		let [longest, before] = [0, Number.POSITIVE_INFINITY];
		for (const { at } of this.#acknowledged) {
			if (at >= since) longest = Math.max(longest, at - before);
			before = at;
		}
		return longest;
	}

	/** Acknowledged writes that are lost; the writer may go on meanwhile. */
	async lost(primary: string): Promise<readonly number[]> {
		const acknowledged = [...this.#acknowledged];
		const rows = await this.#cluster.sql(primary, "SELECT id FROM writer", { database: "repmgr" });
		const there = new Set(rows.map(([id]) => Number(id)));
		return acknowledged.map(({ id }) => id).filter((id) => !there.has(id));
	}

	async stop(): Promise<void> {
		if (this.#isGone()) throw new ClusterFailure("the writer ended by itself");
		await this.end();
	}

	/** Ends the writer if it still runs: after a failed test it would write on into the next one. */
	async end(): Promise<void> {
		if (this.#isGone()) return;
		const ended = new Promise((resolve) => this.#process.once("close", resolve));
		this.#process.kill("SIGTERM");
		await ended;
	}

	#isGone(): boolean {
		return this.#process.exitCode !== null || this.#process.signalCode !== null;
	}
}
