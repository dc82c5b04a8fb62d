import { expect, test } from "vitest";
import { lsnDistanceBytes, parseLsn } from "../../src/model/lsn.ts";

test.each([
	["0/0", 0n],
	["0/60623D0", 0x60623d0n],
	["0/60623d0", 0x60623d0n],
	["1/0", 0x1_0000_0000n],
	["16/B374D848", 0x16_b374_d848n],
	["FFFFFFFF/FFFFFFFF", 0xffff_ffff_ffff_ffffn],
])("parses %s", (text, position) => {
	expect(parseLsn(text)).toBe(position);
});

test.each([
	"",
	"0",
	"0/",
	"/0",
	"0/0/0",
	"0/123456789",
	"123456789/0",
	"0/G",
	" 0/0",
	"0/0\n",
	"-1/0",
	"0x1/0",
])("rejects %j", (text) => {
	expect(parseLsn(text)).toBeNull();
});

test.each([
	["0/5000000", "0/5000000", 0],
	["0/5000000", "0/5004000", 16_384],
	["0/5004000", "0/5000000", -16_384],
	// The low half wraps around: one byte, not four gigabytes back.
	["0/FFFFFFFF", "1/0", 1],
	["1/0", "0/FFFFFFFF", -1],
	["0/FFFFFFF0", "2/10", 0x1_0000_0020],
])("from %s to %s: %i bytes", (from, to, bytes) => {
	expect(lsnDistanceBytes(from, to)).toBe(bytes);
});

test.each([
	[null, "0/0"],
	["0/0", null],
	[null, null],
	["0/0", "garbage"],
	["garbage", "0/0"],
])("from %s to %s: unknown", (from, to) => {
	expect(lsnDistanceBytes(from, to)).toBeNull();
});
