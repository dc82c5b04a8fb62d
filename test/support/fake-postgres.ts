import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/**
 * As much of a PostgreSQL server as one connection attempt needs (manual 55.2, 55.7), on loopback. A
 * test says what it answers to an SSLRequest, a GSSENCRequest and a startup message, and sees what was sent.
 */
export class FakePostgres {
	/** Startup parameters of each connection that sent them, in order. */
	readonly startups: Readonly<Record<string, string>>[] = [];
	/** Messages after the startup, by their type: "p" is a password. */
	readonly messages: { readonly type: string; readonly body: Buffer }[] = [];
	/** SSLRequests seen. */
	sslRequests = 0;
	/** GSSENCRequests seen. */
	gssRequests = 0;
	onGssRequest: (socket: Socket) => void = (socket) => socket.write("G");
	onSslRequest: (socket: Socket) => void = (socket) => socket.write("N");
	onStartup: (socket: Socket) => void = (socket) => socket.write(READY);
	onMessage: (socket: Socket, type: string) => void = () => {};
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	private constructor() {
		this.#server = createServer((socket) => this.#serve(socket));
	}

	static async start(): Promise<FakePostgres> {
		const fake = new FakePostgres();
		const { promise, resolve } = Promise.withResolvers<void>();
		fake.#server.listen(0, "127.0.0.1", resolve);
		await promise;
		return fake;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	get openConnections(): number {
		return this.#sockets.size;
	}

	/** Says something on every connection. */
	send(bytes: Buffer): void {
		for (const socket of this.#sockets) socket.write(bytes);
	}

	/** Breaks every connection. */
	breakConnections(): void {
		for (const socket of this.#sockets) socket.destroy();
	}

	async stop(): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#server.close(() => resolve());
		this.breakConnections();
		await promise;
	}

	#serve(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on("close", () => this.#sockets.delete(socket));
		socket.on("error", () => {});
		let received = Buffer.alloc(0);
		let isStarted = false;
		socket.on("data", (data) => {
			received = Buffer.concat([received, data]);
			for (;;) {
				const header = isStarted ? 1 : 0;
				if (received.length < header + 4) return;
				const length = header + received.readInt32BE(header);
				if (received.length < length) return;
				const message = received.subarray(0, length);
				received = received.subarray(length);
				if (isStarted) {
					const type = String.fromCharCode(message[0] ?? 0);
					this.messages.push({ type, body: message.subarray(5) });
					this.onMessage(socket, type);
				} else if (message.readInt32BE(4) === 80_877_103) {
					this.sslRequests += 1;
					this.onSslRequest(socket);
				} else if (message.readInt32BE(4) === 80_877_104) {
					this.gssRequests += 1;
					this.onGssRequest(socket);
				} else {
					isStarted = true;
					const words = message.subarray(8).toString().split("\0");
					this.startups.push(
						Object.fromEntries(
							words.flatMap((word, index) =>
								index % 2 === 0 && word ? [[word, words[index + 1] ?? ""]] : [],
							),
						),
					);
					this.onStartup(socket);
				}
			}
		});
	}
}

/** One message of the server. */
export function message(type: string, body: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeInt32BE(body.length + 4);
	return Buffer.concat([Buffer.from(type), length, body]);
}

/** AuthenticationOk and ReadyForQuery. */
export const READY = Buffer.concat([message("R", Buffer.alloc(4)), message("Z", Buffer.from("I"))]);

/** AuthenticationCleartextPassword. */
export const ASK_PASSWORD = message("R", Buffer.from([0, 0, 0, 3]));

/** ErrorResponse. */
export function errorResponse(code: string, text: string, detail?: string): Buffer {
	const fields = [
		`SFATAL`,
		`VFATAL`,
		`C${code}`,
		`M${text}`,
		...(detail === undefined ? [] : [`D${detail}`]),
	];
	return message("E", Buffer.from(`${fields.join("\0")}\0\0`));
}
