import { type NetConnectOpts, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Outcome } from "../cluster/fault.ts";
import type { ConnectionParameters } from "../config/connection-parameters.ts";
import { deadline, silence } from "./deadline.ts";
import { names } from "./names.ts";
import { addressOf, deadlineFault, faultOf } from "./postgres-fault.ts";

/** The SSLRequest packet: length 8, code 80877103 (protocol, manual 55.7). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

const TLS_FOLLOWS = "S";

/** For the farewell, after the answer is known. */
const FAREWELL_MS = 2000;

/** Port `Query`: asks whether the server answers a new connection. The answer comes from a process it forked for us. */
export function knock(parameters: ConnectionParameters, deadlineMs: number): Promise<Outcome<number>> {
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
	socket.once("data", (answer) => {
		cancel();
		resolve({ value: performance.now() - started });
		leave(socket, answer.toString("latin1"));
	});
	socket.connect(socketTarget(parameters), () => {
		connected = true;
		socket.write(SSL_REQUEST);
	});
	return promise;
}

/**
 * Leaves without a line in the server's log: one that said it would speak TLS logs "could not accept SSL
 * connection" unless it may; a client that then says nothing is taken for a monitor (postmaster.c,
 * ProcessStartupPacket()).
 */
function leave(socket: Socket, answer: string): void {
	socket.setTimeout(FAREWELL_MS, () => socket.destroy());
	if (answer !== TLS_FOLLOWS) {
		socket.end();
		return;
	}
	socket.removeAllListeners("end");
	const secured = connectTls({ socket, rejectUnauthorized: false }, () => secured.end());
	secured.on("error", () => socket.destroy());
}

/** Where the socket goes: hostaddr instead of resolving the name; a directory is a Unix socket's. */
function socketTarget({ host, hostaddr, port }: ConnectionParameters): NetConnectOpts {
	return host.startsWith("/")
		? { path: `${host}/.s.PGSQL.${port}` }
		: { host: hostaddr ?? host, port, lookup: names.lookup };
}
