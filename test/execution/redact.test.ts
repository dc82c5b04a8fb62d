import { expect, test } from "vitest";
import { redactAll, redactor } from "../../src/execution/redact.ts";

const SECRET = "s3cret-Pässword";

test.each([
	`host=node1 user=repmgr password=${SECRET} dbname=repmgr`,
	`host=node1 password = '${SECRET}' dbname=x`,
	`password='it''s' PASSWORD='${SECRET}\\' more'`,
	`pg_rewind --source-server='host=n1 user=repmgr password=${SECRET}' --target-pgdata=/d`,
	`postgresql://repmgr:${SECRET}@node1:5432/repmgr?connect_timeout=2`,
	`postgresql://node1/repmgr?user=repmgr&password=${SECRET}&sslmode=require`,
	`PGPASSWORD=${SECRET} psql -h node1`,
	`could not parse line:\nnode1:5432:repmgr:repmgr:${SECRET}\n`,
	`*:*:*:repmgr:${SECRET}`,
	`STATEMENT:  ALTER ROLE repmgr PASSWORD '${SECRET}'`,
	`sslpassword=${SECRET}`,
])("no secret is left of %s", (text) => {
	expect(redactor([])(text)).not.toContain(SECRET);
});

test("a secret that is known goes wherever it stands", () => {
	expect(redactor([SECRET])(`who would write ${SECRET} there?`)).toBe("who would write ******** there?");
	expect(redactAll({ a: [{ b: SECRET }], c: 1 }, redactor([SECRET]))).toEqual({
		a: [{ b: "********" }],
		c: 1,
	});
});

test("what is none stays as it is", () => {
	const text =
		'2026-11-23 11:24:39.123 UTC [93] LOG:  checkpoint complete: wrote 3 buffers\nno password supplied; "password_encryption"';
	expect(redactor([""])(text)).toBe(text);
});
