import { describe, expect, test } from "vitest";
import { colour256, nearest256, styleFor } from "../../../src/ui/theme/palette.ts";

describe("the nearest of 256 colours", () => {
	test.each([
		["#000000", 16],
		["#ffffff", 231],
		["#ff0000", 196],
		["#0d1117", 233],
		["#808080", 244],
		["#5f87af", 67],
	])("%s is %d", (hex, number) => {
		expect(nearest256(hex)).toBe(number);
	});

	test("maps each of the 256 to itself", () => {
		// Some greys stand in the cube and among the greys: the colour counts, not the number.
		for (let number = 16; number < 256; number++)
			expect(colour256(nearest256(colour256(number)))).toBe(colour256(number));
	});
});

describe("a role", () => {
	const critical = { color: "#ff8f87", ansi: "redBright", bold: true };
	const selection = { background: "#1c2b40" };

	test.each([
		["rgb", { color: "#ff8f87", bold: true }],
		["256", { color: "ansi256(210)", bold: true }],
		["16", { color: "redBright", bold: true }],
		["none", { bold: true }],
	] as const)("in %s colours", (depth, style) => {
		expect(styleFor(critical, depth)).toEqual(style);
	});

	test.each([
		["rgb", { backgroundColor: "#1c2b40" }],
		["256", { backgroundColor: "ansi256(236)" }],
		["16", { inverse: true }],
		["none", { inverse: true }],
	] as const)("with a background in %s colours", (depth, style) => {
		expect(styleFor(selection, depth)).toEqual(style);
	});

	test("uses the nearest of 16 colours if it names none", () => {
		expect(styleFor({ color: "#f85149" }, "16")).toEqual({ color: "redBright" });
	});

	test("translates every property to Ink's name", () => {
		expect(styleFor({ dim: true, underline: true, inverse: true }, "rgb")).toEqual({
			dimColor: true,
			underline: true,
			inverse: true,
		});
	});
});
