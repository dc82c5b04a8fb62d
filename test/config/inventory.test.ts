import { describe, expect, test } from "vitest";
import { parseInventory } from "../../src/config/inventory.ts";
import { inventoryTemplate, SHAPES, type Shape } from "../../src/config/inventory-template.ts";
import { formatMessage } from "../../src/text/message.ts";

const parse = (text: string) => parseInventory(text, "f.yaml", "/home/me");

/** The problems, with their lines. */
const problemsOf = (text: string): readonly string[] =>
	(parse(text).problems ?? []).map((problem) => formatMessage(problem));

const TWO = `cluster: prod
failover: {mode: manual}
nodes:
  pg1: {role: primary}
  pg2: {role: standby}
`;

test("what is not said has its default", () => {
	const { value } = parse(TWO);
	expect(value).toMatchObject({
		cluster: "prod",
		postgresql: { version: null, dataDirectory: null, port: 5432, locale: "C.UTF-8", checksums: true },
		repmgr: { user: "repmgr", database: "repmgr" },
		authentication: "scram-sha-256",
		failover: { mode: "manual", attempts: 3, intervalSeconds: 5 },
		console: { user: "console", from: [] },
	});
	expect(value?.nodes).toEqual([
		{
			...{ name: "pg1", id: 1, role: "primary", host: "pg1", upstream: null },
			...{ location: "default", priority: 100, ssh: {} },
		},
		{
			...{ name: "pg2", id: 2, role: "standby", host: "pg2", upstream: "pg1" },
			...{ location: "default", priority: 100, ssh: {} },
		},
	]);
});

test("a node comes after its upstream, whatever their order in the file; a node's ssh settings win", () => {
	const { value } = parse(`cluster: c
ssh: {user: admin, identity: ~/key}
nodes:
  leaf: {role: standby, upstream: middle, ssh: {user: root}}
  middle: {role: standby}
  top: {role: primary}
`);
	expect(value?.nodes.map(({ name, id }) => `${name} ${id}`)).toEqual(["top 3", "middle 2", "leaf 1"]);
	expect(value?.nodes.at(-1)?.ssh).toEqual({ user: "root", identity: "/home/me/key" });
});

test.each<[string, string, string]>([
	["an unknown key", TWO.replace("role: standby", "rolle: standby"), 'f.yaml:5:9: unknown key "rolle"'],
	["a bad value", TWO.replace("manual", "perhaps"), 'f.yaml:2:18: invalid value for "mode": "perhaps"'],
	["two primaries", TWO.replace("standby", "primary"), 'f.yaml:5:15: a second node is the primary: "pg2"'],
	["no primary", TWO.replace("primary", "standby"), "f.yaml:3:1: no node is the primary"],
	["a duplicate id", TWO.replace("standby}", "standby, id: 1}"), 'f.yaml:5:28: "pg2" has the id of "pg1": 1'],
	["one host for two", TWO.replace("standby}", "standby, host: pg1}"), '"pg2" has the host of "pg1": pg1'],
	["an unknown upstream", TWO.replace("standby}", "standby, upstream: pg3}"), 'there is no node "pg3"'],
	[
		"an upstream of its own",
		TWO.replace("standby}", "standby, upstream: pg2}"),
		"would replicate from itself",
	],
	["two votes", TWO.replace("manual", "automatic"), "f.yaml:3:1: 2 nodes vote, and there is no witness"],
	[
		"a host like an option",
		TWO.replace("standby}", "standby, host: -oProxyCommand=x}"),
		'invalid value for "host"',
	],
	[
		"an operator's host of shell words",
		TWO.replace("standby}", 'standby, host: "a;b"}'),
		'invalid value for "host"',
	],
	[
		"a directory with a blank",
		`${TWO}postgresql: {data_directory: "/a b/c"}\n`,
		'invalid value for "data_directory"',
	],
	["TLS as a number", `${TWO}tls: 1\n`, 'f.yaml:6:6: invalid value for "tls": 1'],
	["an archive_command without %p", `${TWO}archive: {command: cp}\n`, 'invalid value for "command": "cp"'],
	[
		"a restore_command of two lines",
		`${TWO}archive: {command: "x %p", restore: "cp %f\\n%p"}\n`,
		'invalid value for "restore"',
	],
	[
		"an archive of two kinds",
		`${TWO}archive:\n  directory: /mnt/wal\n  command: cp %p /x/%f\n`,
		"f.yaml:7:3: archive has a directory and a command",
	],
	[
		"an archive that is only read",
		`${TWO}archive: {restore: "cp /x/%f %p"}\n`,
		"archive has a command that restores and none that archives",
	],
])("%s is refused, by its line", (_, text, message) => {
	expect(problemsOf(text).join("\n")).toContain(message);
});

test("connections are encrypted and commits do not wait, unless that is said", () => {
	const read = (text: string) => parseInventory(text, "f.yaml", "/home/me").value;
	expect(read(TWO)).toMatchObject({ tls: true, synchronous: false, archive: null });
	const said = `${TWO}tls: off\nsynchronous: on\narchive: {command: push %p}\n`;
	expect(read(said)).toMatchObject({
		...{ tls: false, synchronous: true },
		archive: { directory: null, command: "push %p", restore: null },
	});
});

test("two votes may be taken as they are", () => {
	expect(problemsOf(`${TWO.replace("manual", "automatic")}without_witness: true\n`)).toEqual([]);
});

describe("the template", () => {
	const hosts = (count: number) => Array.from({ length: count }, (_, index) => `pg${index + 1}.example.com`);

	test.each([2, 3, 4, 5, 6, 7])(
		"for %i hosts is a valid inventory, also with every comment taken as said",
		(count) => {
			const text = inventoryTemplate(hosts(count), null);
			expect(problemsOf(text)).toEqual([]);
			const uncommented = text.replaceAll(/^#(?!#)/gm, "").replace("upstream: NAME", "upstream: pg1");
			expect(problemsOf(uncommented)).toEqual([]);
		},
	);

	test.each(Object.keys(SHAPES) as Shape[])("of the shape %s is valid", (shape) => {
		expect(problemsOf(inventoryTemplate(hosts(shape === "two-nodes" ? 2 : 5), shape))).toEqual([]);
	});

	test("addresses get names", () => {
		const { value } = parse(inventoryTemplate(["192.0.2.1", "fd00::2"], null));
		expect(value?.nodes.map(({ name, host }) => [name, host])).toEqual([
			["node1", "192.0.2.1"],
			["node2", "fd00::2"],
		]);
	});
});
