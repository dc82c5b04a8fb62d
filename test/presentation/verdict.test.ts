import { expect, test } from "vitest";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import { NOT_IN_TIME, TOO_BUSY } from "../../src/model/fault.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import { DEFAULT_THRESHOLDS } from "../../src/model/thresholds.ts";
import { verdictOf } from "../../src/presentation/verdict.ts";
import { diagnoseSnapshot } from "../../src/store/diagnose-snapshot.ts";
import {
	byId,
	failed,
	good,
	NOW,
	nodeState,
	primaryReading,
	read,
	registration,
	silentNode,
	snapshotOf,
	standbyReading,
	witnessReading,
} from "../support/records.ts";

const primary = read(1, primaryReading());
const standby = read(2, standbyReading());
const detached = read(3, standbyReading({ walReceiver: null }));
const witness = read(4, witnessReading(), { type: "witness" });

const withoutPassword = (nodeId: number, message: string) =>
	nodeState(registration(nodeId), { server: [failed({ kind: "authentication", code: "28P01", message })] });

test.each<[string, readonly NodeState[]]>([
	["ok: primary node1; 1 of 1 standbys stream", [primary, standby, witness]],
	["warning: primary node1; no standby", [primary]],
	["warning: primary node1; node3 detached; 1 of 2 standbys stream", [primary, standby, detached]],
	["settling: 0 of 10 s; primary node1; node2 unreachable; 0 of 1 standbys stream", [primary, silentNode(2)]],
	["unknown: reading 2 nodes…", [nodeState(registration(1), {}), nodeState(registration(2), {})]],
	[
		"unknown: this machine is too busy to judge; primary node1; node2 not read in time; 0 of 1 standbys stream",
		[primary, nodeState(registration(2), { server: [failed({ kind: "timeout", code: TOO_BUSY })] })],
	],
	[
		"unknown: primary node1; host of node2 not read in time; 1 of 1 standbys stream",
		[
			primary,
			nodeState(registration(2), {
				server: [good(standbyReading())],
				host: [failed({ kind: "timeout", code: NOT_IN_TIME })],
			}),
		],
	],
	[
		'unknown: all 2 nodes ask for a password of user "nobody", and none is known',
		[1, 2].map((nodeId) =>
			withoutPassword(
				nodeId,
				`server at node${nodeId}:5432 asks for a password of user "nobody", and none is known`,
			),
		),
	],
	[
		"unknown: no node lets this console in: 1 of 2 turns it away, 1 does not answer",
		[silentNode(1), withoutPassword(2, 'password authentication failed for user "nobody"')],
	],
	[
		'unknown: all 2 nodes turn this console away: password authentication failed for user "nobody"',
		[1, 2].map((nodeId) => withoutPassword(nodeId, 'password authentication failed for user "nobody"')),
	],
	[
		"unknown: primary node1; node2 not read yet; 0 of 1 standbys stream",
		[primary, nodeState(registration(2), {})],
	],
	[
		"unknown: no primary is seen; node1 unreachable; 1 of 1 standbys stream; settling 0 of 10 s",
		[silentNode(1), standby],
	],
	[
		"critical: no primary is seen; node1 unreachable; node2, node3 detached",
		[silentNode(1), read(2, standbyReading({ walReceiver: null })), detached],
	],
	[
		"warning: primary node1; node2, node3 and 2 more detached; 0 of 4 standbys stream",
		[primary, ...[2, 3, 4, 5].map((nodeId) => read(nodeId, standbyReading({ walReceiver: null })))],
	],
	[
		"critical: 2 primaries: node1 (timeline 1), node2 (timeline 2)",
		[primary, read(2, primaryReading({ timeline: 2 }))],
	],
	[
		"critical: 2 primaries: node1 (timeline 1), node2 (timeline 2); node3 not read in time; this machine is too busy to judge",
		[
			primary,
			read(2, primaryReading({ timeline: 2 })),
			nodeState(registration(3), { server: [failed({ kind: "timeout", code: TOO_BUSY })] }),
		],
	],
	["unknown: no node is known yet; no standby", []],
	[
		"unknown: none of 2 nodes answers since 04:41:07 UTC (5.0 s): suspect this host's own network first",
		[silentNode(1), silentNode(2)],
	],
	[
		"unknown: none of 2 nodes answers since 04:41:07 UTC (5.0 s)",
		[silentNode(1), silentNode(2, { kind: "refused" })],
	],
])("%s", (verdict, states) => {
	const { word, text } = verdictOf(diagnoseSnapshot(snapshotOf(...states), new Map(), DEFAULT_THRESHOLDS));
	expect(`${word}: ${text}`).toBe(verdict);
});

test("cuts a name of ten thousand characters", () => {
	const { text } = verdictOf(
		takeSnapshot("prod", byId(read(1, primaryReading(), { nodeName: "x".repeat(10_000) })), [], NOW),
	);
	expect(text.length).toBeLessThan(100);
	expect(text).toContain("no standby");
});
