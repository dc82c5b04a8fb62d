import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { RecordFiles } from "./recorder.ts";
import type { Sink } from "./writer.ts";

/** A file that bytes are appended to; readable by its owner alone. */
export class RecordFile {
	/** Null: closed, and the number may be another file's by now. */
	#file: number | null;

	/** @param flags "w": takes the place of another one; "wx": throws if there is one. */
	constructor(path: string, flags: "w" | "wx") {
		this.#file = openSync(path, flags, 0o600);
	}

	readonly append: Sink = (bytes) => {
		const file = this.#file;
		if (file === null) throw new Error("the record is closed");
		const { size } = fstatSync(file);
		try {
			for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
		} catch (error) {
			// Half a frame would end the record here, even if there is room again later.
			ftruncateSync(file, size);
			throw error;
		}
	};

	/** May be called again. */
	close(): void {
		const file = this.#file;
		this.#file = null;
		if (file !== null) closeSync(file);
	}
}

/** One file for the whole recording, in full detail: `--record FILE`. */
export function singleFile(path: string): RecordFiles {
	let file: RecordFile | null = null;
	return {
		needsIdentity: false,
		begin() {
			file = new RecordFile(path, "wx");
			return file.append;
		},
		isDue: () => false,
		keep() {},
		close: () => file?.close(),
	};
}
