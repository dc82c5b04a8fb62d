import { connect } from "node:net";
import type { Readable, Writable } from "node:stream";

/**
 * A ProxyCommand for ssh with a delay and a bandwidth limit. Only the operator's login is slow then, not what the console on the
 * far host reads from other nodes.
 *
 *     slow-line.ts HOST PORT MILLISECONDS BYTES_PER_SECOND      (milliseconds: one way)
 */
const [host = "", port = "", milliseconds = "0", bytesPerSecond = "0"] = process.argv.slice(2);

/** Bytes sent at a time: a tenth of a second at 9600 baud. */
const PIECE = 96;

const socket = connect({ host, port: Number(port), noDelay: true });
socket.on("error", (error) => {
	process.stderr.write(`${error.message}\n`);
	process.exit(1);
});
void carry(process.stdin, socket);
void carry(socket, process.stdout);

async function carry(source: Readable, target: Writable): Promise<void> {
	let free = 0;
	for await (const chunk of source as AsyncIterable<Buffer>) {
		for (let from = 0; from < chunk.length; from += PIECE) {
			const piece = chunk.subarray(from, from + PIECE);
			free = Math.max(free, performance.now()) + (1000 * piece.length) / Number(bytesPerSecond);
			await new Promise((resolve) => setTimeout(resolve, free - performance.now()));
			setTimeout(() => target.write(piece), Number(milliseconds));
		}
	}
	setTimeout(() => target.end(), Number(milliseconds));
}
