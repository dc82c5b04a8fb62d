import type { Fault } from "../model/fault.ts";
import type { LockHolder } from "../model/host-reading.ts";
import type { Refusal } from "../operation/plan/plan.ts";
import { refusalOf } from "../operation/plan/refusal.ts";
import { sanitise } from "../text/sanitise.ts";
import { sentence } from "../text/words.ts";
import { type Host, runScript } from "./host.ts";
import type { OperationRecord } from "./operation-record.ts";
import { LOCK_SCRIPT, RELEASE_SCRIPT } from "./remote-scripts.ts";

/** How an attempt to lock ended. A lock that was not taken on enough hosts was released again. */
export type Locking =
	| { readonly kind: "taken"; readonly nodeIds: readonly number[] }
	| { readonly kind: "held"; readonly nodeId: number; readonly by: string }
	| {
			readonly kind: "too few";
			readonly nodeIds: readonly number[];
			readonly faults: ReadonlyMap<number, Fault>;
	  };

/**
 * One operator at a time: a directory on every host that can be reached, and on more than half of all that are registered, so
 * that two operators who see different halves of the cluster do not both work on it. It survives restarts of servers and hosts.
 */
export async function takeLock({
	hosts,
	nodeCount,
	systemIdentifier,
	holder,
	record,
}: {
	readonly hosts: readonly Host[];
	/** Of the nodes that are registered. */
	readonly nodeCount: number;
	readonly systemIdentifier: string;
	readonly holder: LockHolder;
	readonly record: OperationRecord;
}): Promise<Locking> {
	const input = `${JSON.stringify(holder)}\n${JSON.stringify(record)}\n`;
	const answers = await Promise.all(
		hosts.map(async (host) => ({
			host,
			outcome: await runScript(host, LOCK_SCRIPT, [systemIdentifier], input),
		})),
	);
	const taken = answers.filter(({ outcome }) => outcome.value?.startsWith("taken")).map(({ host }) => host);
	const nodeIds = taken.map(({ nodeId }) => nodeId);
	const held = answers.find(({ outcome }) => outcome.value?.startsWith("held"));
	// Released on all hosts: one that has not answered may still have taken it.
	if (held !== undefined) {
		await releaseLock(hosts, systemIdentifier, holder.operationId);
		return { kind: "held", nodeId: held.host.nodeId, by: holderName(held.outcome.value ?? "") };
	}
	if (taken.length * 2 <= nodeCount) {
		await releaseLock(hosts, systemIdentifier, holder.operationId);
		const faults = answers.flatMap(({ host, outcome }) =>
			outcome.fault === undefined ? [] : [[host.nodeId, outcome.fault] as const],
		);
		return { kind: "too few", nodeIds, faults: new Map(faults) };
	}
	return { kind: "taken", nodeIds };
}

/** Releases the lock of an operation, or with null of any. Gives the nodes where that failed. */
export async function releaseLock(
	hosts: readonly Host[],
	systemIdentifier: string,
	operationId: string | null,
): Promise<readonly number[]> {
	const answers = await Promise.all(
		hosts.map(async (host) => ({
			nodeId: host.nodeId,
			outcome: await runScript(host, RELEASE_SCRIPT, [systemIdentifier, operationId ?? ""]),
		})),
	);
	return answers.flatMap(({ nodeId, outcome }) => (outcome.fault === undefined ? [] : [nodeId]));
}

function holderName(answer: string): string {
	try {
		const { who, operation } = JSON.parse(answer.slice(answer.indexOf("\n") + 1)) as LockHolder;
		return sanitise(`${who}: ${operation}`);
	} catch {
		return "an unidentified console";
	}
}

/** Why the cluster could not be locked. */
export function lockRefusal(
	locking: Exclude<Locking, { kind: "taken" }>,
	title: string,
	nodeCount: number,
): Refusal {
	if (locking.kind === "held") {
		return refusalOf(`${title} is refused: another operation holds the lock of the cluster`, {
			detail: `${locking.by}.`,
			hint: 'See "runs".',
		});
	}
	const said = [...locking.faults].map(([nodeId, fault]) => `node ${nodeId}: ${sentence(fault)}`);
	return refusalOf(`${title} is refused: the cluster can't be locked`, {
		detail: `The lock was taken on ${locking.nodeIds.length} of ${nodeCount} hosts; more than half are needed. ${said.join(" ")}`,
		hint: "SSH to more hosts is needed, so that two operators can't work on it at the same time.",
	});
}
