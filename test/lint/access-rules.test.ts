import { describe, expect, test } from "vitest";
import {
	HBA,
	HBA_RULES,
	hbaRule,
	inShort,
	lintOf,
	PASSFILE,
	passfileLine,
	type SetupChange,
} from "../support/setups.ts";

const network = (bits: number, changes = {}) => ({ address: `10.99.1.0/${bits}`, netmask: null, ...changes });

const cases: readonly (readonly [string, SetupChange, readonly string[]])[] = [
	["no line at all", { hba: [] }, ["error HBA_REFUSES_REPMGR 1", "error HBA_REFUSES_REPLICATION 1"]],
	["no line for replication", { hba: [hbaRule(1)] }, ["error HBA_REFUSES_REPLICATION 1"]],
	[
		"replication alone",
		{ hba: [hbaRule(1, { databases: ["replication"] })] },
		["error HBA_REFUSES_REPMGR 1"],
	],
	[
		"a line that rejects before",
		{ hba: [hbaRule(1, { method: "reject" }), ...HBA_RULES] },
		["error HBA_REFUSES_REPMGR 1:1"],
	],
	["a line that rejects behind", { hba: [...HBA_RULES, hbaRule(9, { method: "reject" })] }, []],
	[
		"one that rejects another user",
		{ hba: [hbaRule(1, { method: "reject", users: ["app"] }), ...HBA_RULES] },
		[],
	],
	[
		"a database of the user's name",
		{ hba: [hbaRule(1, { databases: ["sameuser"] }), ...HBA_RULES.slice(2)] },
		[],
	],
	["only TLS, which the server has", { hba: HBA_RULES.map((rule) => ({ ...rule, type: "hostssl" })) }, []],
	[
		"only TLS, which the server has not",
		{ hba: HBA_RULES.map((rule) => ({ ...rule, type: "hostssl" })), settings: { ssl: "off" } },
		["error HBA_REFUSES_REPMGR 1", "error HBA_REFUSES_REPLICATION 1"],
	],
	[
		"a group, of which it can't be told",
		{ hba: [hbaRule(1, { users: ["+dbas"] }), ...HBA_RULES] },
		["unknown HBA_REFUSES_REPMGR 1:1"],
	],
	[
		"its own network, of which it can't be told",
		{ hba: [hbaRule(1, { address: "samenet", netmask: null }), ...HBA_RULES.slice(2)] },
		["unknown HBA_REFUSES_REPMGR 1:1"],
	],
	[
		"trust for the world",
		{ hba: [hbaRule(1, { address: "0.0.0.0", netmask: "0.0.0.0", method: "trust" }), ...HBA_RULES.slice(2)] },
		["error HBA_TRUST_FROM_ANYWHERE 1:1"],
	],
	[
		"trust for the world in IPv6",
		{ hba: [...HBA_RULES, hbaRule(7, { address: "::/0", netmask: null, method: "trust" })] },
		["error HBA_TRUST_FROM_ANYWHERE 1:7"],
	],
	[
		"trust for all",
		{ hba: [...HBA_RULES, hbaRule(7, { address: "all", netmask: null, method: "trust" })] },
		["error HBA_TRUST_FROM_ANYWHERE 1:7"],
	],
	[
		"trust for some hosts",
		{ hba: [...HBA_RULES, hbaRule(7, { address: "10.99.1.12/32", netmask: null, method: "trust" })] },
		["notice HBA_TRUST 1:7"],
	],
	[
		"trust on this host",
		{
			hba: [
				...HBA_RULES,
				hbaRule(7, { address: "127.0.0.1/32", netmask: null, method: "trust" }),
				hbaRule(8, { type: "local", address: null, netmask: null, method: "trust" }),
			],
		},
		[],
	],
	[
		"a line that is wrong",
		{ hbaProblems: [{ message: "invalid IP mask", place: { file: HBA, line: 4 } }] },
		["error HBA_INVALID 1:4"],
	],
	[
		"a password file that others can read",
		{ passfile: { file: { path: PASSFILE, mode: 0o644, owner: "postgres" } } },
		["error PASSFILE_PERMISSIONS 1"],
	],
	[
		"none",
		{ passfile: { file: null, lines: [] } },
		["error PASSFILE_LINE_MISSING 1", "error PASSFILE_REPLICATION_LINE_MISSING 1"],
	],
	[
		"lines for the database only",
		{ passfile: { lines: [passfileLine(1, { dbname: "repmgr" })] } },
		["error PASSFILE_REPLICATION_LINE_MISSING 1"],
	],
	[
		"two lines a node",
		{
			passfile: {
				lines: [passfileLine(1, { dbname: "repmgr" }), passfileLine(2, { dbname: "replication" })],
			},
		},
		[],
	],
	[
		"lines for another port",
		{ passfile: { lines: [passfileLine(1, { port: "5433" })] } },
		["error PASSFILE_LINE_MISSING 1", "error PASSFILE_REPLICATION_LINE_MISSING 1"],
	],
];

test.each(cases)("%s", (_, change, expected) => {
	expect(inShort(lintOf({ 1: change }))).toEqual(expected);
});

describe("a rejected node", () => {
	test("is named, with the line that would permit it", () => {
		const hba = [
			hbaRule(1, { address: "10.99.1.11", netmask: "255.255.255.254" }),
			hbaRule(2, network(32, { address: "10.99.1.13/32" })),
			...HBA_RULES.slice(2),
		];
		expect(lintOf({ 1: { hba } })).toMatchObject([
			{
				message: 'pg_hba.conf of "node1" does not let "node2" and "node4" in to repmgr\'s database',
				where: { host: "node1", file: HBA, line: null },
				change: [
					{ title: `add to ${HBA} on node1`, text: "host repmgr repmgr 10.99.1.12/32 scram-sha-256" },
					{ title: `add to ${HBA} on node1`, text: "host repmgr repmgr 10.99.1.14/32 scram-sha-256" },
					{ text: "SELECT pg_reload_conf();" },
				],
			},
		]);
	});

	test("is not reported where source addresses are unknown", () => {
		const changes = { host: { addresses: new Map() }, server: { address: null } };
		expect(
			lintOf({ 1: { ...changes, hba: [] }, 2: changes, 3: changes, 4: changes }).map(({ code }) => code),
		).toEqual([]);
	});

	test("is checked with the console's view of the server where its name has two addresses", () => {
		const addresses = new Map([["node2", ["10.0.0.2", "192.168.0.2"]]]);
		const hba = [hbaRule(1, { address: "10.99.1.12", netmask: "255.255.255.255" }), ...HBA_RULES.slice(2)];
		const refused = lintOf({ 1: { hba, host: { addresses } } }).find(
			({ code }) => code === "HBA_REFUSES_REPMGR",
		);
		expect(refused?.message).not.toContain("node2");
	});
});

test("gives the exact missing lines of a password file, without the password", () => {
	const lines = [1, 3, 4].map((id) => passfileLine(id, { host: `node${id}` }));
	expect(lintOf({ 2: { passfile: { lines } } }).map(({ change }) => change.map(({ text }) => text))).toEqual([
		["node2:5432:repmgr:repmgr:PASSWORD"],
	]);
	const others = [2, 3, 4].map((id) => passfileLine(id, { host: `node${id}` }));
	expect(
		lintOf({ 2: { passfile: { lines: others } } }).map(({ change }) => change.map(({ text }) => text)),
	).toEqual([["node1:5432:repmgr:repmgr:PASSWORD"], ["node1:5432:replication:repmgr:PASSWORD"]]);
});

test("reports no missing password where none is required", () => {
	const hba = HBA_RULES.map((rule) => ({ ...rule, method: "cert" }));
	const passfile = { lines: [] };
	expect(lintOf({ 1: { hba }, 2: { hba, passfile }, 3: { hba }, 4: { hba } })).toEqual([]);
});
