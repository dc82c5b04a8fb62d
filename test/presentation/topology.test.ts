import { describe, expect, test } from "vitest";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import type { RepmgrdReading } from "../../src/model/server-reading.ts";
import { TOPOLOGY_COLUMNS, type TopologyColumn, topologyRows } from "../../src/presentation/topology.ts";
import {
	byId,
	failed,
	good,
	hostReading,
	NOW,
	nodeState,
	primaryReading,
	read,
	receiver,
	registration,
	repmgrd,
	silentNode,
	snapshotOf,
	standbyReading,
	witnessReading,
} from "../support/records.ts";

const primary = read(1, primaryReading());

/** The row of a node beside a healthy primary, node 1. */
function rowOf(state: NodeState, ...others: readonly NodeState[]) {
	const snapshot = snapshotOf(...(state.nodeId === 1 ? [] : [primary]), ...others, state);
	const row = topologyRows(snapshot).find(({ nodeId }) => nodeId === state.nodeId);
	if (row === undefined) throw new Error("no row");
	return row;
}
const cellOf = (column: TopologyColumn, state: NodeState) => {
	const { text, tone } = rowOf(state).cells[column];
	return [text, tone];
};

test("every row has every column", () => {
	expect(Object.keys(rowOf(primary).cells)).toEqual([...TOPOLOGY_COLUMNS]);
});

test("shows a healthy cluster", () => {
	const states = byId(primary, read(2, standbyReading()), read(4, witnessReading(), { type: "witness" }));
	const rows = topologyRows(takeSnapshot("prod", states, [], NOW));
	const columns = ["node", "role", "status", "upstream", "timeline", "lsn", "lag", "repmgrd", "age"] as const;
	expect(rows.map(({ cells }) => columns.map((column) => cells[column].text).join(" | "))).toEqual([
		"node1 | primary | running | – | 1 | 0/5000000 | – | running | now",
		"└─ node2 | standby | streaming | node1 | 1 | 0/5000000 | 0 B | running | now",
		"node4 | witness | running | – | – | – | – | running | now",
	]);
	expect(rows.some(({ isStale }) => isStale)).toBe(false);
});

describe("role, observed against registered", () => {
	test.each<[string, string, NodeState]>([
		["primary", "primary", primary],
		["standby", "standby", read(2, standbyReading())],
		["primary ≠ standby", "warning", read(2, primaryReading())],
		["standby ≠ primary", "warning", read(1, standbyReading())],
		["primary ≠ witness", "warning", read(2, primaryReading(), { type: "witness" })],
		["primary ≠ inactive", "warning", read(1, primaryReading(), { active: false })],
		["(standby)", "unknown", silentNode(2)],
		["(witness)", "unknown", nodeState(registration(2, { type: "witness" }), {})],
	])("%s", (text, tone, state) => {
		expect(cellOf("role", state)).toEqual([text, tone]);
	});
});

describe("status, as a word and a tone", () => {
	test.each<[string, string, NodeState]>([
		["running", "ok", primary],
		["streaming", "ok", read(2, standbyReading())],
		["detached", "critical", read(2, standbyReading({ walReceiver: null }))],
		["unreachable", "critical", silentNode(2)],
		["unknown", "unknown", nodeState(registration(2), {})],
		[
			"starting",
			"warning",
			nodeState(registration(2), {
				server: [failed({ kind: "refused", code: "57P03", message: "starting up" })],
			}),
		],
		[
			"stopped",
			"critical",
			nodeState(registration(2), {
				server: [failed({ kind: "refused" })],
				host: [good(hostReading({ postmaster: false }))],
			}),
		],
	])("%s", (text, tone, state) => {
		expect(cellOf("status", state)).toEqual([text, tone]);
	});
});

describe("upstream", () => {
	test.each<[string, string, NodeState]>([
		["–", "muted", primary],
		["node1", "plain", read(2, standbyReading())],
		["none", "critical", read(2, standbyReading({ walReceiver: null }))],
		["?", "unknown", read(2, standbyReading({ walReceiver: receiver({ senderHost: "elsewhere" }) }))],
		["?", "unknown", silentNode(2)],
	])("%s", (text, tone, state) => {
		expect(cellOf("upstream", state)).toEqual([text, tone]);
	});
});

describe("lag", () => {
	const behind = { replayLsn: "0/4FF0000" };
	test.each<[string, string, NodeState]>([
		["–", "muted", primary],
		["–", "muted", read(2, witnessReading(), { type: "witness" })],
		["0 B", "plain", read(2, standbyReading())],
		["64 kB  12 s", "plain", read(2, standbyReading({ ...behind, lastReplayedCommitSeconds: 12 }))],
		["64 kB", "plain", read(2, standbyReading({ ...behind, lastReplayedCommitSeconds: 0.04 }))],
		[
			"64 kB  12 s  paused",
			"warning",
			read(2, standbyReading({ ...behind, lastReplayedCommitSeconds: 12, replayPaused: true })),
		],
		// Unknown, not 0, for a standby without an upstream.
		["?", "unknown", read(2, standbyReading({ walReceiver: null }))],
		["?", "unknown", silentNode(2)],
	])("%s", (text, tone, state) => {
		expect(cellOf("lag", state)).toEqual([text, tone]);
	});
});

describe("repmgrd", () => {
	const withRepmgrd = (changes: Partial<RepmgrdReading> | null) =>
		read(1, primaryReading({ repmgrd: changes && repmgrd(changes) }));
	test.each<[string, string, NodeState]>([
		["running", "ok", withRepmgrd({})],
		["paused", "warning", withRepmgrd({ paused: true })],
		["not running", "warning", withRepmgrd({ running: false })],
		["off, paused", "warning", withRepmgrd({ running: false, paused: true })],
		[
			"(paused)",
			"warning",
			nodeState(registration(1), {
				server: [good(primaryReading({ repmgrd: repmgrd({ paused: true }) })), failed()],
				host: [good(hostReading())],
			}),
		],
		["?", "unknown", withRepmgrd(null)],
	])("%s", (text, tone, state) => {
		expect(cellOf("repmgrd", state)).toEqual([text, tone]);
	});
});

test("shows ≥ before a timeline of which only a lower bound is known", () => {
	const bounded = rowOf(read(2, standbyReading({ timeline: null, timelineAtLeast: 6 })));
	expect(bounded.cells.timeline).toEqual({ text: "≥6", tone: "plain" });
});

describe("a silent node", () => {
	test("is stale and shows its last values in brackets, with their age", () => {
		const row = rowOf(silentNode(1));
		expect(row.isStale).toBe(true);
		expect(row.cells.timeline).toEqual({ text: "(1)", tone: "muted" });
		expect(row.cells.lsn).toEqual({ text: "(0/5000000)", tone: "muted" });
		expect(row.cells.age).toEqual({ text: "5 s", tone: "warning" });
	});

	test("shows only registered values if it was never read", () => {
		const { cells } = rowOf(nodeState(registration(2), { server: [failed()] }));
		expect([cells.timeline.text, cells.lsn.text, cells.lag.text, cells.age.text]).toEqual([
			"?",
			"?",
			"?",
			"never",
		]);
		expect([cells.location.text, cells.priority.text]).toEqual(["default", "100"]);
	});
});
