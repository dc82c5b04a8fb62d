/** Bytes as pg_size_pretty() prints them (manual 9.27.7): whole numbers, 10 kB and more in the next unit. */
export function formatBytes(bytes: number): string {
	const units = ["B", "kB", "MB", "GB", "TB", "PB"];
	let unit = 0;
	let size = bytes;
	// Rounded first: 10239.5 kB are 10 MB, not 10240 kB.
	while (Math.round(Math.abs(size)) >= 10 * 1024 && unit < units.length - 1) {
		size /= 1024;
		unit += 1;
	}
	return `${Math.round(size)} ${units[unit]}`;
}

/** A duration in seconds at the precision that helps: "0.3 s", "12 s", "4 min", "3 h", "2 d". */
export function formatSeconds(seconds: number): string {
	if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
	if (seconds < 120) return `${Math.round(seconds)} s`;
	if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
	if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
	return `${Math.round(seconds / 86_400)} d`;
}

/** Time that goes on while one looks, in whole seconds: "3 s", "12 s", "4 min". */
export function formatElapsed(seconds: number): string {
	return seconds < 9.95 ? `${Math.max(0, Math.floor(seconds))} s` : formatSeconds(seconds);
}

/** How old a value is: "now" for as long as polls come in time. */
export function formatAge(ageMs: number | null): string {
	if (ageMs === null) return "never";
	return ageMs < 2500 ? "now" : `${formatElapsed(ageMs / 1000)} ago`;
}

/** The time of day in UTC of an ISO 8601 text or epoch ms: "04:41:12". */
export function formatTime(time: string | number): string {
	return new Date(time).toISOString().slice(11, 19);
}
