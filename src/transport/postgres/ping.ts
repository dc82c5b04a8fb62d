import { type NetConnectOpts, Socket } from "node:net";
import type { ConnectionParameters } from "../../config/connection-parameters.ts";
import type { Outcome } from "../../model/fault.ts";
import { deadline, silence } from "../deadline.ts";
import { names } from "../names.ts";
import { addressOf, deadlineFault, faultOf } from "./fault.ts";

/**
 * The GSSENCRequest packet: length 8, code 80877104 (protocol, manual 55.7). A client that closes after
 * it, or before reading the answer, leaves no line in the server's log. After an SSLRequest the server logs "could not accept SSL
 * connection: EOF detected", once for each ping that a frozen server missed (secure_open_gssapi(), secure_open_server()).
 */
const GSSENC_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30]);

/** For closing the connection after the answer. */
const CLOSE_MS = 2000;

/** Implements Query.ping(). The answer comes from a backend that the postmaster forked for the connection. */
export function ping(parameters: ConnectionParameters, deadlineMs: number): Promise<Outcome<number>> {
	const { promise, resolve } = Promise.withResolvers<Outcome<number>>();
	const where = addressOf(parameters);
	const started = performance.now();
	const socket = new Socket();
	let connected = false;
	const fail = (outcome: Outcome<number>): void => {
		cancel();
		socket.destroy();
		resolve(outcome);
	};
	const cancel = deadline(deadlineMs, () => fail({ fault: silence(deadlineFault(connected, parameters)) }));
	socket.on("error", (error) => fail({ fault: faultOf(error, where) }));
	socket.once("end", () => fail({ fault: faultOf(new Error("Connection terminated"), where) }));
	socket.once("data", () => {
		cancel();
		resolve({ value: performance.now() - started });
		socket.setTimeout(CLOSE_MS, () => socket.destroy());
		socket.end();
	});
	socket.connect(socketTarget(parameters), () => {
		connected = true;
		socket.write(GSSENC_REQUEST);
	});
	return promise;
}

/** hostaddr saves resolving the name; a host that is a directory means a Unix socket. */
function socketTarget({ host, hostaddr, port }: ConnectionParameters): NetConnectOpts {
	return host.startsWith("/")
		? { path: `${host}/.s.PGSQL.${port}` }
		: { host: hostaddr ?? host, port, lookup: names.lookup };
}
