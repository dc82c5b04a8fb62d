import { type AddressInfo, createServer, type Socket } from "node:net";
import ssh2, { type Connection } from "ssh2";

/** Keys of one server and one user, both known to each other. */
export const HOST_KEY = ssh2.utils.generateKeyPairSync("ed25519");
export const USER_KEY = ssh2.utils.generateKeyPairSync("ed25519");

/** What a server sends instead of one packet's payload (RFC 4253, 6): none, another one, or several. */
export type Mutation = (payload: Buffer, connection: Talk) => readonly Buffer[];

/** One connection of the server. */
export interface Talk {
	readonly socket: Socket;
	/** Sends one more packet. */
	say(payload: Buffer): void;
}

/** What ssh2's type declarations omit. */
interface Cipher {
	allocPacket(length: number): Buffer;
	encrypt(packet: Buffer): void;
}
interface Inside {
	readonly _protocol: { readonly _cipher: Cipher };
	readonly _sock: Socket;
}

/** An SSH server on loopback that lets the user in and answers every command with "well"; what it sends goes through `mutation`. */
export class HostileSsh {
	/** Called once per connection; null leaves the server a good one. */
	mutation: () => Mutation | null = () => null;
	/** Replaces the server: sent at once on each connection, which then ends. */
	plays: (() => Buffer) | null = null;
	/** Does not close a connection that the client has closed. */
	keepsOpen = false;
	readonly #ssh = new ssh2.Server({ hostKeys: [HOST_KEY.private] }, (client) => {
		serveCommands(client);
		const mutate = this.mutation();
		if (mutate !== null) mutatePackets(client, mutate);
	});
	readonly #server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
	readonly #sockets = new Set<Socket>();

	static async start(): Promise<HostileSsh> {
		const hostile = new HostileSsh();
		await new Promise<void>((resolve) => hostile.#server.listen(0, "127.0.0.1", resolve));
		return hostile;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	async stop(): Promise<void> {
		for (const socket of this.#sockets) socket.destroy();
		await new Promise<void>((resolve) => this.#server.close(() => resolve()));
	}

	#serve(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on("close", () => this.#sockets.delete(socket));
		socket.on("error", () => {});
		socket.on("end", () => this.keepsOpen || socket.end());
		if (this.plays === null) this.#ssh.injectSocket(socket);
		else socket.resume().end(this.plays());
	}
}

function serveCommands(client: Connection): void {
	client.on("error", () => {});
	client.on("authentication", (attempt) => attempt.accept());
	client.on("session", (accept) => {
		accept().on("exec", (run) => {
			const channel = run();
			channel.on("error", () => {});
			channel.write("well\n");
			channel.stderr.write("a word\n");
			channel.exit(0);
			channel.end();
		});
	});
}

/** Applies `mutate` to every outgoing packet before encryption. */
function mutatePackets(client: Connection, mutate: Mutation): void {
	const { _protocol: protocol, _sock: socket } = client as unknown as Inside;
	const mutating = (cipher: Cipher): Cipher => {
		const encrypt = cipher.encrypt.bind(cipher);
		const say = (payload: Buffer): void => {
			const packet = cipher.allocPacket(payload.length);
			payload.copy(packet, 5);
			encrypt(packet);
		};
		cipher.encrypt = (packet) => {
			const end = 4 + packet.readUInt32BE(0) - (packet[4] ?? 0);
			for (const said of mutate(Buffer.from(packet.subarray(5, end)), { socket, say })) say(said);
		};
		return cipher;
	};
	let cipher = mutating(protocol._cipher);
	Object.defineProperty(protocol, "_cipher", {
		get: () => cipher,
		set: (next: Cipher) => {
			cipher = mutating(next);
		},
	});
}

/** Message numbers (RFC 4250, 4.1). */
export const MESSAGE = {
	DISCONNECT: 1,
	KEXINIT: 20,
	NEWKEYS: 21,
	CHANNEL_OPEN_CONFIRMATION: 91,
	CHANNEL_WINDOW_ADJUST: 93,
	CHANNEL_DATA: 94,
	CHANNEL_REQUEST: 98,
	CHANNEL_SUCCESS: 99,
} as const;

/** A payload of a message: numbers are uint32, texts strings (RFC 4251, 5). */
export function payloadOf(
	message: number,
	...fields: readonly (number | string | Buffer | boolean)[]
): Buffer {
	const uint32 = (value: number): Buffer => {
		const bytes = Buffer.alloc(4);
		bytes.writeUInt32BE(value);
		return bytes;
	};
	const parts = fields.map((field) => {
		if (typeof field === "number") return uint32(field);
		if (typeof field === "boolean") return Buffer.from([field ? 1 : 0]);
		const bytes = Buffer.from(field);
		return Buffer.concat([uint32(bytes.length), bytes]);
	});
	return Buffer.concat([Buffer.from([message]), ...parts]);
}

/** A packet that is not encrypted (RFC 4253, 6). */
export function plainPacket(payload: Buffer): Buffer {
	const padding = 16 - ((payload.length + 5) % 8);
	const head = Buffer.alloc(5);
	head.writeUInt32BE(1 + payload.length + padding);
	head[4] = padding;
	return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}
