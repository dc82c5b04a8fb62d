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
	["of this machine", [known()], [record], { record, isHeld: true, endedAs: null }],
	["of this machine, whose lock is gone", [known()], [], { record, isHeld: false, endedAs: null }],
	["of another bastion", [], [record], { record, isHeld: true, endedAs: null }],
	[
		"ended, but its lock is there",
		[known({ outcome: "failed" })],
		[record],
		{ isHeld: true, endedAs: "failed" },
	],
] as const)("is taken up: %s", (_, own, held, expected) => {
	expect(resume(own, heldOn(held, 1, 2, 3))).toMatchObject(expected);
});

test.each([
	["nobody knows it", [], [], /no operation "one"/],
	["another one holds the lock", [known()], [other], /another operation/],
	["it has ended", [known({ outcome: "done" })], [], /has ended/],
] as const)("is refused: %s", (_, own, held, message) => {
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

test("what only half of the hosts say is not resumed, and keeps nobody from what is", () => {
	expect(resume([], heldOn([record], 1, 2))).toMatchObject({
		message: expect.stringMatching(/too few hosts/),
		detail: expect.stringMatching(/^node 1 and node 2 of 4 hosts/),
	});
	const held = [...heldOn([record], 1, 2, 3), ...heldOn([other], 4)];
	expect(resume([], held)).toMatchObject({ isHeld: true });
});

test("on the word of others repmgrd is unpaused, never paused; this machine's own journal is believed in both", () => {
	expect(resume([], heldOn([paused], 1, 2, 3))).toMatchObject({
		record: { pausedBefore: [{ nodeId: 2, isPaused: false }] },
	});
	expect(resume([known({ record: paused })], [])).toMatchObject({ record: paused });
});
