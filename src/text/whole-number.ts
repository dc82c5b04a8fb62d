/** A count, pid or id printed by another host: up to 15 digits; null for anything else. */
export function wholeNumber(text: string | undefined): number | null {
	return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The end of the year 9999, the last time that ISO 8601 can write. */
export const LATEST_TIME_MS = 253_402_300_799_999;

/** Seconds since the epoch, as ms; a fraction is rounded. */
export function epochMs(text: string | undefined): number | null {
	if (text === undefined || !/^\d{1,12}(\.\d+)?$/.test(text)) return null;
	const ms = Math.round(Number(text) * 1000);
	return ms <= LATEST_TIME_MS ? ms : null;
}
