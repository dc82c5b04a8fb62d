import { describe, expect, test } from "vitest";
import { failoverNotReady } from "../../src/diagnosis/rules/failover-not-ready.ts";
import { confOfNode, inShort, judge, since, worldOf } from "../support/worlds.ts";

const conf = (nodeId: number, changes: Record<string, string | undefined>) => ({
	host: { repmgrConf: confOfNode(nodeId, changes) },
});
const manual = (nodeId: number) => conf(nodeId, { failover: "manual" });
const registered = (changes: object) => ({ registered: changes });
const stopped = { fault: { kind: "refused" as const }, host: { postmaster: false as const } };
const TYPO = "repmgr -f /etc/repmgr.conf stamdby follow";
const NOBODY = ["warning FAILOVER_NOT_READY cluster"];
const of = (nodeId: number) => [`warning FAILOVER_NOT_READY ${nodeId}`];

describe("fires", () => {
	test.each([
		[
			"failover=manual on all standbys: it may be wanted",
			worldOf({ 2: manual(2), 3: manual(3) }),
			["notice FAILOVER_NOT_READY cluster"],
			/repmgr.conf of "node2" and "node3" says so/,
		],
		["failover=manual on one", worldOf({ 3: manual(3) }), of(3), /failover = manual/i],
		[
			"failover not set: manual is the default",
			worldOf({ 3: conf(3, { failover: undefined }) }),
			of(3),
			/failover is not set \(so manual\) in/i,
		],
		[
			"no promote_command",
			worldOf({ 2: conf(2, { promote_command: undefined }) }),
			of(2),
			/promote_command is not set/i,
		],
		[
			"no follow_command",
			worldOf({ 2: conf(2, { follow_command: undefined }) }),
			of(2),
			/follow_command is not set/i,
		],
		[
			"a promote_command that promotes nothing",
			worldOf({ 2: conf(2, { promote_command: "repmgr standby promte" }) }),
			of(2),
			/^Promote_command does not run "repmgr standby promote" in .* its siblings wait for it/,
		],
		[
			"follow_commands that follow nothing: one is promoted, the other stays behind",
			worldOf({ 2: conf(2, { follow_command: TYPO }), 3: conf(3, { follow_command: TYPO }) }),
			[...of(2), ...of(3)],
			/its follow_command does not run "repmgr standby follow"/,
		],
		[
			"priority 0 everywhere, without SSH",
			worldOf({ 2: registered({ priority: 0 }), 3: registered({ priority: 0 }) }, { ssh: false }),
			NOBODY,
			/priority 0/i,
		],
		[
			"no other node in the primary's location",
			worldOf({ 1: registered({ location: "dc1" }) }, { ssh: false }),
			NOBODY,
			/location "dc1"/,
		],
		[
			"the only other node in the primary's location is down",
			worldOf({ 1: registered({ location: "dc1" }), 4: { ...stopped, ...registered({ location: "dc1" }) } }),
			NOBODY,
			/no other node that answers is in the primary's location "dc1"/i,
		],
		[
			"one standby, and its witness is down",
			worldOf({ 4: stopped }, { ids: [1, 2, 4] }),
			NOBODY,
			/at most 1 of 2/i,
		],
		[
			"two standbys of which one is down",
			worldOf({ 3: stopped }, { ids: [1, 2, 3] }),
			NOBODY,
			/at most 1 of 2/i,
		],
		[
			"failover=manual while the primary is silent",
			worldOf({ 1: { fault: {} }, 2: manual(2), 3: manual(3) }),
			["notice FAILOVER_NOT_READY cluster"],
			/repmgr.conf of .* says so/,
		],
		[
			"failover=manual on one, no promote_command on the other",
			worldOf({ 2: manual(2), 3: conf(3, { promote_command: undefined }) }),
			NOBODY,
			/failover = manual in .* and promote_command is not set/i,
		],
	])("%s", (_, world, expected, detail) => {
		const findings = judge(failoverNotReady, world);
		expect(inShort(findings)).toEqual(expected);
		expect(findings[0]?.detail).toMatch(detail);
	});
});

test.each([
	["well", worldOf()],
	["one standby at priority 0 of two: on purpose", worldOf({ 3: registered({ priority: 0 }) })],
	["one standby alone, in the primary's location, wins by default", worldOf({}, { ids: [1, 2] })],
	["no standby at all: NO_REDUNDANCY", worldOf({}, { ids: [1] })],
	["a standby below another one", worldOf({ 3: { ...manual(3), registered: { upstreamNodeId: 2 } } })],
	["an inactive standby does not vote", worldOf({ 3: { ...manual(3), registered: { active: false } } })],
	[
		"a single standby needs no follow_command",
		worldOf({ 2: conf(2, { follow_command: TYPO }) }, { ids: [1, 2] }),
	],
	["the witness's failover mode does not matter", worldOf({ 4: manual(4) })],
	["one of three down: two are a majority", worldOf({ 4: stopped })],
	["a witness restarts", since(5, { 4: stopped }, { ids: [1, 2, 4] })],
])("does not fire: %s", (_, world) => {
	expect(judge(failoverNotReady, world)).toEqual([]);
});

describe("unknown", () => {
	test.each([
		[
			"repmgr.conf was not read",
			worldOf({ 2: { host: { repmgrConf: null } }, 3: { host: { repmgrConf: null } } }),
		],
		["no SSH", worldOf({}, { ssh: false })],
		[
			"one is manual, and the other one's was not read (yet)",
			worldOf({ 2: manual(2), 3: { host: { repmgrConf: null } } }),
		],
		[
			"what is missing may stand in an included file",
			worldOf({ 3: conf(3, { failover: undefined, promote_command: undefined, include: "yes" }) }),
		],
		[
			"an included file may set another command",
			worldOf({ 3: conf(3, { follow_command: TYPO, promote_command: TYPO, include: "yes" }) }),
		],
		[
			"a node that is only unreachable from here may well vote",
			worldOf({ 4: { fault: {}, hostFault: {} } }, { ids: [1, 2, 4] }),
		],
	])("%s", (_, world) => {
		expect(judge(failoverNotReady, world)).toEqual([]);
	});

	test("an included file may override what is reported", () => {
		const world = worldOf({ 3: conf(3, { failover: "manual", include: "yes" }) });
		expect(judge(failoverNotReady, world)).toEqual([]);
	});
});
