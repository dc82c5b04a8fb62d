import { styledCharsFromTokens as charsOf, tokenize as tokensOf } from "@alcalzone/ansi-tokenize";
import originalWidth from "string-width";
import { expect, test } from "vitest";
import { styledCharsFromTokens, tokenize } from "../../../.build/remembered/ansi-tokenize.ts";
import { remember } from "../../../.build/remembered/remember.ts";
import stringWidth from "../../../.build/remembered/string-width.ts";

const TEXTS = ["", "node1", "東京🐘", "\u001b[31mred\u001b[39m and plain", "e\u0301\u200b", "a\nb"];

test.each(TEXTS)("%j is the same the first time and the second", (text) => {
	for (const _ of [1, 2]) {
		expect(stringWidth(text)).toBe(originalWidth(text));
		expect(stringWidth(text, { countAnsiEscapeCodes: true })).toBe(
			originalWidth(text, { countAnsiEscapeCodes: true }),
		);
		expect(tokenize(text)).toEqual(tokensOf(text));
		expect(tokenize(text, 2)).toEqual(tokensOf(text, 2));
		expect(styledCharsFromTokens(tokenize(text))).toEqual(charsOf(tokensOf(text)));
	}
});

test("what is remembered is not worked out again, and does not grow without end", () => {
	let worked = 0;
	const lengthOf = remember((text) => {
		worked++;
		return text.length;
	}, 3);
	expect(["a", "b", "", "a", "b", ""].map(lengthOf)).toEqual([1, 1, 0, 1, 1, 0]);
	expect(worked).toBe(3);
	expect(["c", "c", "a"].map(lengthOf)).toEqual([1, 1, 1]);
	expect(worked).toBe(5);
});
