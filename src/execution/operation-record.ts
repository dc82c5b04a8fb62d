import type { Outcome } from "../cluster/fault.ts";
import { sanitise } from "../cluster/sanitise.ts";
import type { Expectation, Plan } from "../operation/plan.ts";
import { type Host, runScript } from "./host.ts";
import { READ_LOCK_SCRIPT } from "./remote-scripts.ts";

/**
 * What lies with the lock on every host, so that any console can take an operation up. Who reads it there takes from it
 * what to look for, never what to run: a host is not to be trusted with that.
 */
export interface OperationRecord {
	readonly operationId: string;
	readonly title: string;
	readonly who: string;
	/** Epoch ms. */
	readonly startedAt: number;
	readonly pausedBefore: Plan["pausedBefore"];
	/** Of a drill the node that was taken away; null of everything else. */
	readonly drilledNodeId: number | null;
	/** The steps in order, those that run always left out: they are made anew. */
	readonly steps: readonly RecordedStep[];
}

export interface RecordedStep {
	readonly key: string;
	readonly title: string;
	readonly nodeId: number;
	readonly expects: readonly Expectation[];
	readonly settleSeconds: number;
	readonly rejoinLogOn: number | null;
}

export function recordOf(operationId: string, plan: Plan, who: string, startedAt: number): OperationRecord {
	return {
		operationId,
		title: plan.title,
		who,
		startedAt,
		pausedBefore: plan.pausedBefore,
		drilledNodeId: plan.intent.kind === "drill" ? plan.intent.nodeId : null,
		steps: plan.steps
			.filter(({ runs }) => runs === "in order")
			.map(({ key, title, command, expects, settleSeconds, rejoinLogOn }) => {
				return { key, title, nodeId: command.nodeId, expects, settleSeconds, rejoinLogOn };
			}),
	};
}

/** The operation that holds the lock on a host; null where none does. */
export async function readRecord(
	host: Host,
	systemIdentifier: string,
): Promise<Outcome<OperationRecord | null>> {
	const outcome = await runScript(host, READ_LOCK_SCRIPT, [systemIdentifier]);
	if (outcome.fault !== undefined) return outcome;
	const text = Buffer.from(outcome.value, "base64").toString("utf8");
	if (text === "") return { value: null };
	const record = parseRecord(text);
	return record === null
		? { fault: { kind: "protocol", message: "the operation that is noted there can't be read" } }
		: { value: record };
}

/** Of 400 hosts all at once none would be in time. */
const ASKED_AT_ONCE = 32;

/** The operations that hold the lock, each once. */
export async function heldRecords(
	hosts: readonly Host[],
	systemIdentifier: string,
): Promise<readonly OperationRecord[]> {
	const records: OperationRecord[] = [];
	for (let from = 0; from < hosts.length; from += ASKED_AT_ONCE) {
		const some = hosts.slice(from, from + ASKED_AT_ONCE);
		const outcomes = await Promise.all(some.map((host) => readRecord(host, systemIdentifier)));
		records.push(...outcomes.flatMap(({ value }) => value ?? []));
	}
	return [...new Map(records.map((record) => [record.operationId, record])).values()];
}

export function parseRecord(text: string): OperationRecord | null {
	try {
		const record = sanitise(JSON.parse(text)) as OperationRecord;
		const isWhole =
			isName(record.operationId) &&
			[record.title, record.who].every((word) => typeof word === "string") &&
			typeof record.startedAt === "number" &&
			record.pausedBefore.every((one) => Number.isInteger(one.nodeId) && typeof one.isPaused === "boolean") &&
			record.steps.every(isStep);
		const { drilledNodeId } = record;
		return isWhole
			? { ...record, drilledNodeId: Number.isInteger(drilledNodeId) ? drilledNodeId : null }
			: null;
	} catch {
		return null;
	}
}

function isStep({ key, title, nodeId, expects, settleSeconds }: RecordedStep): boolean {
	return (
		isName(key) &&
		typeof title === "string" &&
		Number.isInteger(nodeId) &&
		expects.every((one) => KINDS.has(one.kind) && Number.isInteger(one.nodeId)) &&
		settleSeconds >= 0 &&
		settleSeconds <= 3600
	);
}

const KINDS = new Set<Expectation["kind"]>([
	"primary",
	"streaming",
	"watching",
	"paused",
	"repmgrd",
	"restarted",
	"stopped",
	"succeeded",
	"one primary",
	"shut down",
	"registered",
	"unregistered",
]);

/** Becomes the name of a directory. */
function isName(text: unknown): boolean {
	return typeof text === "string" && /^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/.test(text);
}
