/** Bytes by 1024, with one decimal below ten of a unit: "512 B", "5.0 MB", "15 MB". */
export function formatBytes(bytes: number): string {
	const units = ["B", "kB", "MB", "GB", "TB", "PB"];
	let unit = 0;
	let size = bytes;
	// Rounded first: 1023.5 kB are 1.0 MB, not 1024 kB.
	while (Math.round(Math.abs(size)) >= 1024 && unit < units.length - 1) {
		size /= 1024;
		unit += 1;
	}
	const hasDecimal = unit > 0 && Math.abs(size) < 9.95;
	return `${hasDecimal ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** A measured time in seconds at the precision that helps: "0.3 s", "12 s", "4 min", "3 h", "2 d". */
export function formatSeconds(seconds: number): string {
	if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
	if (seconds < 120) return `${Math.round(seconds)} s`;
	if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
	if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
	return `${Math.round(seconds / 86_400)} d`;
}

/** A time that passes or is waited, in whole seconds: "3 s", "12 s", "4 min". */
export function formatDuration(seconds: number): string {
	return seconds < 9.95 ? `${Math.max(0, Math.floor(seconds))} s` : formatSeconds(seconds);
}

/** How old a value is: "now" while polls come in time. */
export function formatAge(ageMs: number | null): string {
	if (ageMs === null) return "never";
	return ageMs < 2500 ? "now" : `${formatDuration(ageMs / 1000)} ago`;
}

/** Date and time in UTC of an ISO 8601 text or epoch ms: "2026-11-23 04:41:12". */
export function formatDateTime(time: string | number): string {
	return new Date(time).toISOString().slice(0, 19).replace("T", " ");
}

/** The time of day in UTC: "04:41:12". */
export function formatTime(time: string | number): string {
	return formatDateTime(time).slice(11);
}

/** The time of day in UTC, with the date where that is another day than now: "06:00 UTC", "2026-12-01 06:00 UTC". */
export function formatClock(time: number, now: number): string {
	const text = formatDateTime(time).slice(0, 16);
	return `${text.slice(0, 10) === formatDateTime(now).slice(0, 10) ? text.slice(11) : text} UTC`;
}
