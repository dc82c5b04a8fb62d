import type { Readable } from "node:stream";
import type { Fault } from "../../model/fault.ts";

/** Most bytes kept of one stream; the console's commands print a few kilobytes. */
export const outputLimitBytes = 4 * 1024 * 1024;

/** Collects a stream as UTF-8 up to the limit, beyond which it calls `overflow` once. */
export function collectOutput(
	stream: Readable,
	overflow: () => void,
	onPiece?: (piece: string) => void,
): { readonly text: () => string } {
	const decoder = new TextDecoder();
	const chunks: Buffer[] = [];
	let size = 0;
	const take = (chunk: Buffer): void => {
		size += chunk.length;
		if (size > outputLimitBytes) {
			// Read on, so that the other side does not block, but drop the data.
			stream.off("data", take);
			stream.resume();
			overflow();
			return;
		}
		chunks.push(chunk);
		onPiece?.(decoder.decode(chunk, { stream: true }));
	};
	stream.on("data", take);
	return { text: () => Buffer.concat(chunks).toString("utf8") };
}

export function overflowFault(host: string): Fault {
	return {
		kind: "command",
		message: `output of the command on "${host}" is too long`,
		detail: `It printed more than ${outputLimitBytes / 1024 / 1024} MiB and was stopped.`,
	};
}
