import { describe, expect, test } from "vitest";
import { nodeInactiveButRunning } from "../../src/diagnosis/rules/node-inactive-but-running.ts";
import { NOW, receiver } from "../support/records.ts";
import { inShort, judge, worldOf } from "../support/worlds.ts";

const inactive = { registered: { active: false } };

test.each([
	[1, "primary", ["primary", "register", "-F"]],
	[2, "standby", ["standby", "register", "-F", "--upstream-node-id=1"]],
	[4, "witness", ["witness", "register", "-F", "-h", "node1", "-U", "repmgr", "-d", "repmgr"]],
])("fires: node%i, a %s", (nodeId, _, command) => {
	const findings = judge(nodeInactiveButRunning, worldOf({ [nodeId]: inactive }, { ssh: false }));
	expect(inShort(findings)).toEqual([`warning NODE_INACTIVE_BUT_RUNNING ${nodeId}`]);
	expect(findings[0]?.remedy?.argv).toEqual(["repmgr", "-f", "/etc/repmgr.conf", ...command]);
});

test("the remedy names a witness's primary without a password", () => {
	const argvOf = (registered: object) =>
		judge(nodeInactiveButRunning, worldOf({ 1: { registered }, 4: inactive }))[0]?.remedy?.argv.slice(5) ??
		null;
	expect(
		argvOf({ conninfo: "host=node1 user=repmgr dbname=repmgr password=******** port=5433", port: 5433 }),
	).toEqual(["-F", "-h", "node1", "-p", "5433", "-U", "repmgr", "-d", "repmgr"]);
	expect(argvOf({ conninfo: "(conninfo not shown: it is malformed)" })).toBeNull();
	expect(argvOf({ conninfo: "host=node1 user='re pmgr' dbname=repmgr" })).toEqual([
		"-F",
		"-h",
		"node1",
		"-U",
		"re pmgr",
		"-d",
		"repmgr",
	]);
});

describe("does not fire", () => {
	test.each([
		["all are active", worldOf()],
		[
			"it came back 5 s ago: repmgrd will mark it",
			worldOf({ 2: inactive }, { before: { 2: { ...inactive, fault: {} } }, secondsAgo: 5 }),
		],
		[
			"it was marked a moment ago",
			worldOf(
				{ 1: { server: { registrationsSince: NOW - 4000 } }, 2: inactive },
				{ before: {}, secondsAgo: 60 },
			),
		],
		["its server takes no new connections", worldOf({ 2: { ...inactive, ping: { kind: "timeout" } } })],
		["it is down", worldOf({ 2: { ...inactive, fault: { kind: "refused" } } })],
		["it is detached", worldOf({ 2: { ...inactive, server: { walReceiver: null } } })],
		[
			"it is registered as something else: METADATA_DRIFT",
			worldOf({ 2: { registered: { active: false, type: "witness" } } }),
		],
	])("%s", (_, world) => {
		expect(judge(nodeInactiveButRunning, world)).toEqual([]);
	});

	test.each([
		["no primary is seen", worldOf({ 1: { fault: {} }, 2: inactive })],
		[
			"whether it streams may not be seen",
			worldOf({
				2: {
					...inactive,
					server: {
						walReceiver: receiver({ status: null, senderHost: null, slotName: null }),
						serverAddress: null,
					},
				},
				1: { server: { walSenders: [], slots: [] } },
			}),
		],
		["not read yet", worldOf({ 2: { ...inactive, isUnread: true } })],
	])("unknown: %s", (_, world) => {
		expect(judge(nodeInactiveButRunning, world)).toEqual([]);
	});
});
