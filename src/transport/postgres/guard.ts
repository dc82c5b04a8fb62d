import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Client } from "pg";
import { MessageChecker } from "./messages.ts";

/** Of one session; what the server sent is counted from the newest question on. */
export interface Guard {
	/** A question goes out. */
	asks(): void;
	/** The process need not wait for this connection. */
	unref(): void;
	destroy(): void;
}

/**
 * Stands between a connection's bytes and pg. pg's parser trusts lengths, counts and closing NULs: what is wrong there throws
 * in a socket's event, or loops for ever. It gets whole, checked messages only, and what it throws ends the connection, which
 * pg then reports as any other broken one.
 */
export function guardConnection(client: Client): Guard {
	const { connection } = client as unknown as { connection: Attachable };
	const checker = new MessageChecker();
	// Of the stream as it is when TLS has begun, too.
	const attach = connection.attachListeners.bind(connection);
	connection.attachListeners = (stream: Socket) => {
		const checked = new EventEmitter();
		attach(checked);
		stream.on("data", (bytes: Buffer) => {
			if (stream.destroyed) return;
			try {
				const messages = checker.take(bytes);
				if (messages.length > 0) checked.emit("data", messages);
			} catch (error) {
				stream.destroy(error as Error);
			}
		});
	};
	return {
		asks: () => checker.startCounting(),
		unref: () => connection.stream.unref?.(),
		destroy: () => void connection.stream.destroy(),
	};
}

/** What pg's types leave out. */
interface Attachable {
	/** A socket; another one as soon as TLS has begun. */
	readonly stream: Socket;
	attachListeners(stream: EventEmitter): void;
}
