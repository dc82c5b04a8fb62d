import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { wrapText } from "../../../src/ui/text/wrap-text.ts";

describe("wrapText", () => {
	test.each([
		["", 10, [""]],
		["short", 10, ["short"]],
		["exactly 10", 10, ["exactly 10"]],
		["one two three", 7, ["one two", "three"]],
		["one two three", 8, ["one two", "three"]],
		["one  two", 5, ["one", "two"]],
		["  leading", 20, ["  leading"]],
		["abcdefghij", 4, ["abcd", "efgh", "ij"]],
		["to abcdefghij", 4, ["to", "abcd", "efgh", "ij"]],
		["ends in blanks   ", 8, ["ends in", "blanks"]],
		["主节点没有响应", 6, ["主节点", "没有响", "应"]],
		["主节点没有响应", 5, ["主节", "点没", "有响", "应"]],
		["node 主节点 down", 9, ["node 主节", "点 down"]],
		["👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4, ["👩‍👩‍👧👩‍👩‍👧", "👩‍👩‍👧"]],
		["wide 主", 1, ["w", "i", "d", "e", "主"]],
	])("%j in %i columns", (text, width, lines) => {
		expect(wrapText(text, width)).toEqual(lines);
	});

	test("never makes a line too wide, and loses no character", () => {
		const text =
			'cloned from host "pg1", port 5432; 备份方法: pg_basebackup; --force: N; /var/lib/postgresql/15/main';
		for (let width = 2; width <= 100; width++) {
			const lines = wrapText(text, width);
			expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
			expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
		}
	});
});
