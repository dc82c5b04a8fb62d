import { styledCharsFromTokens as charsOf, tokenize as tokensOf } from "@alcalzone/ansi-tokenize";
import originalWidth from "string-width";
import { expect, test } from "vitest";
import { styledCharsFromTokens, tokenize } from "../../../../.build/ink-cache/ansi-tokenize.ts";
import { remember } from "../../../../.build/ink-cache/remember.ts";
import stringWidth from "../../../../.build/ink-cache/string-width.ts";

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

test("a text is worked out once while it is used, and forgotten when twice its generation's characters came after it", () => {
	const worked: string[] = [];
	const lengthOf = remember((text) => {
		worked.push(text);
		return text.length;
	}, 4);
	expect(["aa", "bb", "aa", "bb"].map(lengthOf)).toEqual([2, 2, 2, 2]);
	expect(worked).toEqual(["aa", "bb"]);
	// The clock's lines come once each; what stays on the screen is asked for in every frame.
	for (const clock of ["11", "22", "33", "44", "55"]) for (const text of ["aa", clock]) lengthOf(text);
	expect(worked).toEqual(["aa", "bb", "11", "22", "33", "44", "55"]);
	lengthOf("bb");
	expect(worked.at(-1)).toBe("bb");
});

test("what is remembered is bounded by characters, however long the lines are", () => {
	let worked = 0;
	const remembered = remember(() => ++worked, 10_000);
	const lines = Array.from({ length: 1000 }, (_, line) => String(line).padStart(1000));
	for (const line of lines) remembered(line);
	// Two generations hold 20 lines of 1000 characters at most.
	for (const line of lines.slice(-10)) remembered(line);
	expect(worked).toBe(1000);
	for (const line of lines.slice(-21, -20)) remembered(line);
	expect(worked).toBe(1001);
});
