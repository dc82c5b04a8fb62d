import * as z from "zod";
import type { Fault, Outcome } from "../model/fault.ts";
import type { DrillIntent } from "../model/intent.ts";
import type { Expectation, Plan } from "../operation/plan/plan.ts";
import { LONGEST_SETTLE_SECONDS } from "../operation/plan/step.ts";
import type { ClonedNode } from "../operation/run/resumed-plan.ts";
import { sanitise } from "../text/sanitise.ts";
import { LATEST_TIME_MS } from "../text/whole-number.ts";
import { type Host, runScript } from "./host.ts";
import { READ_LOCK_SCRIPT } from "./remote-scripts.ts";

/**
 * Lies with the lock on every host, so that any console can resume the operation. It says what to verify and never what to
 * run: a host is not to be trusted with that.
 */
export interface OperationRecord {
	readonly operationId: string;
	readonly title: string;
	readonly who: string;
	/** Epoch ms. */
	readonly startedAt: number;
	readonly pausedBefore: Plan["pausedBefore"];
	/** The node that a drill takes down; null for every other operation. */
	readonly drilledNodeId: number | null;
	/** How it does. */
	readonly drilledHow?: DrillIntent["how"];
	/** Of a clone: what its end needs to know. */
	readonly clone?: ClonedNode;
	/** It changes the password of repmgr's role: each host has an end to come to. */
	readonly changesPassword?: true;
	/** The steps that run in order; cleanup steps are planned again. */
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
		...(plan.intent.kind === "drill" && { drilledHow: plan.intent.how }),
		...cloneOf(plan),
		...(plan.intent.kind === "change" && { changesPassword: true as const }),
		steps: plan.steps
			.filter(({ runs }) => runs === "in order")
			.map(({ key, title, command, expects, settleSeconds, rejoinLogOn, by, together }) => ({
				...{ key, title, nodeId: command.nodeId, settleSeconds, rejoinLogOn },
				// Does not compile if an expectation has no schema: its operations could not be read any more.
				expects: expects satisfies readonly z.infer<typeof expectationSchema>[],
				...(by && { by }),
				...(together && { together }),
			})),
	};
}

function cloneOf({ intent, steps }: Plan): Pick<OperationRecord, "clone"> {
	const nodeId = steps.find(({ key }) => key === "clone")?.command.nodeId;
	if ((intent.kind !== "clone" && intent.kind !== "clone-host") || nodeId === undefined) return {};
	const { upstreamNodeId, discardOld } = intent;
	const at = intent.kind === "clone-host" ? { at: { host: intent.host, configFile: intent.configFile } } : {};
	return { clone: { nodeId, upstreamNodeId, discardOld, ...at } };
}

/** The operation that holds the lock on a host; null: none does. */
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
		? { fault: { kind: "protocol", message: "the record of the operation there can't be read" } }
		: { value: record };
}

/** 400 hosts asked at once would not answer in time. */
const ASKED_AT_ONCE = 32;

/** An operation that holds the lock, and the hosts that hold the very same record. */
export interface HeldRecord {
	readonly record: OperationRecord;
	readonly nodeIds: readonly number[];
}

/** The operations that hold the lock, and the hosts that could not be asked. */
export async function heldRecords(
	hosts: readonly Host[],
	systemIdentifier: string,
): Promise<{ readonly held: readonly HeldRecord[]; readonly faults: ReadonlyMap<number, Fault> }> {
	const outcomes = new Map<Host, Awaited<ReturnType<typeof readRecord>>>();
	const left = hosts.values();
	const askNext = async (): Promise<void> => {
		for (const host of left) outcomes.set(host, await readRecord(host, systemIdentifier));
	};
	await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askNext));
	const held = new Map<string, HeldRecord>();
	const faults = new Map<number, Fault>();
	for (const host of hosts) {
		const { value: record, fault } = outcomes.get(host) ?? {};
		if (fault !== undefined) faults.set(host.nodeId, fault);
		if (!record) continue;
		const key = JSON.stringify(record);
		held.set(key, { record, nodeIds: [...(held.get(key)?.nodeIds ?? []), host.nodeId] });
	}
	return { held: [...held.values()], faults };
}

/** One host alone could say anything: an operation counts as the lock's holder if more than half of the hosts say so. */
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

/** Names a directory. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/);

const pausesSchema = z.array(z.object({ nodeId: z.int(), isPaused: z.boolean() }));

const nodeId = z.int();
const expectationSchema = z.discriminatedUnion("kind", [
	z.object({
		kind: z.enum([
			"primary",
			"one primary",
			"succeeded",
			"restarted",
			"stopped",
			"shut down",
			"unregistered",
		]),
		nodeId,
	}),
	z.object({ kind: z.literal("streaming"), nodeId, fromNodeId: z.int() }),
	z.object({ kind: z.literal("watching"), nodeId, upstreamNodeId: z.int() }),
	z.object({ kind: z.literal("paused"), nodeId, isPaused: z.boolean() }),
	z.object({ kind: z.literal("repmgrd"), nodeId, isRunning: z.boolean() }),
	z.object({ kind: z.literal("masked"), nodeId, isMasked: z.boolean() }),
	z.object({ kind: z.literal("read-only"), nodeId, isReadOnly: z.boolean() }),
	z.object({
		kind: z.literal("registered"),
		nodeId,
		as: z.enum(["primary", "standby", "witness"]),
		upstreamNodeId: z.int().nullable(),
	}),
]);

const stepShape = {
	key: nameSchema,
	title: z.string(),
	expects: z.array(expectationSchema),
	settleSeconds: z.number().min(0).max(LONGEST_SETTLE_SECONDS),
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
	drilledHow: z.enum(["stop", "kill"]).exactOptional(),
	clone: z.object({ nodeId, upstreamNodeId: z.int(), discardOld: z.boolean() }).exactOptional(),
	changesPassword: z.literal(true).exactOptional(),
	steps: z.array(z.object({ ...stepShape, nodeId })),
});

/** The part of a plan in the journal that recordOf() reads. */
export const recordedPlanSchema = z.looseObject({
	title: z.string(),
	intent: z.looseObject({
		kind: z.string(),
		nodeId: z.int().optional(),
		reason: z.string().optional(),
		upstreamNodeId: z.int().optional(),
		discardOld: z.boolean().optional(),
		host: z.string().optional(),
		configFile: z.string().optional(),
	}),
	pausedBefore: pausesSchema,
	steps: z.array(
		z.looseObject({ ...stepShape, runs: z.string(), command: z.looseObject({ nodeId: z.int() }) }),
	),
});
