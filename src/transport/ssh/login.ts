import { connect } from "node:net";
import type { Duplex } from "node:stream";
import ssh2, { type AnyAuthMethod, type Client } from "ssh2";
import type { Fault, Outcome } from "../../model/fault.ts";
import { names } from "../names.ts";
import { allowedAlgorithms } from "./algorithms.ts";
import { connectFault, deadlineFault, droppedFault, noConnectionFault } from "./fault.ts";
import { guardClient } from "./guard.ts";
import { type AcceptNew, hostKeyCheck } from "./host-key.ts";
import { loginFault } from "./identities.ts";
import type { Hop } from "./route.ts";

/** Detects a dead connection after three unanswered keepalives, in 15 to 20 seconds. */
const keepaliveIntervalMs = 5_000;
const keepaliveCountMax = 3;

/**
 * Connects, checks the host key and logs in. `tunnel` carries the connection to a host behind a jump host. On a fault or an abort
 * nothing stays open.
 */
export function logIn(
	hop: Hop,
	tunnel: Duplex | null,
	acceptNew: AcceptNew,
	signal: AbortSignal,
): Promise<Outcome<Client>> {
	const { config, identities } = hop;
	const { host, hostname, port } = config;
	const address = `${hostname} port ${port}`;
	const check = hostKeyCheck(config, hop.knownHosts, config.acceptNewHostKeys || acceptNew);
	const methods = identities.attempts.map((attempt) => attempt.method);
	return new Promise((resolve) => {
		const client = new ssh2.Client();
		const socket = tunnel ?? openSocket(hop);
		let isReached = tunnel !== null;
		let keyFault: Fault | null = null;
		let offered: readonly string[] = [];

		const settle = (outcome: Outcome<Client>): void => {
			signal.removeEventListener("abort", abort);
			if (outcome.fault) socket.destroy();
			resolve(outcome);
		};
		const abort = (): void => {
			const fault = isReached
				? deadlineFault(host, `${address} accepts connections, but the ssh login did not end.`)
				: noConnectionFault(host, hostname, port);
			settle({ fault });
		};

		socket.once("connect", () => {
			isReached = true;
		});
		client.on("handshake", () => {
			keyFault = check.remember();
			if (keyFault) settle({ fault: keyFault });
		});
		client.on("ready", () => settle({ value: client }));
		// Never removed: an error without a listener would end the process.
		client.on("error", (error) => {
			// The agent refused to sign; ssh2 continues with the next method.
			if (error.level === "agent") return;
			if (keyFault) return settle({ fault: keyFault });
			if (error.level === "client-authentication") {
				return settle({ fault: loginFault(config, identities, offered) });
			}
			settle({ fault: connectFault(host, address, error) });
		});
		client.on("close", () => settle({ fault: droppedFault(host) }));

		if (signal.aborted) return abort();
		signal.addEventListener("abort", abort);
		try {
			client.connect({
				sock: socket as never,
				username: config.user,
				// The signal is the timeout; it covers the jump hosts too.
				readyTimeout: 0,
				keepaliveInterval: keepaliveIntervalMs,
				keepaliveCountMax,
				algorithms: { ...allowedAlgorithms(config), serverHostKey: check.algorithms },
				hostVerifier: (key: Buffer) => {
					keyFault = check.judge(key);
					return keyFault === null;
				},
				authHandler: (left, _isPartial, next) => {
					// Null at the first call, before the server has answered.
					offered = left ?? offered;
					next(methods.shift() ?? (false as unknown as AnyAuthMethod));
				},
			});
			guardClient(client, socket);
		} catch (error) {
			settle({ fault: connectFault(host, address, error as Error) });
		}
	});
}

/** Without Nagle's algorithm, which costs 40 ms in every handshake and round trip. */
function openSocket({ config }: Hop) {
	const family = { any: 0, inet: 4, inet6: 6 }[config.addressFamily];
	return connect({ host: config.hostname, port: config.port, family, noDelay: true, lookup: names.lookup });
}
