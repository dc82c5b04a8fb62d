import { expect, test } from "vitest";
import { gatherGiven, resolveConnections } from "../../src/config/connection.ts";
import { mergeForNode, withServicePlace } from "../../src/config/node-conninfo.ts";
import { conninfoKeywords } from "../../src/libpq/conninfo-keywords.ts";
import { client } from "./directory.ts";

const registered = {
	host: "pg2",
	user: "repmgr",
	dbname: "repmgr",
	connect_timeout: "2",
	application_name: "node2",
	sslmode: "prefer",
};

test("takes the address from the registered conninfo, and the role from the given one", () => {
	const given = {
		host: "pg1",
		hostaddr: "10.0.0.1",
		port: "6000",
		user: "monitor",
		password: "p",
		sslmode: "require",
		connect_timeout: "9",
	};
	expect(mergeForNode(given, registered)).toEqual({
		host: "pg2",
		hostaddr: "",
		port: "5432",
		user: "monitor",
		password: "p",
		sslmode: "require",
		connect_timeout: "9",
	});
});

test("takes nothing but the address from a registered conninfo", () => {
	const everything = Object.fromEntries(conninfoKeywords.map((keyword) => [keyword, "x"]));
	expect(mergeForNode({}, { ...everything, host: "pg2", hostaddr: "10.0.0.2", port: "7" })).toEqual({
		host: "pg2",
		hostaddr: "10.0.0.2",
		port: "7",
	});
});

test.each([
	{ sslmode: "require" },
	{ sslmode: "verify-full" },
	{ ssl_min_protocol_version: "TLSv1.3" },
	{ channel_binding: "require" },
	{ gssencmode: "require" },
])("accepts stricter settings of a registered conninfo only where the operator set none: %j", (asked) => {
	const keyword = Object.keys(asked)[0] ?? "";
	expect(mergeForNode({}, asked)).toMatchObject(asked);
	expect(mergeForNode({ [keyword]: "mine" }, asked)).toMatchObject({ [keyword]: "mine" });
});

test.each([
	{ sslmode: "disable" },
	{ sslmode: "allow" },
	{ sslmode: "prefer" },
	{ ssl_min_protocol_version: "TLSv1" },
	{ channel_binding: "disable" },
	{ gssencmode: "disable" },
])("accepts no weaker settings than the defaults: %j", (asked) => {
	expect(mergeForNode({}, asked)).not.toHaveProperty(Object.keys(asked)[0] ?? "");
});

test.each([
	[{ host: "bastion" }, { host: "bastion", hostaddr: "", port: "7" }],
	[{ hostaddr: "10.9.9.9" }, { host: "pg2", hostaddr: "10.9.9.9", port: "7" }],
	[{ port: 15432 }, { host: "pg2", hostaddr: "10.0.0.2", port: "15432" }],
	[
		{ host: "b", hostaddr: "10.9.9.9", port: 1 },
		{ host: "b", hostaddr: "10.9.9.9", port: "1" },
	],
	[{}, { host: "pg2", hostaddr: "10.0.0.2", port: "7" }],
	[undefined, { host: "pg2", hostaddr: "10.0.0.2", port: "7" }],
])("mapped by %j", (map, place) => {
	expect(mergeForNode({}, { host: "pg2", hostaddr: "10.0.0.2", port: "7" }, map)).toEqual(place);
});

test("a node known from the file only is reached through its map", () => {
	expect(mergeForNode({ user: "u", host: "pg1" }, {}, { host: "pg3" })).toEqual({
		user: "u",
		host: "pg3",
		hostaddr: "",
		port: "5432",
	});
});

test("never uses the address of the environment or the service for another node", () => {
	const here = client(
		{ PGHOST: "pg1", PGHOSTADDR: "10.0.0.1", PGPORT: "6000", PGUSER: "monitor", PGSERVICE: "s" },
		{ ".pg_service.conf": "[s]\nhostaddr=10.0.0.9\nsslmode=require\n" },
	);
	const given = gatherGiven({}, here).value ?? {};
	const [only, ...others] = resolveConnections(mergeForNode(given, registered), here).value ?? [];
	expect(others).toEqual([]);
	expect(only).toMatchObject({
		host: "pg2",
		port: 5432,
		user: "monitor",
		ssl: { mode: "require" },
	});
	expect(only).not.toHaveProperty("hostaddr");
});

test("looks a registered service up on this machine, for its address only", () => {
	const here = client({}, { ".pg_service.conf": "[s]\nhost=pg9\nport=7\nuser=other\n" });
	expect(withServicePlace({ service: "s" }, {}, here).value).toEqual({
		service: "s",
		host: "pg9",
		port: "7",
	});
	expect(withServicePlace({ service: "s", host: "pg2" }, {}, here).value).toEqual({
		service: "s",
		host: "pg2",
	});
});

test("reports a registered service that is not defined here, unless the node is mapped", () => {
	const here = client();
	expect(withServicePlace({ service: "s" }, {}, here).problems).toMatchObject([
		{ message: 'service "s" is not defined on this machine', hint: expect.stringContaining("map the node") },
	]);
	expect(withServicePlace({ service: "s" }, { host: "pg3" }, here).value).toEqual({ service: "s" });
});
