import { describe, expect, test } from "vitest";
import { formatAge, formatBytes, formatSeconds, formatTime } from "../../src/text/format.ts";
import { fixtureText } from "../support/fixtures.ts";

describe("bytes, as pg_size_pretty() of a real server printed them", () => {
	const recorded = Object.entries(JSON.parse(fixtureText("size-pretty.json")) as Record<string, string>);

	test.each(recorded)("%s: %s", (bytes, pretty) => {
		expect(formatBytes(Number(bytes))).toBe(pretty.replace("bytes", "B"));
	});

	test("a position before the other's is as many bytes, with a minus", () => {
		expect([formatBytes(-512), formatBytes(-16_384)]).toEqual(["-512 B", "-16 kB"]);
	});
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
