import pty from "@lydell/node-pty";
import xterm from "@xterm/headless";
import type { Cluster } from "../cluster/cluster.ts";
import { ClusterFailure } from "../cluster/failure.ts";
import { consoleArgv } from "./console.ts";
import { Changes } from "./wait.ts";

const SIZE = { cols: 160, rows: 50 };

/** The end of a synchronized update, which each frame is once the terminal has said that it has them. */
const FRAME_END = "\u001b[?2026l";

/** The console on a terminal of its own, as an operator sees it. */
export class Screen {
	readonly #started = performance.now();
	readonly #pty;
	readonly #terminal;
	readonly #rows: number;
	readonly #changes = new Changes();
	#bytes = 0;
	readonly #frames: number[] = [0];
	#paints = 0;
	#ended = false;

	constructor(
		cluster: Cluster,
		args: readonly string[],
		environment: NodeJS.ProcessEnv = {},
		size: { readonly cols: number; readonly rows: number } = SIZE,
	) {
		this.columns = size.cols;
		this.#rows = size.rows;
		this.#terminal = new xterm.Terminal({ ...size, allowProposedApi: true });
		const [file, ...rest] = consoleArgv(cluster, args);
		this.#pty = pty.spawn(file, rest, {
			...size,
			name: "xterm-256color",
			cwd: "/",
			env: { ...process.env, ...environment, CI: "" },
		});
		this.#pty.onData((data) => {
			this.#bytes += Buffer.byteLength(data);
			this.#countFrames(data);
			this.#terminal.write(data, () => {
				this.#paints++;
				this.#changes.announce();
			});
		});
		this.#terminal.onData((answer) => this.#pty.write(answer));
		this.#pty.onExit(({ exitCode }) => {
			this.#ended = true;
			this.#changes.end(`The console exited with ${exitCode}.`);
		});
	}

	/** Everything from `ip netns exec` to node is replaced by exec: this is node itself. */
	get pid(): number {
		return this.#pty.pid;
	}

	readonly columns: number;

	/** Bytes written to the terminal so far. */
	get bytes(): number {
		return this.#bytes;
	}

	/** The bytes of each frame so far. */
	get frames(): readonly number[] {
		return this.#frames.slice(0, -1);
	}

	#countFrames(data: string): void {
		const [rest = "", ...next] = data.split(FRAME_END);
		const last = this.#frames.length - 1;
		this.#frames[last] = (this.#frames[last] ?? 0) + Buffer.byteLength(rest);
		for (const part of next) this.#frames.push(Buffer.byteLength(part));
	}

	/** How often something was written that the screen now shows. */
	get paints(): number {
		return this.#paints;
	}

	/** What each cell shows, with its colours, line by line: to be compared, not read. */
	get cells(): readonly (readonly string[])[] {
		const { active } = this.#terminal.buffer;
		return Array.from({ length: this.#rows }, (_, row) => {
			const line = active.getLine(row);
			return Array.from({ length: this.columns }, (_, column) => {
				const cell = line?.getCell(column);
				if (!cell) return "";
				const style = [cell.getFgColor(), cell.getBgColor(), cell.isBold(), cell.isDim(), cell.isInverse()];
				return `${cell.getChars() || " "} ${style.join(" ")}`;
			});
		});
	}

	press(keys: string): void {
		this.#pty.write(keys);
	}

	get lines(): readonly string[] {
		const { active } = this.#terminal.buffer;
		return Array.from({ length: this.#rows }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
	}

	/** Ms from the start of the process until the screen shows what is looked for. */
	async until(
		what: string,
		isShown: (lines: readonly string[]) => boolean,
		timeoutMs = 30_000,
	): Promise<number> {
		const find = (): number | undefined =>
			isShown(this.lines) ? performance.now() - this.#started : undefined;
		try {
			return await this.#changes.until(what, find, timeoutMs);
		} catch (error) {
			const shown = this.lines.filter((line) => line !== "").join("\n");
			throw new ClusterFailure(String(error), { detail: `The screen shows:\n${shown}` });
		}
	}

	/** Its pid may be another process's once it has ended. */
	close(): void {
		if (!this.#ended) this.#pty.kill("SIGTERM");
	}
}

/** Whether the table has a row of this node with a status that matches. */
export function showsNode(lines: readonly string[], nodeName: string, status: RegExp): boolean {
	const row = lines.find((line) => new RegExp(`^[▸· ] *\\d+ .*\\b${nodeName}\\b`).test(line));
	return row !== undefined && status.test(row);
}

/** The status of a node that was read. */
export const READ = /\b(running|streaming|catching up|detached)\b/;

/** The status of a node that does not answer. */
export const DEAD = /\b(unreachable|hung|refusing|stopped)\b/;
