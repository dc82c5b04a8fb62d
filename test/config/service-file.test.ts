import { join } from "node:path";
import { expect, test } from "vitest";
import { parseService, readService } from "../../src/config/service-file.ts";
import { client, temporaryDirectory } from "./directory.ts";

// Behaviour and messages compared with psql 15.18 and PGSERVICEFILE.
test.each([
	["[s]\nhost=a\nport=6\n", { host: "a", port: "6" }],
	["  [s]\n host=a\nport=6 \n[s]\nport=7\n", { host: "a", port: "6" }],
	["[s]\nport=6\nport=7\n", { port: "6" }],
	["[t]\nbad\n[s]\n# comment\n\nhost=a\n[u]\nbad\n", { host: "a" }],
	["[s]\npassword=a=b c\n", { password: "a=b c" }],
	["[s]", {}],
])("%j", (text, value) => {
	expect(parseService(text, "f", "s")).toEqual({ value });
});

test.each([["[s ]\nhost=a"], ["[ss]\nhost=a"], ["host=a"], [""]])("%j does not define it", (text) => {
	expect(parseService(text, "f", "s")).toBeUndefined();
});

test.each([
	["[s]\nhost=a\nport = 6\n", 'syntax error in service file "f", line 3', 3],
	["# c\n[s]\nfoo\n", 'syntax error in service file "f", line 3', 3],
	["[s]\nfoo=1\n", 'syntax error in service file "f", line 2', 2],
	["[s]\nldap://x\n", 'syntax error in service file "f", line 2', 2],
	["[s]\nservice=x\n", 'nested service specifications not supported in service file "f", line 2', 2],
])("%j is refused", (text, message, line) => {
	expect(parseService(text, "f", "s")?.problems).toEqual([
		{ message, where: { file: "f", line }, exitCode: 78 },
	]);
});

test("the user's file comes before the system's, which serves what it lacks", () => {
	const system = temporaryDirectory({ "pg_service.conf": "[a]\nhost=system\n[b]\nhost=system\n" });
	const here = client({ PGSYSCONFDIR: system }, { ".pg_service.conf": "[a]\nhost=user\n" });
	expect(readService("a", here).value).toEqual({ host: "user" });
	expect(readService("b", here).value).toEqual({ host: "system" });
	expect(readService("c", here).problems).toMatchObject([
		{ message: 'definition of service "c" not found', detail: expect.stringContaining(system), exitCode: 78 },
	]);
});

test("PGSERVICEFILE must exist, and replaces the user's file", () => {
	const here = client({}, { ".pg_service.conf": "[a]\nhost=user\n", other: "[a]\nhost=other\n" });
	const withFile = (file: string) => ({ ...here, environment: { PGSERVICEFILE: file } });
	expect(readService("a", withFile(join(here.home, "other"))).value).toEqual({ host: "other" });
	expect(readService("a", withFile("/none")).problems).toMatchObject([
		{ message: 'service file "/none" not found' },
	]);
});

test("a file that is a directory is a problem, not an exception", () => {
	const here = client({ PGSERVICEFILE: temporaryDirectory() });
	expect(readService("a", here).problems?.[0]?.message).toMatch(
		/^could not read service file ".*": Illegal operation on a directory$/,
	);
});
