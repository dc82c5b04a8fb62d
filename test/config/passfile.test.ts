import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { findPassword, passfileProblem, readPassword } from "../../src/config/passfile.ts";
import { temporaryDirectory } from "./directory.ts";

const owner = { host: "pg1", port: "5432", dbname: "repmgr", user: "repmgr" };

test.each([
	["pg1:5432:repmgr:repmgr:secret", "secret"],
	["*:*:*:*:x", "x"],
	["pg2:5432:repmgr:repmgr:no\npg1:*:*:repmgr:yes", "yes"],
	["*:*:replication:repmgr:no\n*:*:*:*:yes\n*:*:*:*:late", "yes"],
	["pg1:5433:*:*:no", null],
	["pg1:05432:*:*:no", null],
	["#pg1:5432:repmgr:repmgr:no\r\npg1:5432:repmgr:repmgr:yes\r\n", "yes"],
	["\n\n", null],
	["pg1:5432:repmgr:repmgr", null],
	["pg1:5432:repmgr:repmgr:", null],
	["pg1:5432:repmgr:repmgr:a\\:b\\\\c", "a:b\\c"],
	["pg1:5432:repmgr:repmgr:a:rest", "a"],
	["pg1:5432:repmgr:repmgr:a\\:", "a:"],
	["\\*:*:*:*:no", null],
	["p\\g1:*:*:*:yes", "yes"],
	["pg1*:*:*:*:no", null],
	["pg1:5432:repmgr:repmgr: spaces # kept ", " spaces # kept "],
])("%j gives %j", (text, password) => {
	expect(findPassword(text, owner)).toBe(password);
});

test.each([
	[{ ...owner, host: "::1" }, "\\:\\:1:*:*:*:v6", "v6"],
	[{ ...owner, host: "/var/run/postgresql" }, "localhost:*:*:*:socket", "socket"],
	[{ ...owner, host: "/var/run/postgresql" }, "/var/run/postgresql:*:*:*:no", null],
	[{ ...owner, host: "/tmp" }, "/tmp:*:*:*:other", "other"],
	[{ ...owner, user: "a\\b:c" }, "*:*:*:a\\\\b\\:c:escaped", "escaped"],
	[{ ...owner, host: "C\\" }, "C\\\\:5432:*:*:backslash", "backslash"],
])("%j in %j", (wanted, text, password) => {
	expect(findPassword(text, wanted)).toBe(password);
});

test("a missing file is no problem and gives no password", async () => {
	const path = join(temporaryDirectory(), "none");
	expect(await passfileProblem(path)).toBeNull();
	expect(await readPassword(path, owner)).toBeNull();
});

test("a file others may read is ignored with a reason, and nothing is printed", async () => {
	const printed = vi.spyOn(process.stderr, "write");
	const path = join(temporaryDirectory({ pgpass: "*:*:*:*:secret" }), "pgpass");
	expect(await readPassword(path, owner)).toBe("secret");
	chmodSync(path, 0o640);
	expect(await readPassword(path, owner)).toBeNull();
	expect(await passfileProblem(path)).toEqual({
		message: `password file "${path}" has group or world access`,
		detail: expect.stringContaining("ignored"),
		hint: `Permissions should be u=rw (0600) or less: chmod 600 ${path}`,
		exitCode: 78,
	});
	expect(printed).not.toHaveBeenCalled();
});

test("a directory is not a password file", async () => {
	const path = temporaryDirectory();
	expect(await passfileProblem(path)).toMatchObject({
		message: `password file "${path}" is not a plain file`,
	});
	expect(await readPassword(path, owner)).toBeNull();
});
