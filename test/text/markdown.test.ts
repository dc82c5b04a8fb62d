import { expect, test } from "vitest";
import { markdownCode, markdownTable, markdownText } from "../../src/text/markdown.ts";

test.each([
	["a|b", "a\\|b"],
	["*bold* _it_ `x` ~s~", "\\*bold\\* \\_it\\_ \\`x\\` \\~s\\~"],
	["<script>&amp;", "&lt;script&gt;&amp;amp;"],
	["[x](javascript:y) ![i](z)", "\\[x\\](javascript:y) \\!\\[i\\](z)"],
	["# head", "\\# head"],
	["- item", "\\- item"],
	["1. item", "\\1. item"],
	["two\nlines\x1b[31m", "two lines\uFFFD\\[31m"],
])("%j is text and nothing else", (text, markdown) => {
	expect(markdownText(text)).toBe(markdown);
});

test("a code span ends only where it ends, in a table as well", () => {
	expect(markdownCode("a `b` ``c`` | d\n")).toBe("```a `b` ``c`` \\| d```");
	expect(markdownCode("`x")).toBe("`` `x ``");
	expect(markdownCode(" ")).toBe("");
});

test("a table without rows is no table", () => {
	expect(markdownTable(["a"], [])).toEqual([]);
	expect(markdownTable(["a", "b"], [["1", "2"]])).toEqual(["| a | b |", "|---|---|", "| 1 | 2 |"]);
});
