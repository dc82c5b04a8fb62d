import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { sparkline } from "../../../src/store/lag-history.ts";
import { asciiText } from "../../../src/ui/text/ascii-text.ts";

describe("text in ASCII", () => {
	test.each([
		["├─ node2", "|- node2"],
		["│  └─ node3", "|  `- node3"],
		["standby ≠ primary", "standby ! primary"],
		["running → unreachable", "running > unreachable"],
		["– … · ▸ ←→↑↓ 80×24", "- ~ . > <>^v 80x24"],
		["since ≥10 s, ≤5", "since >10 s, <5"],
		["数据库", "??????"],
		["Zürich", "Z?rich"],
		["e\u0301te\u0301", "?t?"],
		["👩‍👩‍👧 x", "?? x"],
		["\u001b[1m─\u001b[22m\r\n", "\u001b[1m-\u001b[22m\r\n"],
	])("%s is %s, as wide as before", (text, ascii) => {
		expect(asciiText(text)).toBe(ascii);
		expect(stringWidth(ascii)).toBe(stringWidth(text));
	});

	test("keeps the bars of a lag history distinct", () => {
		expect(asciiText(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8))).toBe(".:-=+*#@");
	});
});
