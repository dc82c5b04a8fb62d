import { crc32, deflateRawSync } from "node:zlib";

/** The 1st of January 1980, the earliest that the format can say: times of files are of no use here. */
const DATE = 0x21;
/** Names are UTF-8 (APPNOTE 4.4.4). */
const FLAGS = 0x800;
const DEFLATED = 8;
/** Regular file, 0600, as the external attributes of a Unix system. */
const ATTRIBUTES = 0o100600;

/** A zip archive (APPNOTE 6.3) of small files: names with "/", contents as bytes. */
export function zipOf(files: readonly { readonly name: string; readonly bytes: Buffer }[]): Buffer {
	const parts: Buffer[] = [];
	const directory: Buffer[] = [];
	let at = 0;
	for (const { name, bytes } of files) {
		const path = Buffer.from(name);
		const packed = deflateRawSync(bytes);
		const common = Buffer.alloc(26);
		common.writeUInt16LE(20, 0);
		common.writeUInt16LE(FLAGS, 2);
		common.writeUInt16LE(DEFLATED, 4);
		common.writeUInt16LE(DATE, 8);
		common.writeUInt32LE(crc32(bytes), 10);
		common.writeUInt32LE(packed.length, 14);
		common.writeUInt32LE(bytes.length, 18);
		common.writeUInt16LE(path.length, 22);
		const local = Buffer.concat([Buffer.from("PK\u0003\u0004", "latin1"), common, path, packed]);
		const rest = Buffer.alloc(14);
		rest.writeUInt32LE(ATTRIBUTES * 2 ** 16, 6);
		rest.writeUInt32LE(at, 10);
		// Made on Unix, by version 3.0 of the format.
		directory.push(Buffer.from("PK\u0001\u0002\u001e\u0003", "latin1"), common, rest, path);
		parts.push(local);
		at += local.length;
	}
	const listed = Buffer.concat(directory);
	const end = Buffer.alloc(18);
	end.writeUInt16LE(files.length, 4);
	end.writeUInt16LE(files.length, 6);
	end.writeUInt32LE(listed.length, 8);
	end.writeUInt32LE(at, 12);
	return Buffer.concat([...parts, listed, Buffer.from("PK\u0005\u0006", "latin1"), end]);
}
