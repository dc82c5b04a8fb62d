import { describe, expect, test } from "vitest";
import { colourPairs, contrastRatio } from "../../src/config/contrast.ts";

describe("contrast", () => {
	test.each([
		["#000000", "#ffffff", 21],
		["#ffffff", "#ffffff", 1],
		// The greys known for just failing and just passing AA on white.
		["#777777", "#ffffff", 4.48],
		["#767676", "#ffffff", 4.54],
		["#ff0000", "#ffffff", 4.0],
		["#0000ff", "#ffffff", 8.59],
	])("%s on %s is %d", (one, other, ratio) => {
		expect(contrastRatio(one, other)).toBeCloseTo(ratio, 2);
		expect(contrastRatio(other, one)).toBeCloseTo(ratio, 2);
	});
});

describe("pairs", () => {
	const roles = {
		plain: {},
		ok: { color: "#00ff00" },
		selection: { background: "#222222" },
		badge: { color: "#000000", background: "#ffff00" },
	};

	test("pairs texts with the terminal's and the selection's background, blocks with their own", () => {
		expect(colourPairs({ background: "#000000", foreground: "#ffffff", roles })).toEqual([
			{ name: "plain", color: "#ffffff", background: "#000000" },
			{ name: "plain on selection", color: "#ffffff", background: "#222222" },
			{ name: "ok", color: "#00ff00", background: "#000000" },
			{ name: "ok on selection", color: "#00ff00", background: "#222222" },
			{ name: "selection", color: "#ffffff", background: "#222222" },
			{ name: "badge", color: "#000000", background: "#ffff00" },
		]);
	});

	test("has no pairs for a theme without a background", () => {
		expect(colourPairs({ roles })).toEqual([]);
	});
});
