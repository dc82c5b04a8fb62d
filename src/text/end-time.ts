const MINUTE_MS = 60_000;
const UNITS: Readonly<Record<string, number>> = {
	min: MINUTE_MS,
	m: MINUTE_MS,
	h: 60 * MINUTE_MS,
	d: 24 * 60 * MINUTE_MS,
};

/**
 * When something is to end, in UTC like all times here: "06:00" (the next one), "2026-12-01 06:00", or from now on "90min", "2h",
 * "1h30m", "2d". ISO 8601 in whole minutes; null: it is none of these.
 */
export function endTime(text: string, now: number): string | null {
	const typed = text.trim();
	const duration = durationMs(typed);
	if (duration !== null) return isoMinute(now + duration);
	if (/^\d{2}:\d{2}$/.test(typed)) {
		const today = Date.parse(`${new Date(now).toISOString().slice(0, 10)}T${typed}Z`);
		return Number.isNaN(today) ? null : isoMinute(today > now ? today : today + 24 * 60 * MINUTE_MS);
	}
	const [, day, time] = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?Z?$/.exec(typed) ?? [];
	const at = Date.parse(`${day}T${time}Z`);
	return Number.isNaN(at) ? null : isoMinute(at);
}

/** "90min", "2h", "1h30m", "2d"; null: it is no duration. */
function durationMs(typed: string): number | null {
	if (!/^(\d{1,4} ?(min|m|h|d) ?)+$/.test(typed)) return null;
	const parts = [...typed.matchAll(/(\d+) ?(min|m|h|d)/g)];
	return parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ""] ?? 0), 0);
}

/**
 * When something was, in UTC: "06:00" (the last one), "2026-12-01 06:00", with seconds as well, or so long ago, "90min", "2h", "2d".
 * Epoch ms; null: it is none of these.
 */
export function pastTime(text: string, now: number): number | null {
	const typed = text.trim();
	const duration = durationMs(typed);
	if (duration !== null) return now - duration;
	if (/^\d{2}:\d{2}(:\d{2})?$/.test(typed)) {
		const today = Date.parse(`${new Date(now).toISOString().slice(0, 10)}T${typed}Z`);
		return Number.isNaN(today) ? null : today <= now ? today : today - 24 * 60 * MINUTE_MS;
	}
	const [, day, time] = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)Z?$/.exec(typed) ?? [];
	const at = Date.parse(`${day}T${time}Z`);
	return Number.isNaN(at) ? null : at;
}

function isoMinute(at: number): string {
	return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
