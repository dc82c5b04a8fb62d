import { z } from "zod";
import type { FindingSeverity } from "../model/finding.ts";
import type { LogEntry } from "../model/log-entry.ts";
import type { Thresholds } from "../model/thresholds.ts";
import type { RunState } from "../operation/run/run-state.ts";
import type { StoreMemory } from "../store/console-store.ts";
import type { StoreInput } from "../store/store-input.ts";

/** Of records; one more whenever what a keyframe keeps of the store's memory has other fields. */
export const FORMAT = 2;

/** The first frame of a record. */
export interface RecordHeader {
	readonly format: typeof FORMAT;
	/** Version of the console that wrote it. */
	readonly version: string;
	/** The cluster's name, as the console was told. */
	readonly cluster: string;
	/** Of the recording: files of the same one continue each other. */
	readonly recording: string;
	/** "alice on bastion1". */
	readonly who: string;
	/** Epoch ms. */
	readonly startedAt: number;
	readonly sshOff: string | null;
	readonly isReadOnly: boolean;
	readonly thresholds: Partial<Thresholds>;
	/** full: everything that was read; calm: of calm times one reading in thirty seconds. */
	readonly detail: "full" | "calm";
}

export const headerSchema = z.looseObject({
	format: z.literal(FORMAT),
	version: z.string(),
	cluster: z.string(),
	recording: z.string(),
	who: z.string(),
	startedAt: z.number().min(0).max(8.64e15),
	sshOff: z.string().nullable(),
	isReadOnly: z.boolean(),
	thresholds: z.record(z.string(), z.number().nullable()),
	detail: z.enum(["full", "calm"]),
});

/** Something that a reader of a record looks for. */
export type Mark =
	/** `event`: it began, changed its severity, or ended. */
	| {
			readonly of: "finding";
			readonly event: "opened" | "changed" | "ended";
			readonly code: string;
			readonly nodeId: number | null;
			readonly severity: FindingSeverity;
			readonly message: string;
	  }
	/** A new entry of the event log, by repmgr or by this console. */
	| { readonly of: "event"; readonly entry: LogEntry }
	/** An operation of this console began, came to another step, or ended. */
	| {
			readonly of: "operation";
			readonly operationId: string;
			readonly title: string;
			readonly outcome: RunState["outcome"];
			/** Title of the step that is under way; null: none. */
			readonly step: string | null;
	  }
	/** What is shown has changed in another way. */
	| { readonly of: "change" };

/** One thing in a record; `at` is the console's clock, epoch ms. */
export type RecordEntry =
	/** The whole state. `isContinued`: it only repeats what the entries before have made. */
	| {
			readonly kind: "keyframe";
			readonly at: number;
			readonly isContinued: boolean;
			readonly memory: Omit<StoreMemory, "snapshot">;
			readonly run: RunState | null;
	  }
	/** What reached the console's store: reports of probes above all. */
	| { readonly kind: "input"; readonly at: number; readonly input: StoreInput }
	/** The operation that this console carries out. */
	| { readonly kind: "run"; readonly at: number; readonly run: RunState | null }
	| { readonly kind: "mark"; readonly at: number; readonly mark: Mark };
