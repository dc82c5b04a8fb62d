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
	systemIdentifier: "1",
	outcome: "interrupted",
	pid: null,
	isAlive: false,
	notedAt: 0,
	record,
	...changes,
});
const other = { ...record, operationId: "two", who: "bob" };

test.each([
	["of this machine", [known()], [record], { record, isHeld: true, isOver: false }],
	["of this machine, whose lock is gone", [known()], [], { record, isHeld: false, isOver: false }],
	["of another bastion", [], [record], { record, isHeld: true, isOver: false }],
	["ended, but its lock is there", [known({ outcome: "failed" })], [record], { isHeld: true, isOver: true }],
] as const)("is taken up: %s", (_, own, held, expected) => {
	expect(resumable("one", own, held)).toMatchObject(expected);
});

test.each([
	["nobody knows it", [], [], /no operation "one"/],
	["another one holds the lock", [known()], [other], /somebody else/],
	["it has ended", [known({ outcome: "done" })], [], /has ended/],
] as const)("is refused: %s", (_, own, held, message) => {
	expect(resumable("one", own, held)).toMatchObject({ message: expect.stringMatching(message) });
});
