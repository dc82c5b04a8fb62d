import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readSudoPassword } from "../../src/config/sudo-password.ts";

let directory = "";
let file = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	file = join(directory, "secret");
});
afterEach(() => rmSync(directory, { recursive: true }));

function read(text: string, mode = 0o600) {
	writeFileSync(file, text);
	chmodSync(file, mode);
	return readSudoPassword(file);
}

test.each([
	["öffne dich", "öffne dich"],
	[" a b \n", " a b "],
	["first\r\nsecond\n", "first"],
])("the password is the first line: %j", (text, password) => {
	expect(read(text)).toEqual({ value: password });
});

test.each([
	["", 0o600, /^no password is in/],
	["\nsecond\n", 0o600, /^no password is in/],
	["a\u0000b\n", 0o600, /^no password is in/],
	["x".repeat(256), 0o600, /^no password is in/],
	["open sesame\n", 0o640, /has group or world access$/],
	["open sesame\n", 0o604, /has group or world access$/],
])("%j with mode %i is refused, and not told", (text, mode, message) => {
	const [problem] = read(text, mode).problems ?? [];
	expect(problem?.message).toMatch(message);
	expect(JSON.stringify(problem)).not.toContain("sesame");
});

test("a file that is not there is refused", () => {
	expect(readSudoPassword(file).problems?.[0]?.message).toMatch(
		/^could not read sudo password file .*No such file/,
	);
});
