import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Cluster } from "../cluster/cluster.ts";
import { ClusterFailure } from "../cluster/failure.ts";
import { consoleArgv, type StatusRecord } from "./console.ts";
import { Changes } from "./wait.ts";

interface Line {
	/** Epoch ms at which the line was read, with fractions. */
	readonly at: number;
	readonly record: StatusRecord;
}

/** `status --watch --json`, each line with the time at which it was read. */
export class Watch {
	readonly #child;
	readonly #lines: Line[] = [];
	readonly #changes = new Changes();

	constructor(cluster: Cluster, args: readonly string[]) {
		const [file, ...rest] = consoleArgv(cluster, ["status", "--watch", "--json", ...args]);
		this.#child = spawn(file, rest, { stdio: ["ignore", "pipe", "inherit"], cwd: "/" });
		this.#child.on("exit", (code) => this.#changes.end(`The console exited with ${code}.`));
		createInterface({ input: this.#child.stdout }).on("line", (text) => {
			const at = performance.timeOrigin + performance.now();
			this.#lines.push({ at, record: JSON.parse(text) as StatusRecord });
			this.#changes.announce();
		});
	}

	/** Of node itself, as with Screen. */
	get pid(): number {
		const { pid } = this.#child;
		if (pid === undefined) throw new ClusterFailure("status --watch did not start");
		return pid;
	}

	/** The first line since `since` (epoch ms) that shows what is looked for: when it came. */
	async until(
		what: string,
		since: number,
		isShown: (record: StatusRecord) => boolean,
		timeoutMs = 60_000,
	): Promise<number> {
		const find = (): number | undefined =>
			this.#lines.find(({ at, record }) => at >= since && isShown(record))?.at;
		return await this.#changes.until(what, find, timeoutMs);
	}

	/** Waits until the newest line shows what is looked for. */
	async untilNow(
		what: string,
		isShown: (record: StatusRecord) => boolean,
		timeoutMs = 60_000,
	): Promise<void> {
		const find = (): true | undefined => {
			const newest = this.#lines.at(-1);
			return newest && isShown(newest.record) ? true : undefined;
		};
		await this.#changes.until(what, find, timeoutMs);
	}

	close(): void {
		this.#child.kill("SIGTERM");
	}
}
