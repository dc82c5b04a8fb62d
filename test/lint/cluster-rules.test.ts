import { describe, expect, test } from "vitest";
import { HBA_RULES, hbaRule, inShort, lintOf, type SetupChanges } from "../support/setups.ts";

describe("two nodes", () => {
	test("need a witness", () => {
		const results = lintOf({}, [1, 2]);
		expect(inShort(results)).toEqual(["warning TWO_NODES_WITHOUT_WITNESS cluster"]);
		expect(results[0]?.change[0]?.text).toBe(
			"repmgr -f /etc/repmgr.conf witness register -h node1 -U repmgr -d repmgr",
		);
	});

	test("are accepted with a witness", () => {
		expect(lintOf({}, [1, 2, 4])).toEqual([]);
	});

	test("need no witness with manual failover", () => {
		const conf = { failover: "manual" };
		const results = lintOf({ 1: { conf }, 2: { conf } }, [1, 2]);
		expect(inShort(results)).toEqual(["notice FAILOVER_MANUAL 1:8", "notice FAILOVER_MANUAL 2:8"]);
	});

	test("need a witness if one of them can't be read", () => {
		const results = lintOf({ 1: { conf: { failover: "manual" } }, 2: { unread: ["conf"] } }, [1, 2]);
		expect(inShort(results)).toContain("warning TWO_NODES_WITHOUT_WITNESS cluster");
	});

	test("don't need the visibility consensus", () => {
		const conf = { primary_visibility_consensus: undefined };
		expect(inShort(lintOf({ 1: { conf }, 2: { conf } }, [1, 2]))).toEqual([
			"warning TWO_NODES_WITHOUT_WITNESS cluster",
		]);
	});
});

/** As its repmgr.conf says, too. */
const withPriority = (priority: number) => ({
	registered: { priority },
	conf: { priority: String(priority) },
});
const inLocation = (location: string) => ({ registered: { location }, conf: { location } });

const cases: readonly (readonly [string, SetupChanges, readonly string[]])[] = [
	[
		"no standby may be promoted",
		{ 2: withPriority(0), 3: withPriority(0) },
		["error NO_PROMOTION_CANDIDATE cluster"],
	],
	["one standby may", { 2: withPriority(0) }, []],
	[
		"the primary is alone in its location",
		{ 1: inLocation("east") },
		["warning LOCATION_WITHOUT_OBSERVER cluster"],
	],
	["the witness is with it", { 1: inLocation("east"), 4: inLocation("east") }, []],
	[
		"the witness is on a node's host",
		{ 4: { registered: { host: "node2" } } },
		["warning WITNESS_ON_SAME_HOST 4"],
	],
	[
		"no primary is registered: nothing is said of candidates and locations",
		{
			1: {
				registered: { active: false, location: "east", priority: 0 },
				conf: { location: "east", priority: "0" },
			},
		},
		[],
	],
	[
		"a conninfo leads to localhost",
		{ 2: { registered: { conninfo: "host=localhost user=repmgr dbname=repmgr connect_timeout=2" } } },
		["error CONNINFO_LOCAL_HOST 2:3"],
	],
	[
		"a conninfo has no host",
		{ 2: { registered: { conninfo: "user=repmgr dbname=repmgr connect_timeout=2" } } },
		["error CONNINFO_LOCAL_HOST 2:3"],
	],
	[
		"a name does not resolve",
		{
			3: {
				host: {
					addresses: new Map([
						["node1", ["10.99.1.11"]],
						["node2", []],
					]),
				},
			},
		},
		["error HOST_NOT_RESOLVED 3"],
	],
	[
		"a name means another machine elsewhere",
		{
			3: {
				host: {
					addresses: new Map([
						["node1", ["10.99.1.11"]],
						["node2", ["10.99.9.9"]],
					]),
				},
			},
		},
		["warning HOST_RESOLVES_DIFFERENTLY 3"],
	],
];

test.each(cases)("%s", (_, changes, expected) => {
	expect(inShort(lintOf(changes))).toEqual(expected);
});

describe("a host's own name is its loopback address (Debian's installer)", () => {
	const host = {
		addresses: new Map([
			["node1", ["10.99.1.11"]],
			["node2", ["127.0.1.1"]],
		]),
	};
	const loopback = hbaRule(9, { address: "127.0.0.1", netmask: "255.255.255.255" });

	test("is accepted if pg_hba.conf has it", () => {
		expect(lintOf({ 2: { host, hba: [...HBA_RULES, loopback] } })).toEqual([]);
	});

	test("is reported if pg_hba.conf lacks it", () => {
		expect(lintOf({ 2: { host } })).toMatchObject([
			{
				code: "HBA_REFUSES_REPMGR",
				message: expect.stringContaining('does not let "node2" in'),
				change: [{ text: "host repmgr repmgr 127.0.0.1/32 scram-sha-256" }, {}],
			},
		]);
	});
});
