import { expect, test } from "vitest";
import type { NodeState } from "../../src/model/node-state.ts";
import { treeOf } from "../../src/presentation/tree.ts";
import {
	failed,
	good,
	NOW,
	nodeState,
	primaryReading,
	read,
	receiver,
	registration,
	snapshotOf,
	standbyReading,
	witnessReading,
} from "../support/records.ts";

const drawn = (...states: readonly NodeState[]) =>
	treeOf(snapshotOf(...states).nodes).map(({ node, branch }) => branch + node.nodeId);

const primary = read(1, primaryReading());
const standbyOf = (nodeId: number, upstream: number) =>
	read(nodeId, standbyReading({ walReceiver: receiver({ senderHost: `node${upstream}` }) }));

test("an empty cluster has an empty tree", () => {
	expect(drawn()).toEqual([]);
});

test("standbys come below their upstream, and the witness last", () => {
	expect(
		drawn(
			read(9, witnessReading(), { type: "witness" }),
			standbyOf(5, 3),
			standbyOf(4, 3),
			standbyOf(3, 1),
			primary,
			standbyOf(2, 1),
			standbyOf(6, 2),
		),
	).toEqual(["1", "├─ 2", "│  └─ 6", "└─ 3", "   ├─ 4", "   └─ 5", "9"]);
});

test("a detached standby is a root, whatever is registered", () => {
	expect(drawn(primary, read(2, standbyReading({ walReceiver: null })), standbyOf(3, 1))).toEqual([
		"1",
		"└─ 3",
		"2",
	]);
});

test("a silent standby is a root, with its own standbys below it", () => {
	const silent = nodeState(registration(2), { server: [good(standbyReading(), NOW - 1), failed()] });
	expect(drawn(primary, silent, standbyOf(3, 2))).toEqual(["1", "2", "└─ 3"]);
});

test("two primaries come before detached standbys, by id", () => {
	expect(drawn(read(2, standbyReading({ walReceiver: null })), read(3, primaryReading()), primary)).toEqual([
		"1",
		"3",
		"2",
	]);
});

test("every node of a cycle is drawn once", () => {
	expect(
		drawn(standbyOf(2, 3), standbyOf(3, 4), standbyOf(4, 2))
			.map((row) => row.slice(-1))
			.sort(),
	).toEqual(["2", "3", "4"]);
});

test("a standby of an unregistered upstream is a root", () => {
	expect(drawn(standbyOf(2, 7))).toEqual(["2"]);
});
