import type { Outcome } from "../../src/model/fault.ts";
import type { CommandResult, RunOptions, Shell } from "../../src/transport/ports.ts";
import { fault, type Reply } from "./fake-query.ts";
import { fixtureText } from "./fixtures.ts";

/** A host that answers as a recorded one did, unless a test overrides it. */
export class FakeShell implements Shell {
	readonly runs: { readonly argv: readonly string[]; readonly options: RunOptions; readonly at: number }[] =
		[];
	isClosed = false;
	/** Printed by each command at once. */
	onOutput = "";
	onRun: () => Reply<CommandResult> = () => ({
		value: { exitCode: 0, stdout: fixtureText("host/primary.txt"), stderr: "" },
	});

	connect(_signal: AbortSignal): Promise<Outcome<true>> {
		return Promise.resolve({ value: true });
	}

	async run(argv: readonly string[], options: RunOptions): Promise<Outcome<CommandResult>> {
		if (this.isClosed) throw new Error("a command on a closed shell");
		this.runs.push({ argv, options, at: Date.now() });
		const played = this.onRun();
		options.onOutput?.(this.onOutput);
		if (played !== "hang" && !("afterMs" in played)) return played;
		const isInTime = played !== "hang" && played.afterMs < options.deadlineMs;
		const { promise, resolve } = Promise.withResolvers<void>();
		options.signal?.addEventListener("abort", () => resolve());
		setTimeout(resolve, isInTime ? played.afterMs : options.deadlineMs);
		await promise;
		return isInTime && !options.signal?.aborted ? played.outcome : fault("timeout");
	}

	close(): void {
		this.isClosed = true;
	}
}
