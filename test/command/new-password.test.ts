import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readNewPassword } from "../../src/command/new-password.ts";

/** An operator who types these answers, without echo. */
const typing = (...answers: readonly (string | null)[]) => {
	const left = [...answers];
	return {
		isInteractive: answers.length > 0,
		ask: (_: string, echo?: "hidden") =>
			echo === "hidden"
				? Promise.resolve(left.shift() ?? null)
				: Promise.reject(new Error("it would be seen")),
		onInterrupt: () => () => {},
		onTerminate: () => () => {},
	};
};

test("a password is typed twice without echo, and refused where the two differ or nobody types", async () => {
	const from = { from: "terminal" } as const;
	expect(await readNewPassword(from, typing("good secret", "good secret"))).toEqual({ value: "good secret" });
	expect((await readNewPassword(from, typing("good secret", "bad secret"))).fault?.message).toContain("same");
	expect((await readNewPassword(from, typing(null))).fault?.message).toContain("no new password");
	expect((await readNewPassword(from, typing())).fault?.hint).toContain("--password-file");
	expect((await readNewPassword(from, typing("short", "short"))).fault?.detail).toContain("fewer");
});

test("a password is the first line of a file; without a source there is none", async () => {
	const directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	onTestFinished(() => rmSync(directory, { recursive: true }));
	const path = join(directory, "password");
	writeFileSync(path, "from a file \r\nmore\n");
	expect(await readNewPassword({ from: "file", path }, typing())).toEqual({ value: "from a file " });
	const missing = await readNewPassword({ from: "file", path: `${path}2` }, typing());
	expect(missing.fault?.message).toContain("can't be read");
	expect(await readNewPassword(null, typing())).toEqual({ value: null });
});
