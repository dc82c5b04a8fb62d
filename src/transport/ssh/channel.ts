import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import type { Fault, Outcome } from "../../model/fault.ts";
import type { CommandResult } from "../ports.ts";
import type { Execution } from "./connection.ts";
import { bounded, brokenFault, channelFault, deadlineFault, protocolFault } from "./fault.ts";
import { collectOutput, overflowFault } from "./output.ts";

/**
 * How long a run retries when the server refuses a channel; nothing has been started then. With a low MaxSessions one is often free
 * a moment later: sshd counts a closed channel until it has processed what it read in one go, so that even consecutive commands are
 * refused now and then.
 */
const retryForMs = 3_000;
const retryEveryMs = 50;

/**
 * Runs one line in a channel of its own, which closes when `signal` aborts. That ends a command that prints or reads, but sshd lets
 * a silent one run on: run what may hang under timeout(1).
 */
export function executeOn(
	client: Client,
	host: string,
	line: string,
	{ input, signal, onOutput }: Execution,
): Promise<Outcome<CommandResult>> {
	return new Promise((resolve) => {
		let channel: ClientChannel | null = null;
		let isSettled = false;
		let refusal: Error | null = null;
		let again: NodeJS.Timeout | undefined;
		const started = performance.now();
		const settle = (outcome: Outcome<CommandResult>): void => {
			isSettled = true;
			clearTimeout(again);
			signal.removeEventListener("abort", abort);
			client.off("error", failed);
			client.off("close", lost);
			resolve(outcome);
		};
		const abort = (): void => {
			const late = "The command did not end before its deadline. It may still be running there.";
			settle({ fault: refusal ? channelFault(host, refusal) : deadlineFault(host, late) });
			if (channel) abandon(channel);
		};
		let broken: Fault | null = null;
		const failed = (error: Error): void => {
			broken = protocolFault(host, error);
		};
		const lost = (): void => {
			broken ??= brokenFault(host);
			// The channel's own "close", if it is queued already, comes first.
			setImmediate(settle, { fault: broken });
		};
		if (signal.aborted) return abort();
		signal.addEventListener("abort", abort);
		client.on("error", failed);
		client.on("close", lost);

		const opened = (error: Error | undefined, stream: ClientChannel) => {
			if (error) return refused(error);
			refusal = null;
			channel = stream;
			// An error here only means that the other side closed first; "close" follows and decides.
			stream.on("error", () => {});
			if (isSettled) return abandon(stream);
			const overflow = (): void => {
				settle({ fault: overflowFault(host) });
				abandon(stream);
			};
			const stdout = collectOutput(stream, overflow, onOutput);
			const stderr = collectOutput(stream.stderr, overflow);
			let exitCode: number | null | undefined;
			stream.on("exit", (code: number | null) => {
				exitCode = code;
			});
			stream.on("close", () => {
				if (exitCode === undefined) return settle({ fault: broken ?? brokenFault(host) });
				settle({ value: { exitCode, stdout: stdout.text(), stderr: stderr.text() } });
			});
			stream.end(input);
		};
		const open = (): void => {
			try {
				// Output is parsed, so it must be English. Servers may ignore the request.
				client.exec(line, { env: { LC_ALL: "C" } }, opened);
			} catch (error) {
				settle({ fault: channelFault(host, error as Error) });
			}
		};
		const refused = (error: Error): void => {
			if (isSettled) return;
			const isRefused = "reason" in error;
			if (isRefused && performance.now() - started < retryForMs) {
				refusal = error;
				again = setTimeout(open, retryEveryMs);
			} else settle({ fault: broken ?? channelFault(host, error) });
		};
		open();
	});
}

function abandon(channel: ClientChannel): void {
	channel.resume();
	channel.stderr.resume();
	channel.close();
}

/** A TCP connection from a jump host to the next hop, as with `ssh -W`. */
export function openTunnel(
	client: Client,
	from: string,
	host: string,
	port: number,
): Promise<Outcome<Duplex>> {
	return new Promise((resolve) => {
		const opened = (error: Error | undefined, stream: Duplex) => {
			if (!error) return resolve({ value: stream });
			const isRefused = /connection refused/i.test(error.message);
			resolve({
				fault: {
					kind: isRefused ? "refused" : "unreachable",
					message: `jump host "${from}" does not reach ${host} port ${port}`,
					detail: bounded(error.message, 500),
					hint: "Check the address as seen from the jump host, and AllowTcpForwarding there.",
				},
			});
		};
		try {
			client.forwardOut("127.0.0.1", 0, host, port, opened);
		} catch (error) {
			resolve({ fault: channelFault(from, error as Error) });
		}
	});
}
