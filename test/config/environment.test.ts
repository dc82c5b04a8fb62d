import { expect, test } from "vitest";
import { environmentValues } from "../../src/config/environment.ts";

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

test("an empty variable counts as given", () => {
	expect(environmentValues({ PGSSLMODE: "", PGHOST: undefined })).toEqual({ sslmode: "" });
});

test("ignores PGTARGETSESSIONATTRS and PGAPPNAME", () => {
	expect(environmentValues({ PGTARGETSESSIONATTRS: "read-write", PGAPPNAME: "x", PGTZ: "UTC" })).toEqual({});
});
