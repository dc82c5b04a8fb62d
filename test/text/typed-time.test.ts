import { expect, test } from "vitest";
import { endTime, pastTime, timeWithin } from "../../src/text/typed-time.ts";

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

test.each([
	["06:00", "2026-11-30T06:00:00"],
	["23:00", "2026-11-29T23:00:00"],
	["6:00:05", "2026-11-30T06:00:05"],
	["2026-12-05 06:00", "2026-12-05T06:00:00"],
	["90min", "2026-11-30T20:40:30"],
	["25:00", null],
	["soon", null],
])("%s was at %s", (text, at) => {
	expect(seconds(pastTime(text, NOW))).toBe(at);
});

test("a time of day in a record is one within the record, the next one first", () => {
	const at = (time: string): number => Date.parse(`2026-11-30T${time}Z`);
	const state = { at: at("03:10:00"), from: at("03:00:00"), to: at("03:20:00") };
	expect(seconds(timeWithin("03:14", state))).toBe("2026-11-30T03:14:00");
	expect(seconds(timeWithin("3:14:05", state))).toBe("2026-11-30T03:14:05");
	expect(seconds(timeWithin("03:05", state))).toBe("2026-11-30T03:05:00");
	expect(seconds(timeWithin("2026-11-29 23:00", state))).toBe("2026-11-29T23:00:00");
	expect(seconds(timeWithin("04:00", state))).toBe("2026-11-30T04:00:00");
	expect(timeWithin("25:00", state)).toBeNull();
	expect(timeWithin("soon", state)).toBeNull();
	const night = { at: at("00:10:00"), from: at("00:00:00") - 3_600_000, to: at("01:00:00") };
	expect(seconds(timeWithin("23:30", night))).toBe("2026-11-29T23:30:00");
});

function seconds(time: number | null): string | null {
	return time === null ? null : new Date(time).toISOString().slice(0, 19);
}
