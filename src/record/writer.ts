import { deflateRawSync } from "node:zlib";
import type { RunState } from "../operation/run/run-state.ts";
import type { StoreInput } from "../store/store-input.ts";
import { redactAll } from "../text/redact.ts";
import { Encoder } from "./encoder.ts";
import type { Mark, RecordHeader } from "./entry.ts";
import { frame, MAGIC } from "./frames.ts";
import type { Keyframe } from "./keyframe.ts";

/** How far back deflate refers. */
export const DICTIONARY_BYTES = 32 * 1024;

/** Where the bytes of a record go, in order. */
export type Sink = (bytes: Buffer) => void;

/** Writes one record. What was given before flush() is in the file after it. */
export class RecordWriter {
	readonly #sink: Sink;
	readonly #encoder: Encoder;
	/** The newest text since the keyframe: the dictionary of the next block. */
	#before: Buffer = Buffer.alloc(0);

	constructor(sink: Sink, header: RecordHeader, redact: (text: string) => string) {
		this.#sink = sink;
		this.#encoder = new Encoder(redact);
		const text = JSON.stringify(redactAll(header, redact));
		sink(Buffer.concat([MAGIC, frame("H", Buffer.from(text))]));
	}

	keyframe(keyframe: Keyframe): void {
		this.flush();
		const text = Buffer.from(this.#encoder.keyframe(keyframe));
		this.#before = Buffer.alloc(0);
		this.#sink(frame("K", deflateRawSync(text)));
	}

	input(input: StoreInput, at: number): void {
		this.#encoder.input(input, at);
	}

	run(run: RunState | null, at: number): void {
		this.#encoder.run(run, at);
	}

	mark(mark: Mark, at: number): void {
		this.#encoder.mark(mark, at);
	}

	flush(): void {
		const text = this.#encoder.take();
		if (text === "") return;
		const bytes = Buffer.from(`${text}\n`);
		this.#sink(frame("B", deflateRawSync(bytes, { dictionary: this.#before })));
		this.#before = dictionaryAfter(this.#before, bytes);
	}
}

/** The dictionary of the block that follows these bytes. */
export function dictionaryAfter(before: Buffer, bytes: Buffer): Buffer {
	return Buffer.concat([before, bytes]).subarray(-DICTIONARY_BYTES);
}
