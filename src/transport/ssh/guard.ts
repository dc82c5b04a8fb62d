import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

/** Of the packets that a server takes; one that takes less would have us send byte by byte. OpenSSH takes 32768. */
const LEAST_PACKET_BYTES = 1024;

/**
 * Holds a server to what ssh2 takes on trust: that it takes packets of some size, sends no more than there is room for and
 * nothing after its end, and closes a connection that has ended. What a guard throws ends the connection, as what ssh2 itself does not understand.
 */
export function guardClient(client: Client, socket: Duplex): void {
	// What ssh2 has ended, or the server, is of no use to either; but as long as it is open nobody is told.
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

// biome-ignore lint/suspicious/noExplicitAny: each message has fields of its own
type Handler = (protocol: unknown, ...fields: any[]) => void;
type Handlers = Record<"CHANNEL_OPEN_CONFIRMATION" | "CHANNEL_DATA" | "CHANNEL_EXTENDED_DATA", Handler>;

/** What ssh2's types leave out. */
interface Inside {
	readonly _protocol: { readonly _handlers: Handlers };
	readonly _chanMgr: {
		get(id: number): { readonly incoming?: { readonly window: number; readonly state: string } } | undefined;
	};
}
