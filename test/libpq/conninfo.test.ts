import { describe, expect, test } from "vitest";
import {
	formatConninfo,
	parseConninfo,
	redactConninfo,
	unreadableConninfo,
	withoutSecrets,
} from "../../src/libpq/conninfo.ts";
import type { ConninfoValues } from "../../src/libpq/conninfo-keywords.ts";

// Expected values are what PQconninfoParse() of libpq 15 returned for these texts.
describe("keyword/value strings", () => {
	const table: readonly [string, ConninfoValues][] = [
		["host=pg1 user=repmgr dbname=repmgr", { host: "pg1", user: "repmgr", dbname: "repmgr" }],
		["  host = pg1\n\tport =5433 ", { host: "pg1", port: "5433" }],
		["host='pg 1' options='-c geqo=off'", { host: "pg 1", options: "-c geqo=off" }],
		["host='pg1'port=5", { host: "pg1", port: "5" }],
		["password='it\\'s \\\\'", { password: "it's \\" }],
		["password=it\\'s\\ mine", { password: "it's mine" }],
		["host=pg1'x", { host: "pg1'x" }],
		["host=x port=\\", { host: "x", port: "" }],
		["host= port=5", { host: "port=5" }],
		["host='' port=5", { host: "", port: "5" }],
		["host=a host=b", { host: "b" }],
		["host=a,b,,d port=1,2,,4", { host: "a,b,,d", port: "1,2,,4" }],
		["dbname='host=x y'", { dbname: "host=x y" }],
		["requiressl=1", { sslmode: "require" }],
		["requiressl=0", { sslmode: "prefer" }],
		[
			"sslnegotiation=direct gssdelegation=1 load_balance_hosts=random",
			{ sslnegotiation: "direct", gssdelegation: "1", load_balance_hosts: "random" },
		],
	];
	test.each(table)("%s", (text, values) => {
		expect(parseConninfo(text)).toEqual({ value: values });
	});
});

test.each([
	["repmgr", { dbname: "repmgr" }],
	["", {}],
	["POSTGRES://x", { dbname: "POSTGRES://x" }],
	["postgres:/x", { dbname: "postgres:/x" }],
])("text without = is a database name, as for psql -d: %s", (text, values) => {
	expect(parseConninfo(text)).toEqual({ value: values });
});

describe("URIs", () => {
	const table: readonly [string, ConninfoValues][] = [
		["postgresql://", {}],
		["postgres://pg1", { host: "pg1" }],
		["postgres://pg1:/", { host: "pg1" }],
		["postgres://u%40:p%3A@h:1/d%20b", { user: "u@", password: "p:", host: "h", port: "1", dbname: "d b" }],
		["postgres://u:a:b@h", { user: "u", password: "a:b", host: "h" }],
		["postgres://@h", { host: "h" }],
		["postgres://u@h@g/x", { user: "u", host: "h@g", dbname: "x" }],
		["postgres://[::1]:5,[fe80::1]/d", { host: "::1,fe80::1", port: "5,", dbname: "d" }],
		[
			"postgres://a:1,b:2/x?connect_timeout=10",
			{ host: "a,b", port: "1,2", dbname: "x", connect_timeout: "10" },
		],
		["postgres://,127.0.0.1/", { host: ",127.0.0.1", port: "," }],
		["postgres://%2Frun%2Fpg:99/x", { host: "/run/pg", port: "99", dbname: "x" }],
		["postgresql:///x?host=/tmp&port=99", { host: "/tmp", port: "99", dbname: "x" }],
		["postgres://h?host=other&", { host: "other" }],
		["postgres://h?ssl=true", { host: "h", sslmode: "require" }],
		["postgres://h/d?options=-c%20geqo%3Doff", { host: "h", dbname: "d", options: "-c geqo=off" }],
		["postgres://caf%C3%A9", { host: "café" }],
		["postgres://h/d#x", { host: "h", dbname: "d#x" }],
	];
	test.each(table)("%s", (text, values) => {
		expect(parseConninfo(text)).toEqual({ value: values });
	});
});

// The right side is what `psql TEXT` (15.18) printed after "psql: error: ".
test.each([
	["host=x foo", 'missing "=" after "foo" in connection info string'],
	["host = x port", 'missing "=" after "port" in connection info string'],
	["a b = c", 'missing "=" after "a" in connection info string'],
	["host=x \\", 'missing "=" after "\\" in connection info string'],
	["host='x", "unterminated quoted string in connection info string"],
	["host='x\\'", "unterminated quoted string in connection info string"],
	["host=127.0.0.1 port='5", "unterminated quoted string in connection info string"],
	["host=x foo=1", 'invalid connection option "foo"'],
	["=x", 'invalid connection option ""'],
	["host=x 'y=1", `invalid connection option "'y"`],
	["authtype=x", 'invalid connection option "authtype"'],
	["HOST=x", 'invalid connection option "HOST"'],
	[
		"postgres://[::1",
		'end of string reached when looking for matching "]" in IPv6 host address in URI: "postgres://[::1"',
	],
	["postgres://[]/", 'IPv6 host address may not be empty in URI: "postgres://[]/"'],
	[
		"postgres://[::1]z/",
		'unexpected character "z" at position 17 in URI (expected ":" or "/"): "postgres://[::1]z/"',
	],
	["postgres://h?foo", 'missing key/value separator "=" in URI query parameter: "foo"'],
	["postgres://h?&host=x", 'missing key/value separator "=" in URI query parameter: ""'],
	["postgres://h?foo=1", 'invalid URI query parameter: "foo"'],
	["postgres://h?ssl=false", 'invalid URI query parameter: "ssl"'],
	["postgres://h?host=a=b", 'extra key/value separator "=" in URI query parameter: "host"'],
	["postgres://h/%zz", 'invalid percent-encoded token: "%zz"'],
	["postgres://h/d%2", 'invalid percent-encoded token: "d%2"'],
	["postgres://h/%00", 'forbidden value %00 in percent-encoded value: "%00"'],
])("%s is refused with psql's words", (text, message) => {
	const { problems } = parseConninfo(text);
	expect(problems).toEqual([expect.objectContaining({ message, exitCode: 64, hint: expect.any(String) })]);
});

test.each([
	["password=my secret", 'missing "=" after "********" in connection info string'],
	["password=my secret=1", 'invalid connection option "********"'],
	["sslpassword=my secret", 'missing "=" after "********" in connection info string'],
	["password=my host=x foo", 'missing "=" after "foo" in connection info string'],
	["postgres://u:secret@[]", 'IPv6 host address may not be empty in URI: "postgres://********@[]"'],
	["postgres://[]?password=secret", 'IPv6 host address may not be empty in URI: "postgres://[]?…"'],
	["postgres://u:secret%zz@h", 'invalid percent-encoded token: "********"'],
	["postgres://h?password=secret%zz", 'invalid percent-encoded token: "********"'],
	["postgres://u:sec@ret%zz@h", 'invalid percent-encoded token: "********"'],
])("never repeats a possible password in a message: %s", (text, message) => {
	const problem = parseConninfo(text).problems?.[0];
	expect(problem?.message).toBe(message);
	expect(JSON.stringify(problem)).not.toContain("secret");
});

test.each([
	{},
	{ host: "pg1", port: "5432" },
	{ host: "", password: "it's \\ a\tb\n" },
	{ options: "-c search_path=a,b", dbname: "döner =" },
] satisfies ConninfoValues[])("formatted values parse to the same: %j", (values) => {
	expect(parseConninfo(formatConninfo(values))).toEqual({ value: values });
});

test("quotes only values that need it", () => {
	expect(formatConninfo({ host: "pg1", dbname: "", options: "a b", user: "o'x\\" })).toBe(
		"host=pg1 dbname='' options='a b' user='o\\'x\\\\'",
	);
});

test.each([
	["host=pg1  user=repmgr", "host=pg1  user=repmgr"],
	["host=pg1 password=s3cret user=x", "host=pg1 password=******** user=x"],
	["password='s3 cret' sslpassword=s3cret", "password=******** sslpassword=********"],
	["postgres://u:s3cret@h/d", "user=u password=******** host=h dbname=d"],
	["postgres://h/d?password=s3cret", "host=h dbname=d password=********"],
	["password=s3cret", "password=********"],
	["host=x password=s3 cret", unreadableConninfo],
	["password='s3cret", unreadableConninfo],
	["pasword=s3cret", unreadableConninfo],
	["postgres://u:s3@cret@h/d", unreadableConninfo],
	["postgres://u:s3/cret@h/d", unreadableConninfo],
	["postgres:/u:s3cret@h/d", unreadableConninfo],
	["postgres//u:s3cret@h/d?a=b", unreadableConninfo],
])("redacted: %s", (text, shown) => {
	expect(redactConninfo(text)).toBe(shown);
	expect(redactConninfo(text)).not.toMatch(/s3|cret/);
});

test("writes no secrets to a file", () => {
	expect(withoutSecrets({ host: "a", password: "b", sslpassword: "c", user: "d" })).toEqual({
		host: "a",
		user: "d",
	});
});

test("every text gives values or a problem, never an exception", () => {
	const pieces = [
		"host",
		"=",
		"'",
		"\\",
		" ",
		"postgres://",
		"@",
		"[",
		"]",
		"%",
		"%2",
		"?",
		"&",
		",",
		":",
		"/",
		"\0",
		"\ud800",
	];
	// A small linear congruential generator: the same texts in every run.
	let seed = 1;
	const next = (below: number) => {
		seed = (seed * 1103515245 + 12345) % 2147483648;
		return seed % below;
	};
	for (let round = 0; round < 3000; round += 1) {
		const text = Array.from({ length: next(12) }, () => pieces[next(pieces.length)]).join("");
		const parsed = parseConninfo(text);
		expect(parsed.value !== undefined || parsed.problems.length === 1, text).toBe(true);
		expect(redactConninfo(text)).toBeTypeOf("string");
	}
});
