import { describe, expect, test } from "vitest";
import { contains, parseAddress, parseNetwork } from "../../src/lint/address.ts";
import { decide } from "../../src/lint/hba.ts";
import { hbaRule } from "../support/setups.ts";

describe("addresses", () => {
	test.each([
		["10.99.0.0", "255.255.0.0", "10.99.1.11", true],
		["10.99.0.0", "255.255.0.0", "10.98.1.11", false],
		["10.99.0.0/16", null, "10.99.255.1", true],
		["10.99.1.8/29", null, "10.99.1.15", true],
		["10.99.1.8/29", null, "10.99.1.16", false],
		["0.0.0.0/0", null, "8.8.8.8", true],
		["0.0.0.0/0", null, "::1", false],
		["10.99.1.11", null, "10.99.1.11", true],
		["fe80::/10", null, "fe80::1%eth0", true],
		["fe80::/10", null, "fec0::1", false],
		["::ffff:10.0.0.0/104", null, "::ffff:10.1.2.3", true],
		["2001:db8::", "ffff:ffff::", "2001:db8:1::5", true],
	])("%s %s: %s %s", (address, netmask, client, expected) => {
		const network = parseNetwork(address, netmask);
		expect(network && contains(network, parseAddress(client) ?? [])).toBe(expected);
	});

	test.each([
		"10.0.0",
		"10.0.0.256",
		"10.0.0.0.0",
		"::1::",
		"1:2:3",
		"12345::",
		"samenet",
		"",
		"10.0.0.0/33",
	])("%s is not a network", (text) => {
		expect(parseNetwork(text, null)).toBeNull();
	});

	test("a mask with holes is not a network", () => {
		expect(parseNetwork("10.0.0.0", "255.0.255.0")).toBeNull();
	});
});

const from = (address: string) => ({ address, addressBytes: parseAddress(address) ?? [] });

const CONNECTION = { database: "repmgr", user: "repmgr", ...from("10.99.1.12"), isEncrypted: true };

describe("the deciding line", () => {
	const decided = (changes: Parameters<typeof hbaRule>[1], connection = {}) =>
		decide({ rules: [hbaRule(1, changes)], problems: [] }, { ...CONNECTION, ...connection }).kind;

	test.each([
		[{}, {}, "rule"],
		[{ databases: ["postgres", "repmgr"] }, {}, "rule"],
		[{ databases: ["postgres"] }, {}, "none"],
		[{ databases: ["sameuser"] }, {}, "rule"],
		[{ databases: ["samerole"] }, {}, "undecided"],
		[{ databases: ["/^rep"] }, {}, "undecided"],
		[{ users: ["+dba"] }, {}, "undecided"],
		[{ users: ["+dba", "repmgr"] }, {}, "rule"],
		[{ users: ["app"] }, {}, "none"],
		[{ type: "local" }, {}, "none"],
		[{ type: "hostssl" }, {}, "rule"],
		[{ type: "hostssl" }, { isEncrypted: false }, "none"],
		[{ type: "hostnossl" }, {}, "undecided"],
		[{ type: "hostnossl" }, { isEncrypted: false }, "rule"],
		[{ type: "hostgssenc" }, {}, "undecided"],
		[{ address: "samehost", netmask: null }, {}, "undecided"],
		[{ address: "db.example.com", netmask: null }, {}, "undecided"],
		[{ address: "all", netmask: null }, from("::1"), "rule"],
		[{ databases: ["all"] }, { database: "replication" }, "none"],
		[{ databases: ["replication"] }, { database: "replication" }, "rule"],
		[{ databases: ["replication"] }, {}, "none"],
	] as const)("%j for %j: %s", (changes, connection, expected) => {
		expect(decided(changes, connection)).toBe(expected);
	});

	test("is the first that matches; one that may match makes it undecided", () => {
		const reject = hbaRule(1, { method: "reject" });
		const group = hbaRule(2, { users: ["+dba"] });
		const all = hbaRule(3);
		const of = (...rules: readonly ReturnType<typeof hbaRule>[]) =>
			decide({ rules, problems: [] }, CONNECTION);
		expect(of(reject, all)).toEqual({ kind: "rule", rule: reject });
		expect(of(all, reject)).toEqual({ kind: "rule", rule: all });
		expect(of(group, all)).toEqual({ kind: "undecided", rule: group });
		expect(of(all, group)).toEqual({ kind: "rule", rule: all });
	});
});
