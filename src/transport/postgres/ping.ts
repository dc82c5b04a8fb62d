import { type NetConnectOpts, Socket } from "node:net";
import type { ConnectionParameters } from "../../config/connection-parameters.ts";
import type { Outcome } from "../../model/fault.ts";
import { deadline, silence } from "../deadline.ts";
import { names } from "../names.ts";
import { addressOf, deadlineFault, faultOf } from "./fault.ts";

/**
 * The GSSENCRequest packet: length 8, code 80877104 (protocol, manual 55.7). Over TCP its answer may be followed by nothing, or never be
 * read, without a line in the server's log. After an SSLRequest that is "could not accept SSL connection: EOF detected",
 * one for each ping at a server that was frozen meanwhile (secure_open_gssapi(), secure_open_server()).
 */
const GSSENC_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30]);

/** For the farewell, after the answer is known. */
const FAREWELL_MS = 2000;

/** Port `Query`: asks whether the server answers a new connection. The answer comes from a process it forked for us. */
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
		socket.setTimeout(FAREWELL_MS, () => socket.destroy());
		socket.end();
	});
	socket.connect(socketTarget(parameters), () => {
		connected = true;
		socket.write(GSSENC_REQUEST);
	});
	return promise;
}

/** Where the socket goes: hostaddr instead of resolving the name; a directory is a Unix socket's. */
function socketTarget({ host, hostaddr, port }: ConnectionParameters): NetConnectOpts {
	return host.startsWith("/")
		? { path: `${host}/.s.PGSQL.${port}` }
		: { host: hostaddr ?? host, port, lookup: names.lookup };
}
