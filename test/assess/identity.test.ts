import { describe, expect, test } from "vitest";
import { noticesOf } from "../../src/assess/notices.ts";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import {
	byId,
	NOW,
	primaryReading,
	read,
	repmgrd,
	snapshotOf,
	standbyReading,
	witnessReading,
} from "../support/records.ts";

const memory = (localNodeId: number) => ({ repmgrd: repmgrd({ localNodeId }) });
const STARTED = [0, 1, 2, 3, 4].map((nodeId) => ({ startedAt: NOW - 1000 * nodeId }));
const primary = read(1, primaryReading({ ...memory(1), ...STARTED[1] }));
const standby = read(2, standbyReading({ ...memory(2), ...STARTED[2] }));
const seenAs = (...states: readonly NodeState[]) =>
	snapshotOf(...states).nodes.map(({ observed }) => observed.status);

describe("another node id in shared memory", () => {
	test.each([
		["of no registered node", 40],
		["of another node, which is read elsewhere", 1],
	])("%s: reports a notice with causes, and reads the node", (_, id) => {
		const witness = read(4, witnessReading({ ...memory(id), ...STARTED[4] }), { type: "witness" });
		expect(seenAs(primary, standby, witness)).toEqual(["running", "streaming", "running"]);
		expect(noticesOf([primary, standby, witness], null)).toEqual([
			expect.stringMatching(
				`^node4: repmgr's shared memory there has node id ${id}, .*another database.*another id.*restart its PostgreSQL$`,
			),
		]);
	});

	test("ignores what another node's server answers", () => {
		const mapped = read(3, standbyReading({ ...memory(2), ...STARTED[2] }));
		expect(seenAs(primary, standby, mapped)).toEqual(["running", "streaming", "rejecting"]);
		expect(noticesOf([primary, standby, mapped], null)).toEqual([]);
		const { fault } = takeSnapshot("prod", byId(primary, standby, mapped), [], NOW).nodes[2] ?? {};
		expect(fault?.message).toBe("the server at the address of node 3 is node 2");
	});

	test("detects two nodes whose addresses are swapped", () => {
		const second = read(2, standbyReading({ ...memory(3), ...STARTED[3] }));
		const third = read(3, standbyReading({ ...memory(2), ...STARTED[2] }));
		expect(seenAs(primary, second, third)).toEqual(["running", "rejecting", "rejecting"]);
	});
});
