import { describe, expect, test } from "vitest";
import { metadataDrift } from "../../src/diagnosis/rules/metadata-drift.ts";
import { primaryReading, receiver, standbyReading } from "../support/records.ts";
import { inShort, judge, since, UNITS, worldOf } from "../support/worlds.ts";

const from = (senderHost: string, connectedSeconds: number | null = 3600) => ({
	server: { walReceiver: receiver({ senderHost, connectedSeconds }) },
});
const registered = (changes: object) => ({ registered: changes });
/** node2 was promoted past repmgr; node1 is stopped, node3 streams from node2. */
const promoted = {
	1: { fault: { kind: "refused" as const }, host: { postmaster: false as const, units: UNITS } },
	2: { server: { ...primaryReading({ timeline: 2 }) } },
	3: { ...from("node2"), registered: { upstreamNodeId: 2 } },
};

describe("fires", () => {
	test.each([
		[
			"streams from another upstream than registered",
			worldOf({ 3: registered({ upstreamNodeId: 2 }) }),
			3,
			["standby", "register", "-F", "--upstream-node-id=1"],
		],
		[
			"no upstream is registered",
			worldOf({ 3: registered({ upstreamNodeId: null }) }, { ssh: false }),
			3,
			["standby", "register", "-F", "--upstream-node-id=1"],
		],
		[
			"cascades, registered under the primary",
			worldOf({ 3: from("node2") }),
			3,
			["standby", "register", "-F", "--upstream-node-id=2"],
		],
		["runs as primary, registered as standby", worldOf(promoted), 2, ["primary", "register", "-F"]],
		[
			"runs as standby, registered as primary",
			worldOf({ 3: registered({ type: "primary", upstreamNodeId: 1 }) }),
			3,
			["standby", "register", "-F", "--upstream-node-id=1"],
		],
	])("%s", (_, world, nodeId, command) => {
		const findings = judge(metadataDrift, world);
		expect(inShort(findings)).toEqual([`warning METADATA_DRIFT ${nodeId}`]);
		expect(findings[0]?.remedy).toMatchObject({
			nodeId,
			argv: ["repmgr", "-f", "/etc/repmgr.conf", ...command],
		});
	});
});

test("does not register a primary while another node may be one", () => {
	const [found] = judge(metadataDrift, worldOf({ ...promoted, 1: { fault: {} } }));
	expect(found).toMatchObject({ code: "METADATA_DRIFT", nodeId: 2, remedy: null });
	expect(found?.doNot).toContain("primary register -F");
});

test.each([
	["well", worldOf()],
	["a cascade as registered", worldOf({ 3: { ...from("node2"), registered: { upstreamNodeId: 2 } } })],
	["it follows a new upstream for 9 s", worldOf({ 3: from("node2", 9) })],
	["roles changed 5 s ago", since(5, promoted)],
	[
		"a standby that receives nothing: STANDBY_DETACHED",
		worldOf({ 3: { server: { walReceiver: null }, registered: { upstreamNodeId: 2 } } }),
	],
	[
		"a former primary in recovery, detached",
		worldOf({
			1: { server: standbyReading({ walReceiver: null }) },
			2: { server: primaryReading(), registered: { type: "primary", upstreamNodeId: null } },
		}),
	],
])("does not fire: %s", (_, world) => {
	expect(judge(metadataDrift, world).filter(({ nodeId }) => nodeId !== 1)).toEqual([]);
});

describe("unknown", () => {
	test.each([
		["no primary is seen: no copy is current", worldOf({ ...promoted, 2: { fault: {} } })],
		["two primaries", worldOf({ 2: promoted[2] })],
		[
			"the receiver may not be seen",
			worldOf({
				3: {
					server: { walReceiver: receiver({ status: null, senderHost: null, slotName: null }) },
					registered: { upstreamNodeId: 2 },
				},
				1: { server: { walSenders: [], slots: [] } },
			}),
		],
		["it does not answer", worldOf({ 3: { fault: {}, registered: { upstreamNodeId: 2 } } })],
		[
			"it streams from a server of no name here",
			worldOf({
				3: {
					server: { walReceiver: receiver({ senderHost: "vip", slotName: null }), serverAddress: null },
					registered: { nodeName: "odd" },
				},
			}),
		],
	])("%s", (_, world) => {
		expect(judge(metadataDrift, world)).toEqual([]);
	});
});
