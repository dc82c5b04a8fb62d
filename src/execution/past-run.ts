import * as z from "zod";
import type { Outcome } from "../model/fault.ts";
import type { DrillReport } from "../operation/drill/report.ts";
import type { Plan, Step } from "../operation/plan/plan.ts";
import { beginRun, type Ending, type RunState, waiting, withStep } from "../operation/run/run-state.ts";
import { nameOf } from "./history.ts";
import type { JournalEntry } from "./journal.ts";

/** An operation as the journal has it, from its plan to its end. */
export interface PastRun {
	/** As far as it came; a step whose end was not noted is still "running". */
	readonly run: RunState;
	readonly outcome: Ending | "interrupted";
	/** Epoch ms; null: its end was not noted. */
	readonly endedAt: number | null;
}

const strings = z.array(z.string());

const stepSchema = z.object({
	key: z.string(),
	title: z.string(),
	command: z.object({
		nodeId: z.int(),
		user: z.string(),
		argv: strings,
		sharesSshTo: strings,
		shown: strings.exactOptional(),
	}),
	verification: z.string(),
	wayBack: z.string(),
	runs: z.enum(["in order", "always", "if begun"]),
	by: z.literal("this console").exactOptional(),
});

/** What a screen shows of a plan. */
const planSchema = z.object({
	title: z.string(),
	intent: z.looseObject({ kind: z.string() }),
	cluster: z.string(),
	madeAt: z.number(),
	nodes: z.array(z.object({ nodeId: z.int(), nodeName: z.string() })),
	prerequisites: z.array(
		z.object({
			title: z.string(),
			state: z.enum(["ok", "warning", "failed", "unknown"]),
			found: z.string(),
			fix: z.string().nullable(),
		}),
	),
	steps: z.array(stepSchema),
	blastRadius: z.object({
		restarts: z.array(z.int()),
		dropped: z.string(),
		writeOutageSeconds: z.object({ from: z.number(), to: z.number() }).nullable(),
		lossBytes: z.number().nullable(),
		mayLoseMore: z.boolean().exactOptional(),
		reasoning: z.string(),
	}),
	afterwards: strings.exactOptional(),
});

const seconds = z.number().nullable();

const reportSchema: z.ZodType<DrillReport> = z.object({
	cluster: z.string(),
	how: z.enum(["stop", "kill"]),
	beganAt: z.number(),
	primary: z.string(),
	predicted: z.object({
		winner: z.string().nullable(),
		seconds: z.object({ least: z.number(), most: z.number() }).nullable(),
		lossBytes: z.number().nullable(),
		isSynchronous: z.boolean(),
		assumptions: strings,
	}),
	came: z.object({
		winner: z.string().nullable(),
		secondsToPrimary: seconds,
		writeOutageSeconds: seconds,
		acknowledgedWrites: z.number().nullable(),
		lostWrites: z.number().nullable(),
		longestPauseSeconds: z.number(),
		longestSilenceSeconds: z.number(),
		isHealthy: z.boolean(),
	}),
	nodes: z.array(z.object({ nodeName: z.string(), predicted: z.string(), came: z.string() })),
	timeline: z.array(
		z.object({ at: z.number(), seconds, by: z.enum(["this console", "repmgr"]), text: z.string() }),
	),
	notKnown: strings.exactOptional(),
	advice: strings,
});

const comparedSchema = z.array(
	z.object({ title: z.string(), before: z.string(), after: z.string().nullable() }),
);

const resultSchema = z.object({
	step: z.string(),
	exitCode: z.number().nullable(),
	output: z.string(),
	notes: strings,
});

const unreadable = (message: string): Outcome<PastRun> => ({ fault: { kind: "protocol", message } });

/** The operation from its entries; entries in another version's form are left out, but its plan has to be readable. */
export function pastRun(entries: readonly JournalEntry[], operationId: string): Outcome<PastRun> {
	const own = entries.filter((entry) => entry.operationId === operationId);
	const approved = own.find((entry) => entry.event === "approved");
	if (approved === undefined)
		return unreadable("this machine's journal does not have this operation: it was begun elsewhere");
	const plan = planSchema.safeParse(approved.plan).data;
	if (plan === undefined) return unreadable("the plan in the journal was written by another version");
	const startedAt = Date.parse(approved.at);
	const begun = beginRun(operationId, plan as unknown as Plan, nameOf(approved.who), startedAt);
	const detached: RunState = { ...begun, outcome: "detached" };
	return { value: own.reduce(withEntry, { run: detached, outcome: "interrupted", endedAt: null }) };
}

function withEntry(known: PastRun, entry: JournalEntry): PastRun {
	const at = Date.parse(entry.at);
	const { run } = known;
	const withRun = (changed: RunState): PastRun => ({ ...known, run: changed });
	switch (entry.event) {
		case "started":
			return withRun(withStep(run, String(entry.step), { status: "running", startedAt: at, endedAt: at }));
		case "done":
		case "failed":
		case "not needed":
		case "skipped": {
			const result = resultSchema.safeParse(entry).data;
			if (result === undefined) return known;
			const { step, ...rest } = result;
			return withRun(withStep(run, step, { ...rest, status: entry.event, endedAt: at }));
		}
		case "looked again": {
			const steps = z.array(stepSchema).safeParse(entry.steps).data;
			if (steps === undefined) return known;
			const kept = run.steps.filter(({ status }) => status !== "waiting");
			return withRun({ ...run, steps: [...kept, ...steps.map((step) => waiting(step as unknown as Step))] });
		}
		case "reported": {
			const report = reportSchema.safeParse(entry.report).data;
			return report === undefined ? known : withRun({ ...run, report });
		}
		case "compared": {
			const compared = comparedSchema.safeParse(entry.rows).data;
			return compared === undefined ? known : withRun({ ...run, compared });
		}
		case "ended": {
			const notes = strings.safeParse(entry.notes).data ?? [];
			const { outcome } = entry;
			return { run: { ...run, outcome, notes }, outcome, endedAt: at };
		}
		default:
			return known;
	}
}
