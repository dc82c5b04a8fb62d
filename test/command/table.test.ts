import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { csvLine, textTable } from "../../src/command/table.ts";

describe("textTable", () => {
	test("makes columns as wide as their widest cell, two blanks apart, without trailing blanks", () => {
		expect(
			textTable(
				["ID", "NODE"],
				[
					["1", "pg1"],
					["10", "x"],
				],
			),
		).toBe("ID  NODE\n1   pg1\n10  x");
	});

	test("aligns wide characters by display width", () => {
		const names = ["pg1", "データベース", "🐘", "é", "e\u0301", "한국어 노드"];
		const lines = textTable(
			["NODE", "ROLE"],
			names.map((name) => [name, "standby"]),
		).split("\n");
		const starts = lines.map((line) => stringWidth(line.slice(0, line.search(/standby|ROLE/))));
		expect(new Set(starts)).toEqual(new Set([stringWidth("データベース") + 2]));
	});

	test("prints only the heading without rows", () => {
		expect(textTable(["A", "B"], [])).toBe("A  B");
	});

	test("cuts an overlong cell", () => {
		expect(textTable(["A"], [["x".repeat(10_000)]]).length).toBeLessThan(100);
	});
});

test.each([
	[[1, "a", true, null, 0.5], "1,a,true,,0.5"],
	[['pg "1"', "b"], '"pg ""1""",b'],
	[["a,b", "c\nd", "e\rf"], '"a,b","c\nd","e\rf"'],
	[["", null], ","],
	[["データ", "it's"], "データ,it's"],
])("a CSV line of %j", (fields, line) => {
	expect(csvLine(fields)).toBe(line);
});
