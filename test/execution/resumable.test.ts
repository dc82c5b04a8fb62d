import { expect, test } from "vitest";
import type { operationsOf } from "../../src/execution/history.ts";
import type { OperationRecord } from "../../src/execution/operation-record.ts";
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
	expect(resumable("one", own, heldOn(held, 1, 2, 3), 4)).toMatchObject(expected);
});

test.each([
	["nobody knows it", [], [], /no operation "one"/],
	["another one holds the lock", [known()], [other], /somebody else/],
	["it has ended", [known({ outcome: "done" })], [], /has ended/],
] as const)("is refused: %s", (_, own, held, message) => {
	expect(resumable("one", own, heldOn(held, 1, 2, 3), 4)).toMatchObject({
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
	expect(resumable("one", [], heldOn([record], 1, 2), 4)).toMatchObject({
		message: expect.stringMatching(/too few hosts/),
		detail: expect.stringMatching(/^node 1 and node 2 of 4 hosts/),
	});
	const held = [...heldOn([record], 1, 2, 3), ...heldOn([other], 4)];
	expect(resumable("one", [], held, 4)).toMatchObject({ isHeld: true });
});

test("on the word of others repmgrd is unpaused, never paused; this machine's own journal is believed in both", () => {
	expect(resumable("one", [], heldOn([paused], 1, 2, 3), 4)).toMatchObject({
		record: { pausedBefore: [{ nodeId: 2, isPaused: false }] },
	});
	expect(resumable("one", [known({ record: paused })], [], 4)).toMatchObject({ record: paused });
});
