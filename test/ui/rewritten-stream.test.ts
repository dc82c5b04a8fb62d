import { expect, test } from "vitest";
import { fewerMoves } from "../../src/ui/rewritten-stream.ts";

const NEXT = "\u001b[E";

test.each([
	["", ""],
	["a\r\nb", "a\r\nb"],
	[NEXT, NEXT],
	[`${NEXT}${NEXT}`, "\u001b[2E"],
	[
		`\u001b[29A${NEXT.repeat(12)}\u001b[3Gx\r\n${NEXT.repeat(3)}`,
		"\u001b[29A\u001b[12E\u001b[3Gx\r\n\u001b[3E",
	],
])("%j costs %j", (text, written) => {
	expect(fewerMoves(text)).toBe(written);
});
