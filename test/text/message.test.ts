import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatMessage, foundIn, systemCode, systemMessage } from "../../src/text/message.ts";
import { nearest } from "../../src/text/nearest.ts";

test("prints a problem with its place, detail and hint", () => {
	const problem = { message: "m", detail: "D.", hint: "H.", exitCode: 64 } as const;
	expect(formatMessage(problem)).toBe("m\nDETAIL:  D.\nHINT:  H.");
	const found = foundIn(problem, { file: "f", line: 3, column: 5 });
	expect(formatMessage(found)).toBe("f:3:5: m\nDETAIL:  D.\nHINT:  H.");
	expect(found.exitCode).toBe(78);
	expect(formatMessage({ message: "m", where: { file: "f", line: 3 } })).toBe("f:3: m");
});

test("shows errors in the operating system's words", () => {
	const failure = (path: string): unknown => {
		try {
			return readFileSync(path);
		} catch (error) {
			return error;
		}
	};
	expect(systemMessage(failure("/no/where"))).toBe("No such file or directory");
	expect(systemCode(failure("/no/where"))).toBe("ENOENT");
	expect(systemMessage(failure("/"))).toBe("Illegal operation on a directory");
	expect(systemMessage("odd")).toBe("Odd");
	expect(systemCode(new Error("x"))).toBeUndefined();
});

test.each([
	["hots", "host"],
	["HOST", "host"],
	["prot", "port"],
	["intervall_seconds", "interval_seconds"],
	["nod", "node"],
	["xyzzy", undefined],
	["", undefined],
])("%s means %s", (word, meant) => {
	expect(nearest(word, ["host", "port", "interval_seconds", "nodes", "node"])).toBe(meant);
});
