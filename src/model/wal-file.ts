import { type Lsn, parseLsn } from "./lsn.ts";

/** A timeline, and where it ended; null: it has not. */
export interface TimelineEnd {
	readonly timeline: number;
	readonly endLsn: Lsn | null;
}

/** The number of the WAL file that holds a position; null where the text is no pg_lsn. */
export function segmentNumber(lsn: Lsn, segmentBytes: number): bigint | null {
	const position = parseLsn(lsn);
	return position === null ? null : position / BigInt(segmentBytes);
}

/** The name of a WAL file (XLogFileName() in xlog_internal.h). */
export function segmentName(timeline: number, segment: bigint, segmentBytes: number): string {
	const perId = 2n ** 32n / BigInt(segmentBytes);
	return [BigInt(timeline), segment / perId, segment % perId]
		.map((part) => part.toString(16).toUpperCase().padStart(8, "0"))
		.join("");
}

/** The number in the name of a WAL file, whatever its timeline. */
export function numberInName(name: string, segmentBytes: number): bigint {
	const [id = 0n, position = 0n] = [name.slice(8, 16), name.slice(16, 24)].map((part) => BigInt(`0x${part}`));
	return id * (2n ** 32n / BigInt(segmentBytes)) + position;
}

/** The position of the first byte of a WAL file. */
export function segmentStart(segment: bigint, segmentBytes: number): Lsn {
	const position = segment * BigInt(segmentBytes);
	return [position >> 32n, position & 0xffffffffn].map((part) => part.toString(16).toUpperCase()).join("/");
}

/**
 * The name of the file in which pg_rewind reads a segment: of the first timeline that did not end within it or before
 * (SimpleXLogPageRead() in parsexlog.c).
 *
 * @param history of the server, in order; its own timeline last.
 */
export function segmentInHistory(
	history: readonly TimelineEnd[],
	segment: bigint,
	segmentBytes: number,
): string | null {
	const end = (segment + 1n) * BigInt(segmentBytes);
	const found = history.find(({ endLsn }) => endLsn === null || (parseLsn(endLsn) ?? 0n) >= end);
	return found === undefined ? null : segmentName(found.timeline, segment, segmentBytes);
}
