/** A WAL location as PostgreSQL prints it, e.g. "0/60623D0" (type pg_lsn, manual 8.20). */
export type Lsn = string;

/** The location as a byte position, or null where the text is no pg_lsn. */
export function parseLsn(lsn: string): bigint | null {
	const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(lsn);
	return match ? (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`) : null;
}

/** Bytes from `from` to `to`, negative when `to` lies before; null when either is unknown. */
export function lsnDistanceBytes(from: Lsn | null, to: Lsn | null): number | null {
	const start = from === null ? null : parseLsn(from);
	const end = to === null ? null : parseLsn(to);
	return start === null || end === null ? null : Number(end - start);
}

/** The header of a segment's first page (SizeOfXLogLongPHD in xlog_internal.h), and the smallest segment: initdb --wal-segsize. */
const LONG_HEADER_BYTES = 40n;
const SMALLEST_SEGMENT_BYTES = 2n ** 20n;

/**
 * Is this the first record of a segment? With archiving, a shutdown switches to a new segment before its checkpoint
 * (ShutdownXLOG in xlog.c): the end of the segment before may have nothing in it.
 */
export function isFirstInSegment(lsn: Lsn): boolean {
	const position = parseLsn(lsn);
	return position !== null && position % SMALLEST_SEGMENT_BYTES === LONG_HEADER_BYTES;
}
