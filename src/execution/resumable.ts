import type { Refusal } from "../operation/plan/plan.ts";
import { refusalOf } from "../operation/plan/refusal.ts";
import type { Ending } from "../operation/run/run-state.ts";
import { listed } from "../text/words.ts";
import { isAlive, type operationsOf } from "./history.ts";
import { type HeldRecord, isBelieved, type OperationRecord } from "./operation-record.ts";

/** An operation that may be taken up. */
export interface Resumable {
	readonly record: OperationRecord;
	/** It holds the cluster's lock. */
	readonly isHeld: boolean;
	/** It has ended so, and left no more than a lock on a host that could not be reached then. Null: it has not ended. */
	readonly endedAs: Ending | null;
}

/** What is to be resumed, or why it is not. @param own of this machine's journal; @param held those that hold the lock. */
export function resumable(
	operationId: string,
	own: ReturnType<typeof operationsOf>,
	held: readonly HeldRecord[],
	hostCount: number,
): Resumable | Refusal {
	const known = own.find((one) => one.operationId === operationId);
	const believed = held.filter((one) => isBelieved(one, hostCount)).map(({ record }) => record);
	const said = held.filter(({ record }) => record.operationId === operationId);
	const other = believed.find((one) => one.operationId !== operationId);
	const isHeld = said.length > 0;
	const foreign = believed.find((one) => one.operationId === operationId);
	// Of what others say nothing is paused again: that would take the failover from a cluster on their word.
	const record =
		known?.record ??
		(foreign && { ...foreign, pausedBefore: foreign.pausedBefore.filter(({ isPaused }) => !isPaused) });
	if (record === undefined && isHeld) {
		const nodes = said.flatMap(({ nodeIds }) => nodeIds).map((nodeId) => `node ${nodeId}`);
		return refusalOf(`operation "${operationId}" is not resumed: too few hosts hold it`, {
			detail: `${listed(nodes)} of ${hostCount} hosts; the same record on more than half of them is needed.`,
			hint: "Should nobody carry it out, take its lock away: runs --break-lock, then unpause.",
		});
	}
	if (record === undefined)
		return refusalOf(`no operation "${operationId}" is known here`, { hint: 'See "runs".' });
	if (other !== undefined)
		return refusalOf("somebody else works on the cluster", {
			detail: `${other.who}: ${other.title}.`,
			hint: 'See "runs".',
		});
	const endedAs = known === undefined || known.outcome === "interrupted" ? null : known.outcome;
	if (endedAs !== null && !isHeld)
		return refusalOf(`operation "${operationId}" has ended`, { detail: `It is ${endedAs}.` });
	if (known !== undefined && endedAs === null && isAlive(known)) {
		return refusalOf(`operation "${operationId}" is being carried out`, {
			detail: `The process ${known.pid} on this machine does it.`,
		});
	}
	return { record, isHeld, endedAs };
}
