import { expect, test } from "vitest";
import {
	formatAge,
	formatBytes,
	formatDateTime,
	formatDuration,
	formatSeconds,
	formatTime,
} from "../../src/text/format.ts";

test.each([
	[0, "0 B"],
	[1023, "1023 B"],
	[1024, "1.0 kB"],
	[10_188, "9.9 kB"],
	// Never "10.0 kB" beside "10 kB".
	[10_189, "10 kB"],
	[65_535, "64 kB"],
	[1_048_063, "1023 kB"],
	[1_048_064, "1.0 MB"],
	[5 * 1024 ** 2, "5.0 MB"],
	[15_000 * 1024, "15 MB"],
	[3 * 1024 ** 5, "3.0 PB"],
	[5000 * 1024 ** 5, "5000 PB"],
	// A position before the other's.
	[-512, "-512 B"],
	[-16_384, "-16 kB"],
])("%d bytes are shown as %s", (bytes, text) => {
	expect(formatBytes(bytes)).toBe(text);
});

test.each([
	[0, "0.0 s"],
	[0.349, "0.3 s"],
	[9.94, "9.9 s"],
	// Never "10.0 s" beside "10 s".
	[9.95, "10 s"],
	[119.4, "119 s"],
	[120, "2 min"],
	[7199, "120 min"],
	[7200, "2 h"],
	[172_799, "48 h"],
	[172_800, "2 d"],
])("%d s is shown as %s", (seconds, text) => {
	expect(formatSeconds(seconds)).toBe(text);
});

test.each([
	[0.9, "0 s"],
	[9.94, "9 s"],
	[9.95, "10 s"],
	[3600, "60 min"],
	[-1, "0 s"],
])("a duration of %d s is shown as %s", (seconds, text) => {
	expect(formatDuration(seconds)).toBe(text);
});

test.each([
	[null, "never"],
	[0, "now"],
	[2499, "now"],
	[2500, "2 s ago"],
	[90_000, "90 s ago"],
	[600_000, "10 min ago"],
])("an age of %s ms is shown as %s", (ageMs, text) => {
	expect(formatAge(ageMs)).toBe(text);
});

test.each([
	["2026-11-23T04:41:12.434127Z", "04:41:12"],
	[Date.UTC(2026, 10, 23, 23, 59, 59, 999), "23:59:59"],
])("the time of day of %s is %s, in UTC wherever this runs", (time, text) => {
	expect(formatTime(time)).toBe(text);
});

test("a moment is shown with its date, in UTC", () => {
	expect(formatDateTime(Date.UTC(2026, 10, 23, 4, 41, 12))).toBe("2026-11-23 04:41:12");
});
