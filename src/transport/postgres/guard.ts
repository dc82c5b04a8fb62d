import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Client } from "pg";
import { MessageChecker } from "./messages.ts";

/** Guards one session. What the server sends is counted from the newest query on. */
export interface Guard {
	/** A query is being sent. */
	startQuery(): void;
	/** Lets the process exit while this connection is open. */
	unref(): void;
	destroy(): void;
}

/**
 * Passes only whole, checked messages from a connection to pg. pg's parser trusts lengths, counts and closing NULs: a wrong one
 * makes it throw in a socket's event or loop forever. A message that fails the check ends the connection, and pg reports that as
 * any other lost connection.
 */
export function guardConnection(client: Client): Guard {
	const { connection } = client as unknown as { connection: Attachable };
	const checker = new MessageChecker();
	// Called again with the TLS stream once TLS has begun.
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
		startQuery: () => checker.startCounting(),
		unref: () => connection.stream.unref?.(),
		destroy: () => void connection.stream.destroy(),
	};
}

/** What pg's type declarations omit. */
interface Attachable {
	/** A socket; another one as soon as TLS has begun. */
	readonly stream: Socket;
	attachListeners(stream: EventEmitter): void;
}
