import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import type { Outcome } from "../../model/fault.ts";
import { executeOn, openTunnel } from "./channel.ts";
import { type Connection, orAborted } from "./connection.ts";
import { bounded, deadlineFault } from "./fault.ts";
import type { AcceptNew } from "./host-key.ts";
import { logIn } from "./login.ts";
import type { Route } from "./route.ts";

/** Opens a connection within this process (ssh2), through the jump hosts of the route. */
export async function openInProcess(
	route: Route,
	acceptNew: AcceptNew,
	signal: AbortSignal,
): Promise<Outcome<Connection>> {
	const clients: Client[] = [];
	const close = (): void => {
		// The target first: its connection runs through the others. Not end(): with a dead host it would keep the socket, and so this
		// process, for minutes.
		for (const client of clients.toReversed()) client.destroy();
	};
	let tunnel: Duplex | null = null;
	for (const [index, hop] of route.hops.entries()) {
		const login: Outcome<Client> = await logIn(hop, tunnel, acceptNew, signal);
		if (login.fault) {
			close();
			return login;
		}
		clients.push(login.value);
		const next = route.hops[index + 1];
		if (next === undefined) break;
		const { host } = hop.config;
		const opened: Outcome<Duplex> = await orAborted(
			openTunnel(login.value, host, next.config.hostname, next.config.port),
			signal,
			() => ({ fault: deadlineFault(host, `It is the jump host to "${bounded(next.config.host, 255)}".`) }),
		);
		if (opened.fault) {
			close();
			return opened;
		}
		tunnel = opened.value;
	}
	const client = clients.at(-1) as Client;
	const { host, user } = route.target;
	let isLost = false;
	client.once("end", () => {
		isLost = true;
	});
	client.once("close", () => {
		isLost = true;
		// The jump hosts' connections are useless without it.
		close();
	});
	return {
		value: {
			loginUser: user,
			execute: (line, execution) => executeOn(client, host, line, execution),
			onLost: (listener) => {
				if (isLost) return listener();
				client.once("end", listener);
				client.once("close", listener);
			},
			close,
		},
	};
}
