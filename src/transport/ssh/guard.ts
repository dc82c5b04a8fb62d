import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

/** The smallest maximum packet size accepted from a server: less would mean sending byte by byte. OpenSSH announces 32768. */
const LEAST_PACKET_BYTES = 1024;

/**
 * Enforces what ssh2 takes on trust: that the server accepts packets of a reasonable size, sends no more than the window allows and
 * nothing after EOF, and closes a connection that has ended. A violation ends the connection, like any other protocol error.
 */
export function guardClient(client: Client, socket: Duplex): void {
	// A half-closed connection is useless, but ssh2 reports the end only when it is fully closed.
	socket.once("finish", () => socket.destroy());
	socket.once("end", () => socket.destroy());
	const { _protocol: protocol, _chanMgr: channels } = client as unknown as Inside;
	const handlers = protocol._handlers;
	const before = (name: keyof Handlers, check: Handler): void => {
		const handle = handlers[name];
		handlers[name] = (...message) => {
			check(...message);
			handle(...message);
		};
	};
	before("CHANNEL_OPEN_CONFIRMATION", (_, { packetSize }: { packetSize: number }) => {
		if (packetSize < LEAST_PACKET_BYTES)
			throw new Error(`The server takes packets of ${packetSize} bytes only`);
	});
	const checkData: Handler = (_, recipient: number, { length }: Buffer) => {
		const incoming = channels.get(recipient)?.incoming;
		if (incoming === undefined) return;
		if (incoming.state !== "open") throw new Error("The server sends more after the end of its data");
		if (length > incoming.window) throw new Error("The server sends more than there is room for");
	};
	before("CHANNEL_DATA", checkData);
	before("CHANNEL_EXTENDED_DATA", checkData);
}

// biome-ignore lint/suspicious/noExplicitAny: the fields depend on the message
type Handler = (protocol: unknown, ...fields: any[]) => void;
type Handlers = Record<"CHANNEL_OPEN_CONFIRMATION" | "CHANNEL_DATA" | "CHANNEL_EXTENDED_DATA", Handler>;

/** What ssh2's type declarations omit. */
interface Inside {
	readonly _protocol: { readonly _handlers: Handlers };
	readonly _chanMgr: {
		get(id: number): { readonly incoming?: { readonly window: number; readonly state: string } } | undefined;
	};
}
