import { expect, test } from "vitest";
import { environmentValues, withoutLibpq } from "../../src/config/environment.ts";

test.each([
	["PGHOST", "host"],
	["PGHOSTADDR", "hostaddr"],
	["PGPORT", "port"],
	["PGUSER", "user"],
	["PGDATABASE", "dbname"],
	["PGPASSWORD", "password"],
	["PGPASSFILE", "passfile"],
	["PGSSLMODE", "sslmode"],
	["PGSSLROOTCERT", "sslrootcert"],
	["PGSSLCERT", "sslcert"],
	["PGSSLKEY", "sslkey"],
	["PGCONNECT_TIMEOUT", "connect_timeout"],
	["PGOPTIONS", "options"],
])("%s is %s", (variable, keyword) => {
	expect(environmentValues({ [variable]: "x", HOME: "/root" })).toEqual({ [keyword]: "x" });
});

test("ssh gets none of libpq's variables", () => {
	const own = { HOME: "/root", PGPASSWORD: "s3cret", PGHOST: "pg1", SSH_AUTH_SOCK: "/run/agent" };
	expect(withoutLibpq(own)).toEqual({ HOME: "/root", SSH_AUTH_SOCK: "/run/agent" });
});

test("an empty variable counts as given", () => {
	expect(environmentValues({ PGSSLMODE: "", PGHOST: undefined })).toEqual({ sslmode: "" });
});

test("ignores PGTARGETSESSIONATTRS and PGAPPNAME", () => {
	expect(environmentValues({ PGTARGETSESSIONATTRS: "read-write", PGAPPNAME: "x", PGTZ: "UTC" })).toEqual({});
});
