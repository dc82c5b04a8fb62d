import type { Refusal } from "../operation/plan.ts";
import { refusalOf } from "../operation/refusal.ts";
import { isAlive, type operationsOf } from "./history.ts";
import type { OperationRecord } from "./operation-record.ts";

/** An operation that may be taken up. */
export interface Resumable {
	readonly record: OperationRecord;
	/** It holds the cluster's lock. */
	readonly isHeld: boolean;
	/** It has ended, and left no more than a lock on a host that could not be reached then. */
	readonly isOver: boolean;
}

/** What is to be taken up, or why it is not. @param own of this machine's journal; @param held those that hold the lock. */
export function resumable(
	operationId: string,
	own: ReturnType<typeof operationsOf>,
	held: readonly OperationRecord[],
): Resumable | Refusal {
	const known = own.find((one) => one.operationId === operationId);
	const other = held.find((one) => one.operationId !== operationId);
	const isHeld = held.some((one) => one.operationId === operationId);
	const record = known?.record ?? held.find((one) => one.operationId === operationId);
	if (record === undefined)
		return refusalOf(`no operation "${operationId}" is known here`, "", 'See "runs".');
	if (other !== undefined)
		return refusalOf("somebody else works on the cluster", `${other.who}: ${other.title}.`, 'See "runs".');
	const isOver = known !== undefined && known.outcome !== "interrupted";
	if (isOver && !isHeld)
		return refusalOf(`operation "${operationId}" has ended`, `It is ${known.outcome}.`, "");
	if (known !== undefined && !isOver && isAlive(known)) {
		return refusalOf(
			`operation "${operationId}" is being carried out`,
			`The process ${known.pid} on this machine does it.`,
			"",
		);
	}
	return { record, isHeld, isOver };
}
