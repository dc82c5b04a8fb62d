import { expect, test } from "vitest";
import { findPassword } from "../../src/libpq/passfile.ts";

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
