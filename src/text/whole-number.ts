/** A count, a pid, an id as another host prints it: digits alone; null where it is none, or more than there can be of anything. */
export function wholeNumber(text: string | undefined): number | null {
	return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The end of the year 9999: beyond it no time can be written as ISO 8601 has it. */
export const LATEST_TIME_MS = 253_402_300_799_999;

/** Seconds since the epoch, as ms; a fraction is rounded. */
export function epochMs(text: string | undefined): number | null {
	if (text === undefined || !/^\d{1,12}(\.\d+)?$/.test(text)) return null;
	const ms = Math.round(Number(text) * 1000);
	return ms <= LATEST_TIME_MS ? ms : null;
}
