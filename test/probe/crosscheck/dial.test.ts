import { describe, expect, test } from "vitest";
import { dialConninfo } from "../../../src/probe/crosscheck/dial.ts";

const text = (registered: string) => dialConninfo(registered, 2).conninfo.value?.text;

test("keeps the registered conninfo, with repmgr's additions, our timeout and our name", () => {
	expect(dialConninfo("host=node2 user=repmgr dbname=repmgr connect_timeout=10", 2)).toEqual({
		host: "node2",
		conninfo: {
			value: {
				text: "host=node2 user=repmgr dbname=repmgr connect_timeout=2 options=-csearch_path= fallback_application_name=repmgr-console",
				password: null,
			},
		},
	});
});

describe("the password is apart", () => {
	test.each([
		["host=n password=secret", "secret"],
		["password='two words' host=n", "two words"],
		["postgresql://u:p%40ss@n/db", "p@ss"],
	])("%s", (registered, password) => {
		const { conninfo } = dialConninfo(registered, 2);
		expect(conninfo.value?.password).toBe(password);
		expect(conninfo.value?.text).not.toMatch(/pass|secret|words|p@ss/);
	});
});

test("keeps a hostile text one value of one keyword", () => {
	expect(text("host='a b' dbname='x\\' password=y'")).toContain("host='a b' dbname='x\\' password=y'");
});

test.each([
	["host=a,b user=u", "a,b"],
	["hostaddr=10.0.0.1 user=u", null],
	["user=u", null],
])("host for SSH: %s", (registered, host) => {
	expect(dialConninfo(registered, 2).host).toBe(host);
});

describe("can't be tried", () => {
	test.each([
		["not a conninfo", "host = = 'x", /conn|quot|option/],
		[
			"a password that was only remembered, without it",
			"host=n password=********",
			/password .* is not known yet/,
		],
		["a secret that can't be kept out of argv", "host=n sslpassword=hunter2", /can't be handed on safely/],
		["a password that is no line", "host=n password='hunter2\n3 other'", /can't be handed on safely/],
	])("%s", (_, registered, message) => {
		const { conninfo } = dialConninfo(registered, 2);
		expect(conninfo.fault?.message).toMatch(message);
		expect(JSON.stringify(conninfo)).not.toContain("hunter2");
	});
});
