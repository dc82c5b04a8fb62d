import type { Readable } from "node:stream";
import type { Fault } from "../../model/fault.ts";

/** Bytes of one stream kept in memory; what we run on hosts prints a few kilobytes. */
export const outputLimitBytes = 4 * 1024 * 1024;

/**
 * Collects a stream up to the limit and calls `overflow` at most once; `text` decodes as UTF-8, as do the pieces for
 * `onPiece`.
 */
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
			// Keep reading, so that the other side is not blocked, but keep nothing more.
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
