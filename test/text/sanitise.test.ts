import { expect, test } from "vitest";
import { sanitise, sanitiseText } from "../../src/text/sanitise.ts";

test.each([
	["colours", "\u001B[31mred\u001B[0m", "\uFFFD[31mred\uFFFD[0m"],
	["window title", "\u001B]0;owned\u0007", "\uFFFD]0;owned\uFFFD"],
	["clipboard (OSC 52)", "\u001B]52;c;aGk=\u001B\\", "\uFFFD]52;c;aGk=\uFFFD\\"],
	["8-bit CSI", "\u009B2J", "\uFFFD2J"],
	["8-bit OSC and ST", "\u009D0;x\u009C", "\uFFFD0;x\uFFFD"],
	["NUL, backspace, DEL", "a\u0000b\b\u007Fc", "a\uFFFDb\uFFFD\uFFFDc"],
	["vertical tab, form feed", "a\v\fb", "a\uFFFD\uFFFDb"],
	["line breaks and tabs", "a\tb\r\nc", "a b  c"],
	["line and paragraph separators", "a\u2028b\u2029c", "a\uFFFDb\uFFFDc"],
	["byte order mark", "\uFEFFa", "\uFFFDa"],
])("%s can't reach the terminal", (_, hostile, safe) => {
	expect(sanitiseText(hostile)).toBe(safe);
});

test("replaces all characters that change the direction of text (Unicode's property Bidi_Control)", () => {
	const marks = Array.from({ length: 0xffff }, (_, code) => String.fromCharCode(code)).filter((character) =>
		/\p{Bidi_Control}/u.test(character),
	);
	expect(marks).toHaveLength(12);
	for (const mark of marks) expect(sanitiseText(`node${mark}1`)).toBe("node\uFFFD1");
});

test("replaces all control characters", () => {
	const every = Array.from({ length: 0x200 }, (_, code) => String.fromCharCode(code)).join("");
	expect(sanitiseText(every)).not.toMatch(/\p{Cc}/u);
});

test.each([
	"",
	"node1",
	"データベース東京",
	"한국어",
	"Zürich – «é»",
	"пример",
	"🐘 primary",
	"עברית",
	"a\u00A0b",
])("%s stays as it is", (text) => {
	expect(sanitiseText(text)).toBe(text);
});

// Terminals disagree on the width of joined emoji, but not on that of separate ones.
test.each([
	["a family", "👩\u200D👩\u200D👧 1", "👩👩👧 1"],
	["a skin tone", "👍🏽!", "👍!"],
	["a picture asked for", "❤\uFE0F", "❤"],
])("splits %s", (_, joined, apart) => {
	expect(sanitiseText(joined)).toBe(apart);
});

test("joiners within words of other scripts stay", () => {
	expect(sanitiseText("می\u200Cخواهم क्\u200Dष")).toBe("می\u200Cخواهم क्\u200Dष");
});

test("replaces 10 kB of escape sequences character by character", () => {
	const safe = sanitiseText("\u001B[2J".repeat(2500));
	expect(safe).toHaveLength(10_000);
	expect(safe).not.toContain("\u001B");
});

test("sanitises every text of a record, keys and nested ones included, and nothing else", () => {
	const record = {
		"\u001Bkey": ["\u0007", { deep: "a\nb" }],
		number: 1,
		yes: true,
		nothing: null,
		missing: undefined,
	};
	expect(sanitise(record)).toStrictEqual({
		"\uFFFDkey": ["\uFFFD", { deep: "a b" }],
		number: 1,
		yes: true,
		nothing: null,
		missing: undefined,
	});
});

test("a key named __proto__ is a key like others", () => {
	const hostile = JSON.parse('{"settings": {"__proto__": {"polluted": "yes"}}}') as { settings: object };
	const clean = sanitise(hostile);
	expect(Object.keys(clean.settings)).toEqual(["__proto__"]);
	expect((clean.settings as { polluted?: string }).polluted).toBeUndefined();
});
