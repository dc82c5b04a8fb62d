const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const UNITS: Readonly<Record<string, number>> = {
	min: MINUTE_MS,
	m: MINUTE_MS,
	h: 60 * MINUTE_MS,
	d: DAY_MS,
};

/**
 * When something is to end, in UTC like all times here: "06:00" (the next one), "2026-12-01 06:00", or from now on "90min", "2h",
 * "1h30m", "2d". ISO 8601 in whole minutes; null: it is none of these.
 */
export function endTime(text: string, now: number): string | null {
	const duration = durationMs(text.trim());
	if (duration !== null) return isoMinute(now + duration);
	const times = possibleTimes(text, now);
	const at = times.find((time) => time > now) ?? times[0];
	return at === undefined ? null : isoMinute(at);
}

/**
 * When something was, in UTC: "06:00" (the last one), "2026-12-01 06:00", with seconds as well, or so long ago, "90min", "2h", "2d".
 * Epoch ms; null: it is none of these.
 */
export function pastTime(text: string, now: number): number | null {
	const duration = durationMs(text.trim());
	if (duration !== null) return now - duration;
	const times = possibleTimes(text, now);
	return times.findLast((time) => time <= now) ?? times[0] ?? null;
}

/** A place in a record, from here: "03:14:05" (the next one within, else the last one), "2026-12-01 06:00". Epoch ms; null: it is no time. */
export function timeWithin(
	text: string,
	{ at, from, to }: { readonly at: number; readonly from: number; readonly to: number },
): number | null {
	const times = possibleTimes(text, at);
	const within = times.filter((time) => time >= from && time <= to);
	return within.find((time) => time >= at) ?? within.at(-1) ?? times[1] ?? times[0] ?? null;
}

/** "90min", "2h", "1h30m", "2d"; null: it is no duration. */
function durationMs(typed: string): number | null {
	if (!/^(\d{1,4} ?(min|m|h|d) ?)+$/.test(typed)) return null;
	const parts = [...typed.matchAll(/(\d+) ?(min|m|h|d)/g)];
	return parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ""] ?? 0), 0);
}

const TIME = /^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}):(\d{2}(?::\d{2}(?:\.\d{1,6})?)?)Z?$/;

/** What a typed time may mean, epoch ms: with a date, that alone; without one, yesterday, today and tomorrow. Empty: it is no time. */
function possibleTimes(text: string, now: number): readonly number[] {
	const [, date, hour = "", rest] = TIME.exec(text.trim()) ?? [];
	const days =
		date === undefined
			? [-1, 0, 1].map((more) => new Date(now + more * DAY_MS).toISOString().slice(0, 10))
			: [date];
	return days
		.map((day) => Date.parse(`${day}T${hour.padStart(2, "0")}:${rest}Z`))
		.filter((time) => Number.isFinite(time));
}

function isoMinute(at: number): string {
	return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
