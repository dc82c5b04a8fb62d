import { crc32 } from "node:zlib";

/** The beginning of every record. */
export const MAGIC = Buffer.from("repmgr-console record 1\n");

/** H: the header, as JSON. K: a keyframe, deflated. B: a block of entries, deflated with the text before as its dictionary. */
export type FrameKind = "H" | "K" | "B";

/** Length and CRC-32 of what follows, little-endian, and the kind. */
const HEAD_BYTES = 9;

/** No keyframe is longer; a length beyond is damage. */
const LONGEST = 256 * 1024 * 1024;

export interface Frame {
	readonly kind: FrameKind;
	readonly payload: Buffer;
}

export function frame(kind: FrameKind, payload: Buffer): Buffer {
	const head = Buffer.alloc(HEAD_BYTES);
	head.writeUInt32LE(payload.length, 0);
	head.write(kind, 8, "latin1");
	head.writeUInt32LE(crc32(payload, crc32(head.subarray(8))), 4);
	return Buffer.concat([head, payload]);
}

/** The whole frames at the beginning of these bytes. @returns how many bytes they take. */
export function framesOf(bytes: Buffer): { readonly frames: readonly Frame[]; readonly size: number } {
	const frames: Frame[] = [];
	let at = 0;
	while (at + HEAD_BYTES <= bytes.length) {
		const length = bytes.readUInt32LE(at);
		const end = at + HEAD_BYTES + length;
		if (length > LONGEST || end > bytes.length) break;
		if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) break;
		const kind = bytes.toString("latin1", at + 8, at + HEAD_BYTES);
		if (kind !== "H" && kind !== "K" && kind !== "B") break;
		frames.push({ kind, payload: bytes.subarray(at + HEAD_BYTES, end) });
		at = end;
	}
	return { frames, size: at };
}
