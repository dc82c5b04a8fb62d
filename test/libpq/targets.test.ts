import { expect, test } from "vitest";
import { connectionTargets, ownTargets, parseInteger } from "../../src/libpq/targets.ts";

test("a name with an address connects to the address under the name", () => {
	expect(connectionTargets({ host: "pg1", hostaddr: "10.0.0.1", port: "6000" }).value).toEqual([
		{ host: "pg1", hostaddr: "10.0.0.1", port: 6000 },
	]);
});

test("each list has its own gaps", () => {
	expect(connectionTargets({ host: "a,,c", hostaddr: ",10.0.0.2,", port: "1,,3" }).value).toEqual([
		{ host: "a", port: 1 },
		{ host: "10.0.0.2", hostaddr: "10.0.0.2", port: 5432 },
		{ host: "c", port: 3 },
	]);
});

test("IPv6 addresses, also with a zone, are addresses", () => {
	expect(
		connectionTargets({ hostaddr: "fe80::1%eth0,::ffff:10.0.0.1" }).value?.map(({ host }) => host),
	).toEqual(["fe80::1%eth0", "::ffff:10.0.0.1"]);
});

test("reports the first problem, as libpq does", () => {
	expect(connectionTargets({ host: "a,b", hostaddr: "10.0.0.1", port: "1,2,3" }).problems).toEqual([
		{ message: "could not match 2 host names to 1 hostaddr values", exitCode: 64 },
	]);
	expect(connectionTargets({ host: "a,b", port: "1,x" }).problems).toEqual([
		{ message: 'invalid integer value "x" for connection option "port"', exitCode: 64 },
	]);
});

test.each([
	["0", 0],
	["-0", -0],
	["+7", 7],
	["\t007\n", 7],
	["2147483647", 2147483647],
	["-2147483648", -2147483648],
])("%j is the integer %d", (text, value) => {
	expect(parseInteger(text, "port").value).toBe(value);
});

test.each([
	"",
	" ",
	"-",
	"1 2",
	"1e3",
	"0x1",
	"1.0",
	"2147483648",
	"-2147483649",
	"NaN",
	"Infinity",
	"١",
	"\u00a01",
])("%j is no integer", (text) => {
	expect(parseInteger(text, "keepalives").problems).toEqual([
		{ message: `invalid integer value "${text}" for connection option "keepalives"`, exitCode: 64 },
	]);
});

test("a conninfo without a host has one target, libpq's default", () => {
	expect(connectionTargets({ port: "5433" }).value).toEqual([{ host: "", port: 5433 }]);
});

test("of several hosts those named like the node are its own, else all of them", () => {
	const targets = [{ host: "node1" }, { host: "node3.example.com" }, { host: "node30" }];
	expect(ownTargets(targets, "node3")).toEqual([{ host: "node3.example.com" }]);
	expect(ownTargets(targets, "pg3")).toEqual(targets);
});
