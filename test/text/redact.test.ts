import { expect, test } from "vitest";
import { redactAll, redactor } from "../../src/text/redact.ts";
import { DONE_MS } from "../support/patience.ts";
import { wholeNumbersFrom } from "../support/random.ts";

const redact = redactor(() => []);

/** Letters that occur nowhere else in these texts, so that any of them is part of a secret. */
const LETTERS = "QZXJ";
const SIGNS = [
	"'",
	'"',
	"\\",
	" ",
	"@",
	":",
	"/",
	"&",
	"=",
	"$",
	"%",
	"#",
	";",
	",",
	")",
	"?",
	"é",
	"|",
	"  ",
	"''",
];

const inShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
const inShellToo = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
const inConninfo = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
const inSql = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const inPassfile = (text: string): string => text.replaceAll(/[\\:]/g, "\\$&");

/** Forms in which libpq, repmgr, shells and PostgreSQL write a secret. Null: not possible with this one. */
const FORMS: readonly ((secret: string) => string | null)[] = [
	(secret) => `host=h password=${inConninfo(secret)} dbname=d`,
	(secret) => `host=h dbname=d password = ${inConninfo(secret)}`,
	(secret) => `host=h password=${secret.replaceAll(/[\s\\']/g, "\\$&")} dbname=d`,
	(secret) => `sslpassword=${inConninfo(secret)} host=h`,
	(secret) => `PGPASSWORD=${inShell(secret)} psql -h h`,
	(secret) => `PGPASSWORD=${inShellToo(secret)} psql -h h`,
	(secret) => `STATEMENT:  ALTER ROLE r PASSWORD ${inSql(secret)} VALID UNTIL 'today'`,
	(secret) => `ALTER ROLE r PASSWORD E${inConninfo(secret)};`,
	(secret) => (secret.includes("$$") ? null : `ALTER ROLE r PASSWORD $$${secret}$$;`),
	(secret) => (secret.includes("$$") ? null : `ALTER ROLE r PASSWORD $t$${secret}$t$;`),
	(secret) => `postgresql://u:${encodeURIComponent(secret)}@h:5432/d?connect_timeout=2`,
	(secret) => (/\s/.test(secret) ? null : `postgres://u:${secret}@h/d`),
	(secret) => `postgresql://h/d?user=u&password=${encodeURIComponent(secret)}&sslmode=require`,
	(secret) => `h:5432:d:r:${inPassfile(secret)}`,
	(secret) => `[::1]:5432:*:u:${inPassfile(secret)}`,
	(secret) => `\\:\\:1:*:*:u:${secret}`,
	(secret) => JSON.stringify({ user: "u", password: secret, port: 1 }),
	(secret) => `host all all 10.0.0.0/8 ldap ldapbindpasswd=${JSON.stringify(secret)}`,
];

/** The whole text as another program quotes it. */
const AROUND: readonly ((text: string) => string)[] = [
	(text) => text,
	(text) => `pg_rewind --source-server=${inShell(text)} --target-pgdata=/d`,
	(text) => `sh -c ${inShellToo(text)} sh`,
	(text) => `conninfo=${inSql(text)}`,
	(text) => `{"statement":${JSON.stringify(text)},"line":1}`,
	(text) => `DETAIL:  it said "${text}"`,
];

test("removes a secret in every form and quoting", () => {
	const next = wholeNumbersFrom(20261129);
	const oneOf = <T>(list: readonly T[]): T => list[next(list.length)] as T;
	for (let round = 0; round < 20_000; round++) {
		const length = 2 + next(9);
		const inner = Array.from({ length }, () => (next(2) === 0 ? oneOf([...LETTERS]) : oneOf(SIGNS))).join("");
		const secret = `${oneOf(["", oneOf(SIGNS)])}Q${inner}Z${oneOf(["", oneOf(SIGNS)])}`;
		const text = oneOf(FORMS)(secret);
		if (text === null) continue;
		const told = oneOf(AROUND)(oneOf(AROUND)(text));
		expect(redact(told), `${told} (${secret})`).not.toMatch(new RegExp(`[${LETTERS}]`));
		const known = redactor(() => [secret])(`who would write ${oneOf(AROUND)(secret)} there?`);
		expect(known, secret).not.toMatch(new RegExp(`[${LETTERS}]`));
	}
});

test.each([
	["host=n1 password=abc dbname=d", "host=n1 password=******** dbname=d"],
	["host=n1 password='a b' dbname=d", "host=n1 password=******** dbname=d"],
	[
		"pg_rewind --source-server='host=n1 password=abc' --target-pgdata=/d",
		"pg_rewind --source-server='host=n1 password=********' --target-pgdata=/d",
	],
	["conninfo='host=n1 password=''a b'' dbname=d'", "conninfo='host=n1 password=******** dbname=d'"],
	["ALTER ROLE r PASSWORD 'abc' VALID UNTIL 'x'", "ALTER ROLE r PASSWORD ******** VALID UNTIL 'x'"],
	['{"password":"abc","port":1}', '{"password":********,"port":1}'],
	["postgres://u:abc@h/d?password=def&port=1", "postgres://u:********@h/d?password=********&port=1"],
])("keeps the text around a secret: %s", (text, shown) => {
	expect(redact(text)).toBe(shown);
});

test("conceals secrets that become known later, also in plain values", () => {
	const secrets = new Set<string>();
	const late = redactor(() => secrets);
	expect(late("learned later")).toBe("learned later");
	secrets.add("later");
	expect(redactAll({ a: [{ b: "learned later" }], c: 1 }, late)).toEqual({
		a: [{ b: "learned ********" }],
		c: 1,
	});
});

test.each([
	"2026-11-23 11:24:39.123 UTC [93] LOG:  checkpoint complete: wrote 3 buffers",
	'no password supplied; "password_encryption" is scram-sha-256',
	"connection from 2001:db8:0:0:0:0:0:1 at 11:24:39",
	"postgresql://node1:5432/repmgr",
])("leaves text without secrets unchanged: %s", (text) => {
	expect(redactor(() => ["", "abc"])(text)).toBe(text);
});

test("handles a very long line quickly", () => {
	const began = performance.now();
	for (const piece of ["a-", 'a"', "a:1:", "password", "x_", "://a:"])
		redact(piece.repeat(64_000 / piece.length));
	expect(performance.now() - began).toBeLessThan(DONE_MS);
});
