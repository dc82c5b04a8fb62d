import type { Fault, Outcome } from "../../model/fault.ts";
import type { CommandResult, RunOptions, Shell } from "../../transport/ports.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { BASTION, type PracticeNode } from "../cluster/state.ts";
import { runProgram } from "../programs/index.ts";
import { SCRIPTS } from "./scripts.ts";

const LOGIN_MS = 80;
const ROUND_TRIP_MS = 25;
/** ConnectTimeout of a login. */
const CONNECT_MS = 4000;

/** The host of one node, over an SSH connection that never is one. */
export class PracticeShell implements Shell {
	readonly #cluster: Cluster;
	readonly #node: PracticeNode;
	#isLoggedIn = false;

	constructor(cluster: Cluster, node: PracticeNode) {
		this.#cluster = cluster;
		this.#node = node;
	}

	async connect(signal: AbortSignal): Promise<Outcome<true>> {
		const isReached = this.#cluster.reaches(BASTION, this.#node.nodeId);
		await waited(isReached ? LOGIN_MS : CONNECT_MS, signal);
		if (signal.aborted) return { fault: late(this.#node) };
		if (!isReached) return { fault: noHost(this.#node) };
		this.#isLoggedIn = true;
		return { value: true };
	}

	async run(argv: readonly string[], options: RunOptions): Promise<Outcome<CommandResult>> {
		const node = this.#node;
		if (!this.#cluster.reaches(BASTION, node.nodeId)) {
			await waited(Math.min(CONNECT_MS, options.deadlineMs), options.signal);
			this.#isLoggedIn = false;
			return { fault: noHost(node) };
		}
		await waited(this.#isLoggedIn ? ROUND_TRIP_MS : LOGIN_MS, options.signal);
		this.#isLoggedIn = true;
		const ran = this.#command(argv, options);
		const deadline = new Promise<null>((resolve) =>
			setTimeout(() => resolve(null), options.deadlineMs).unref?.(),
		);
		const result = await Promise.race([ran, deadline]);
		if (result === null || options.signal?.aborted) return { fault: late(node) };
		options.onOutput?.(result.stdout);
		return { value: result };
	}

	/** A constant script of the console, or a command of an operation. */
	async #command(argv: readonly string[], { input = "" }: RunOptions): Promise<CommandResult> {
		const [timeout, , shell, option, script = "", , ...words] = argv;
		const answer =
			timeout === "timeout" && shell === "sh" && option === "-c" ? SCRIPTS.get(script) : undefined;
		if (answer !== undefined) {
			const stdout = await answer({ cluster: this.#cluster, node: this.#node, words, input });
			return { exitCode: 0, stdout, stderr: "" };
		}
		const out = { stdout: "", stderr: "" };
		const exitCode = await runProgram(this.#cluster, this.#node, argv, {
			input,
			print: (line) => (out.stdout += `${line}\n`),
			say: (line) => (out.stderr += `${line}\n`),
		});
		return { exitCode, ...out };
	}

	close(): void {
		this.#isLoggedIn = false;
	}
}

/** A host to which no connection comes about. */
export function deadShell(fault: Fault): Shell {
	return {
		connect: () => Promise.resolve({ fault }),
		run: () => Promise.resolve({ fault }),
		close: () => undefined,
	};
}

function waited(ms: number, signal?: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, ms);
		signal?.addEventListener("abort", () => resolve(), { once: true });
	});
}

const noHost = ({ host, address }: PracticeNode): Fault => ({
	kind: "unreachable",
	message: `host "${host}" can't be reached by ssh from here`,
	detail: `No answer from ${address} port 22 in time.`,
	code: "ETIMEDOUT",
});

const late = ({ host }: PracticeNode): Fault => ({
	kind: "timeout",
	message: `no answer from "${host}" in time`,
});
