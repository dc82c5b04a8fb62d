import { expect, test } from "vitest";
import { endTime } from "../../src/text/end-time.ts";

const NOW = Date.UTC(2026, 10, 30, 22, 10, 30);

test.each([
	["06:00", "2026-12-01T06:00Z"],
	["23:00", "2026-11-30T23:00Z"],
	["2026-12-05 06:00", "2026-12-05T06:00Z"],
	["2026-12-05T06:00Z", "2026-12-05T06:00Z"],
	["2026-12-05T06:00:59.123Z", "2026-12-05T06:00Z"],
	["90min", "2026-11-30T23:40Z"],
	["1h30m", "2026-11-30T23:40Z"],
	["1 d", "2026-12-01T22:10Z"],
])("%s is %s", (text, end) => {
	expect(endTime(text, NOW)).toBe(end);
	expect(endTime(end, NOW)).toBe(end);
});

test.each(["", "6", "25:00", "2026-13-01 06:00", "2h later", "-2h", "tomorrow"])("%s is no end", (text) => {
	expect(endTime(text, NOW)).toBeNull();
});
