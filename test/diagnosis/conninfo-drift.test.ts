import { describe, expect, test } from "vitest";
import { conninfoDrift } from "../../src/diagnosis/rules/conninfo-drift.ts";
import { primaryReading } from "../support/records.ts";
import { confOfNode, inShort, judge, worldOf } from "../support/worlds.ts";

const USUAL = "host=node2 user=repmgr dbname=repmgr connect_timeout=2";
const differing = (own: string | undefined, registered = USUAL, more = {}) =>
	worldOf({
		2: {
			host: { repmgrConf: confOfNode(2, { conninfo: own, ...more }) },
			registered: { conninfo: registered },
		},
	});

test.each([
	["another port", "host=node2 user=repmgr dbname=repmgr connect_timeout=2 port=5433", "warning", "port"],
	["another host", "host=10.99.1.12 user=repmgr dbname=repmgr connect_timeout=2", "warning", "host"],
	["another user and database", "host=node2 user=r dbname=d connect_timeout=2", "warning", "user and dbname"],
	["another timeout", "host=node2 user=repmgr dbname=repmgr connect_timeout=10", "notice", "connect_timeout"],
	["no timeout any more", "host=node2 user=repmgr dbname=repmgr", "notice", "connect_timeout"],
])("fires: %s", (_, own, severity, keywords) => {
	const findings = judge(conninfoDrift, differing(own));
	expect(inShort(findings)).toEqual([`${severity} CONNINFO_DRIFT 2`]);
	expect(findings[0]?.detail).toContain(`They differ in ${keywords}.`);
	expect(findings[0]?.remedy?.argv.slice(3)).toEqual(["standby", "register", "-F", "--upstream-node-id=1"]);
});

test("never contains a registered password", () => {
	const findings = judge(conninfoDrift, differing("host=node2 port=1", "host=node2 password=********"));
	expect(findings).toHaveLength(1);
	expect(JSON.stringify(findings)).not.toMatch(/password|\*\*\*/);
});

test("offers no command without a primary", () => {
	const repmgrConf = confOfNode(2, { conninfo: "host=elsewhere" });
	const world = worldOf({ 1: { fault: {} }, 2: { host: { repmgrConf } } });
	expect(judge(conninfoDrift, world)).toMatchObject([{ code: "CONNINFO_DRIFT", remedy: null }]);
	expect(
		judge(conninfoDrift, worldOf({ 2: { host: { repmgrConf }, server: primaryReading({ timeline: 2 }) } })),
	).toMatchObject([{ remedy: null }]);
});

describe("does not fire", () => {
	test.each([
		["well", worldOf()],
		[
			"the same in another order, with the default port",
			differing("port=5432 connect_timeout=2 dbname=repmgr  user = repmgr host=node2"),
		],
		["a password on one side only", differing(USUAL, `${USUAL} password=********`)],
	])("%s", (_, world) => {
		expect(judge(conninfoDrift, world)).toEqual([]);
	});

	test.each([
		["no SSH", worldOf({}, { ssh: false })],
		["repmgr.conf was not read", worldOf({ 2: { host: { repmgrConf: null } } })],
		["its conninfo could not be told from a secret", differing(undefined)],
		["other files are included", differing("host=elsewhere", USUAL, { include: "yes" })],
		["registered with quotes", differing("host=elsewhere", "host='node2' user=repmgr")],
		["registered as a URI", differing("host=elsewhere", "postgresql://repmgr@node2/repmgr")],
		["registered and not readable", differing("host=elsewhere", "(conninfo not shown: it is malformed)")],
		["a service says the rest", differing("host=elsewhere", "service=repmgr host=node2")],
		["no host", differing("dbname=other", "dbname=repmgr")],
	])("unknown: %s", (_, world) => {
		expect(judge(conninfoDrift, world)).toEqual([]);
	});
});
