import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import type { Outcome } from "../cluster/fault.ts";
import type { CommandResult } from "./ports.ts";
import type { Execution } from "./ssh-connection.ts";
import { brokenFault, channelFault, deadlineFault } from "./ssh-fault.ts";
import { collectOutput, overflowFault } from "./ssh-output.ts";

/**
 * Runs one line in a channel of its own; when `signal` aborts, the channel closes. That ends a command
 * that prints or reads, but sshd lets a silent one run on: what may hang belongs behind timeout(1).
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
		const settle = (outcome: Outcome<CommandResult>): void => {
			isSettled = true;
			signal.removeEventListener("abort", abort);
			resolve(outcome);
		};
		const abort = (): void => {
			settle({
				fault: deadlineFault(
					host,
					"The command did not end before its deadline. It may still be running there.",
				),
			});
			if (channel) abandon(channel);
		};
		if (signal.aborted) return abort();
		signal.addEventListener("abort", abort);

		const opened = (error: Error | undefined, stream: ClientChannel) => {
			if (error) return settle({ fault: channelFault(host, error) });
			channel = stream;
			// An error here only says that the other side closed first; "close" follows and decides.
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
				if (exitCode === undefined) return settle({ fault: brokenFault(host) });
				settle({ value: { exitCode, stdout: stdout.text(), stderr: stderr.text() } });
			});
			stream.end(input);
		};
		try {
			// Programs print for parsing: English, without the host's locale. Servers may ignore it.
			client.exec(line, { env: { LC_ALL: "C" } }, opened);
		} catch (error) {
			settle({ fault: channelFault(host, error as Error) });
		}
	});
}

function abandon(channel: ClientChannel): void {
	channel.resume();
	channel.stderr.resume();
	channel.close();
}

/** A TCP connection from a jump host to the next one, as `ssh -W`. */
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
					detail: error.message,
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
