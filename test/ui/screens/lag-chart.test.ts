import { describe, expect, test } from "vitest";
import type { LagSample } from "../../../src/store/lag-history.ts";
import { lagChart } from "../../../src/ui/screens/node/lag-chart.ts";
import { NOW } from "../../support/records.ts";

/** A sample a second, the last one now. */
const samples = (...bytes: readonly (number | null)[]): readonly LagSample[] =>
	bytes.map((value, position) => ({
		at: NOW - (bytes.length - 1 - position) * 1000,
		bytes: value,
		seconds: null,
	}));

const drawn = (lag: readonly LagSample[], width = 60, height = 4) =>
	lagChart(lag, NOW, width, height).map(({ spans }) => spans.map(({ text }) => text).join(""));

/** What is right of the scale. */
const plot = (lines: readonly string[]) =>
	lines.filter((line) => line.includes("│")).map((line) => line.split("│")[1]);

describe("the chart of the lag", () => {
	test("has a scale from zero to the next power of two, and the time below", () => {
		const lines = drawn(samples(...Array.from({ length: 600 }, () => 50_000)));
		expect(lines[0]).toMatch(/^64 kB │/);
		expect(lines[3]).toMatch(/^ +0 │/);
		expect(lines[4]).toMatch(/^ +10 min ago +5 min +now$/);
		expect(lines.every((line) => line.length === 60)).toBe(true);
	});

	test("50 of 64 kB fill three of four lines and a part of the fourth, over the whole width", () => {
		const [top, ...rest] = plot(drawn(samples(...Array.from({ length: 600 }, () => 50_000))));
		expect(new Set(top)).toEqual(new Set(["▁"]));
		for (const line of rest) expect(new Set(line)).toEqual(new Set(["█"]));
	});

	test("is blank before the console started", () => {
		const foot = plot(drawn(samples(0, 0, 0))).at(-1);
		expect(foot?.trimStart()).toMatch(/^▁+$/);
		expect(foot?.trimStart().length).toBeLessThan(3);
	});

	test("shows no lag as a thin line, and the least lag as more than that", () => {
		expect(
			plot(drawn(samples(0)))
				.at(-1)
				?.at(-1),
		).toBe("▁");
		expect(
			plot(drawn(samples(1)))
				.at(-1)
				?.at(-1),
		).toBe("▂");
	});

	test("marks unknown lag, and explains the mark", () => {
		const unknown = Array.from({ length: 300 }, () => null);
		const lines = drawn(samples(...Array.from({ length: 300 }, () => 0), ...unknown));
		expect(plot(lines).at(-1)).toMatch(/^▁+\?+$/);
		expect(lines.at(-1)).toContain("? the lag was not known");
		expect(drawn(samples(0)).join("")).not.toContain("?");
	});

	test("keeps a peak of one second, however narrow it is", () => {
		const peak = Array.from({ length: 600 }, (_, second) => (second === 300 ? 1_000_000 : 0));
		expect(plot(drawn(samples(...peak), 40))[0]).toMatch(/[▁-█]/);
	});

	test("drops samples older than ten minutes", () => {
		expect(
			plot(drawn([{ at: NOW - 700_000, bytes: 5000, seconds: null }]))
				.join("")
				.trim(),
		).toBe("");
	});
});
