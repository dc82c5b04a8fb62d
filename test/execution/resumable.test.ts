import { expect, test } from "vitest";
import type { operationsOf } from "../../src/execution/history.ts";
import type { HeldRecord, OperationRecord } from "../../src/execution/operation-record.ts";
import { resumable } from "../../src/execution/resumable.ts";

const record: OperationRecord = {
	operationId: "one",
	title: "switchover",
	who: "anna",
	startedAt: 0,
	pausedBefore: [],
	drilledNodeId: null,
	steps: [],
};
type Known = ReturnType<typeof operationsOf>[number];
const known = (changes: Partial<Known> = {}): Known => ({
	...record,
	cluster: "prod",
	kind: "switchover",
	reason: null,
	systemIdentifier: "1",
	endedAt: null,
	outcome: "interrupted",
	pid: null,
	isAlive: false,
	notedAt: 0,
	record,
	...changes,
});
const heldOn = (held: readonly OperationRecord[], ...nodeIds: readonly number[]) =>
	held.map((one) => ({ record: one, nodeIds }));
const resume = (own: readonly Known[], held: readonly HeldRecord[]) =>
	resumable({ operationId: "one", own, held, hostCount: 4 });
const other = { ...record, operationId: "two", who: "bob" };

test.each([
	["of this machine's journal", [known()], [record], { record, isHeld: true, endedAs: null }],
	["of this machine's journal, without a lock", [known()], [], { record, isHeld: false, endedAs: null }],
	["of another bastion", [], [record], { record, isHeld: true, endedAs: null }],
	[
		"that has ended, but left a lock",
		[known({ outcome: "failed" })],
		[record],
		{ isHeld: true, endedAs: "failed" },
	],
] as const)("an operation is resumed: %s", (_, own, held, expected) => {
	expect(resume(own, heldOn(held, 1, 2, 3))).toMatchObject(expected);
});

test.each([
	["it is not known", [], [], /no operation "one"/],
	["another one holds the lock", [known()], [other], /another operation/],
	["it has ended", [known({ outcome: "done" })], [], /has ended/],
] as const)("resuming is refused: %s", (_, own, held, message) => {
	expect(resume(own, heldOn(held, 1, 2, 3))).toMatchObject({
		message: expect.stringMatching(message),
	});
});

const paused = {
	...record,
	pausedBefore: [
		{ nodeId: 1, isPaused: true },
		{ nodeId: 2, isPaused: false },
	],
};

test("a record on only half of the hosts is not resumed, and does not prevent another one from being resumed", () => {
	expect(resume([], heldOn([record], 1, 2))).toMatchObject({
		message: expect.stringMatching(/too few hosts/),
		detail: expect.stringMatching(/^node 1 and node 2 of 4 hosts/),
	});
	const held = [...heldOn([record], 1, 2, 3), ...heldOn([other], 4)];
	expect(resume([], held)).toMatchObject({ isHeld: true });
});

test("another machine's record has repmgrd unpaused, never paused; this machine's journal both", () => {
	expect(resume([], heldOn([paused], 1, 2, 3))).toMatchObject({
		record: { pausedBefore: [{ nodeId: 2, isPaused: false }] },
	});
	expect(resume([known({ record: paused })], [])).toMatchObject({ record: paused });
});
