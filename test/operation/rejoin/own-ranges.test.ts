import { expect, test } from "vitest";
import type { WalDirectory } from "../../../src/model/own-wal.ts";
import { ownRanges } from "../../../src/operation/rejoin/own-ranges.ts";
import { factsOf } from "../../support/facts.ts";
import type { NodeChanges } from "../../support/worlds.ts";

const LOST = { fault: { kind: "refused" } } as const;
const primary = (timeline: number, ...ends: readonly string[]): NodeChanges => ({
	server: {
		inRecovery: false,
		timeline,
		walReceiver: null,
		currentLsn: "0/9000000",
		forks: ends.map((endLsn, index) => ({ timeline: index + 1, endLsn })),
	},
});
const own = (timeline: number, ...ends: readonly string[]): WalDirectory => ({
	segmentBytes: 2 ** 24,
	state: "shut down",
	checkpointLsn: "0/8000000",
	timeline,
	segments: [],
	unarchived: [],
	histories: new Map([
		// Fetched from the primary: not its own.
		[9, [{ timeline: 1, endLsn: "0/1" }]],
		[timeline, ends.map((endLsn, index) => ({ timeline: index + 1, endLsn }))],
	]),
	places: [],
});
const ranges = (directory: WalDirectory, of: NodeChanges) =>
	ownRanges(factsOf({}, { 1: LOST, 2: of }), 1, directory)?.map(
		({ timeline, from, to }) => `${timeline}: ${from} to ${to ?? "the end"}`,
	) ?? null;

test("begins where the primary left the node's timeline", () => {
	expect(ranges(own(1), primary(2, "0/5000100"))).toEqual(["1: 0/5000100 to the end"]);
	expect(ranges(own(2, "0/3000000"), primary(3, "0/3000000", "0/5000100"))).toEqual([
		"2: 0/5000100 to the end",
	]);
	// PostgreSQL 19 prints eight digits after the slash: the same position.
	expect(ranges(own(2, "0/03000000"), primary(3, "0/3000000", "0/5000100"))).toEqual([
		"2: 0/5000100 to the end",
	]);
});

test("has all timelines of a node that was promoted on its own side", () => {
	// Both left timeline 1: the node later than the primary, to timeline 3.
	expect(ranges(own(3, "0/6000000", "0/7000000"), primary(2, "0/5000100"))).toEqual([
		...["1: 0/5000100 to 0/6000000", "2: 0/6000000 to 0/7000000", "3: 0/7000000 to the end"],
	]);
	expect(ranges(own(2, "0/5000100"), primary(1))).toEqual(["2: 0/5000100 to the end"]);
});

test("is unknown without a fork, or without the histories", () => {
	expect(ranges(own(1), primary(1))).toBeNull();
	expect(ranges({ ...own(3), histories: new Map() }, primary(2, "0/5000100"))).toBeNull();
	const unread = { ...primary(2), server: { ...primary(2).server, forks: null } };
	expect(ranges(own(1), unread)).toBeNull();
});
