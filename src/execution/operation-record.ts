import * as z from "zod";
import type { Fault, Outcome } from "../model/fault.ts";
import type { Expectation, Plan } from "../operation/plan/plan.ts";
import { sanitise } from "../text/sanitise.ts";
import { LATEST_TIME_MS } from "../text/whole-number.ts";
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
	/** The steps in order, those that run always left out: they are made again. */
	readonly steps: readonly RecordedStep[];
}

export interface RecordedStep {
	readonly key: string;
	readonly title: string;
	readonly nodeId: number;
	readonly expects: readonly Expectation[];
	readonly settleSeconds: number;
	readonly rejoinLogOn: number | null;
	readonly by?: "this console";
	readonly together?: true;
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
			.map(({ key, title, command, expects, settleSeconds, rejoinLogOn, by, together }) => {
				return {
					...{ key, title, nodeId: command.nodeId, expects, settleSeconds, rejoinLogOn },
					...(by && { by }),
					...(together && { together }),
				};
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

/** An operation that holds the lock, by hosts that hold the very same record of it. */
export interface HeldRecord {
	readonly record: OperationRecord;
	readonly nodeIds: readonly number[];
}

/** The operations that hold the lock, and the hosts that did not tell. */
export async function heldRecords(
	hosts: readonly Host[],
	systemIdentifier: string,
): Promise<{ readonly held: readonly HeldRecord[]; readonly faults: ReadonlyMap<number, Fault> }> {
	const held = new Map<string, HeldRecord>();
	const faults = new Map<number, Fault>();
	for (let from = 0; from < hosts.length; from += ASKED_AT_ONCE) {
		const some = hosts.slice(from, from + ASKED_AT_ONCE);
		const outcomes = await Promise.all(some.map((host) => readRecord(host, systemIdentifier)));
		for (const [index, { nodeId }] of some.entries()) {
			const { value: record, fault } = outcomes[index] ?? {};
			if (fault !== undefined) faults.set(nodeId, fault);
			if (!record) continue;
			const key = JSON.stringify(record);
			held.set(key, { record, nodeIds: [...(held.get(key)?.nodeIds ?? []), nodeId] });
		}
	}
	return { held: [...held.values()], faults };
}

/** A host alone could say anything: as the lock, an operation is one where more than half of the hosts say the same. */
export function isBelieved({ nodeIds }: HeldRecord, hostCount: number): boolean {
	return nodeIds.length * 2 > hostCount;
}

export function parseRecord(text: string): OperationRecord | null {
	try {
		return recordSchema.safeParse(sanitise(JSON.parse(text))).data ?? null;
	} catch {
		return null;
	}
}

/** Becomes the name of a directory. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/);

const pausesSchema = z.array(z.object({ nodeId: z.int(), isPaused: z.boolean() }));

/** All there are: one that is missing here would make its operations unreadable. */
const EXPECTATIONS: Readonly<Record<Expectation["kind"], true>> = {
	primary: true,
	streaming: true,
	watching: true,
	paused: true,
	repmgrd: true,
	restarted: true,
	stopped: true,
	succeeded: true,
	"one primary": true,
	"shut down": true,
	registered: true,
	unregistered: true,
};

const stepShape = {
	key: nameSchema,
	title: z.string(),
	expects: z.array(
		z.looseObject({
			kind: z.enum(Object.keys(EXPECTATIONS)),
			nodeId: z.int(),
		}) as unknown as z.ZodType<Expectation>,
	),
	settleSeconds: z.number().min(0).max(3600),
	rejoinLogOn: z.int().nullable(),
	by: z.literal("this console").exactOptional(),
	together: z.literal(true).exactOptional(),
};

const recordSchema: z.ZodType<OperationRecord> = z.object({
	operationId: nameSchema,
	title: z.string(),
	who: z.string(),
	startedAt: z.number().min(0).max(LATEST_TIME_MS),
	pausedBefore: pausesSchema,
	drilledNodeId: z.int().nullable().catch(null),
	steps: z.array(z.object({ ...stepShape, nodeId: z.int() })),
});

/** Of a plan in the journal what recordOf() takes from it. */
export const recordedPlanSchema = z.looseObject({
	title: z.string(),
	intent: z.looseObject({ kind: z.string(), nodeId: z.int().optional(), reason: z.string().optional() }),
	pausedBefore: pausesSchema,
	steps: z.array(
		z.looseObject({ ...stepShape, runs: z.string(), command: z.looseObject({ nodeId: z.int() }) }),
	),
});
