import stringWidth from "string-width";
import { expect, test } from "vitest";
import { fitText } from "../../../src/ui/text/fit-text.ts";

test.each([
	["node1", 8, "node1   "],
	["node1", 5, "node1"],
	["node12", 5, "node…"],
	["", 3, "   "],
	["node1", 1, "…"],
	["node1", 0, ""],
	["node1", -1, ""],
	// A wide character that does not fit whole leaves a blank.
	["東京都", 6, "東京都"],
	["東京都", 5, "東京…"],
	["東京都", 4, "東… "],
	["🐘🐘", 3, "🐘…"],
	// A family is one character of three people.
	["👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…"],
	["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
])("%j in %i columns: %j", (text, width, fitted) => {
	expect(fitText(text, width)).toBe(fitted);
});

test("fits every text into every width exactly", () => {
	for (const text of ["node1", "データベース", "a東b京c", "🐘x🇯🇵y", "e\u0301東"]) {
		for (let width = 1; width < 16; width++)
			expect([text, width, stringWidth(fitText(text, width))]).toEqual([text, width, width]);
	}
});
