import {
	closeSync,
	fstatSync,
	fsyncSync,
	mkdirSync,
	openSync,
	readFileSync,
	readSync,
	writeSync,
} from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { distrust } from "../config/own-file.ts";
import type { DrillReport } from "../operation/drill/report.ts";
import type { ComparedRow, Plan, Step } from "../operation/plan/plan.ts";
import { redactAll } from "../text/redact.ts";
import { sanitise, sanitiseText } from "../text/sanitise.ts";
import { nameSchema, recordedPlanSchema } from "./operation-record.ts";

/** The person who uses this program. */
export interface Operator {
	readonly osUser: string;
	/** The machine this program runs on. */
	readonly host: string;
	/** The address they came from over SSH; null: they did not. */
	readonly sshFrom: string | null;
	readonly pid: number;
}

/** What happened. `approved` is written before anything is done, `ended` when nothing is left to be done. */
export type JournalEvent =
	| { readonly event: "approved"; readonly plan: Plan }
	/** In place of a plan, where there is no cluster yet: what was begun on these hosts, and the command that goes on with it. */
	| {
			readonly event: "bootstrap begun";
			readonly kind: "bootstrap" | "bootstrap-undo";
			readonly title: string;
			readonly again: string;
			readonly hosts: readonly string[];
	  }
	| { readonly event: "locked" | "released"; readonly nodeIds: readonly number[] }
	| {
			readonly event: "started";
			readonly step: string;
			readonly nodeId: number;
			readonly user: string;
			readonly argv: readonly string[];
	  }
	| {
			readonly event: "done" | "failed" | "not needed" | "skipped";
			readonly step: string;
			readonly exitCode: number | null;
			readonly output: string;
			readonly notes: readonly string[];
	  }
	/** The rest of the plan was replaced by these steps. */
	| { readonly event: "looked again"; readonly steps: readonly Step[] }
	| { readonly event: "reported"; readonly report: DrillReport }
	/** How what the plan sets right was before, and is now. */
	| { readonly event: "compared"; readonly rows: readonly ComparedRow[] }
	| { readonly event: "resumed" }
	| { readonly event: "lock broken" }
	| {
			readonly event: "ended";
			readonly outcome: "done" | "failed" | "stopped";
			readonly notes: readonly string[];
	  };

export type JournalEntry = JournalEvent & {
	readonly schema: 1;
	/** ISO 8601, UTC. */
	readonly at: string;
	readonly operationId: string;
	readonly cluster: string;
	readonly systemIdentifier: string;
	readonly who: Operator;
};

/** An entry without what the journal itself adds. */
export type JournalNote = Omit<JournalEntry, "schema" | "at"> & JournalEvent;

/**
 * What this user has done to clusters from this machine: one JSON document a line, only ever appended, on disk before write()
 * and note() return.
 */
export class Journal {
	readonly #path: string;
	readonly #redact: (text: string) => string;
	/** Lines that could not be written yet, the oldest first. */
	readonly #kept: string[] = [];

	constructor(path: string, redact: (text: string) => string) {
		this.#path = path;
		this.#redact = redact;
	}

	/** Throws if it can't be written: for entries that come before anything is done. */
	write(entry: JournalNote): void {
		this.#append(this.#lineOf(entry));
	}

	/**
	 * For entries while something is done: one that can't be written is kept, and written with the next one.
	 *
	 * @returns why it could not be written, or null.
	 */
	note(entry: JournalNote): string | null {
		this.#kept.push(this.#lineOf(entry));
		try {
			while (this.#kept[0] !== undefined) {
				this.#append(this.#kept[0]);
				this.#kept.shift();
			}
			return null;
		} catch (error) {
			return String(error);
		}
	}

	#lineOf(entry: JournalNote): string {
		return `${JSON.stringify(redactAll({ schema: 1, at: new Date().toISOString(), ...entry }, this.#redact))}\n`;
	}

	#append(line: string): void {
		const reason = this.#distrusted();
		if (reason !== null) throw new Error(reason);
		mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
		// Opened for each entry: the file may have been rotated meanwhile.
		const file = openSync(this.#path, "a+", 0o600);
		try {
			// Half a line that a power cut or a full disk has left stays a line of its own.
			const bytes = Buffer.from(endsInLine(file) ? line : `\n${line}`);
			// A disk that fills up takes the beginning, and the next attempt throws.
			for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
			fsyncSync(file);
		} finally {
			closeSync(file);
		}
	}

	/** All entries. Lines that are none, e.g. after a power cut, are left out and counted in `problem`. */
	read(): { readonly entries: readonly JournalEntry[]; readonly problem: string | null } {
		const reason = this.#distrusted();
		if (reason !== null) return { entries: [], problem: `the journal is ignored: ${reason}` };
		let text = "";
		try {
			text = readFileSync(this.#path, "utf8");
		} catch (error) {
			const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
			return { entries: [], problem: isMissing ? null : `the journal can't be read: ${String(error)}` };
		}
		const lines = text.split("\n").filter((line) => line !== "");
		const entries = lines.flatMap((line) => parseEntry(line) ?? []);
		const ignored = lines.length - entries.length;
		return {
			entries,
			problem:
				ignored === 0
					? null
					: `${ignored} of ${lines.length} lines of the journal are ignored: they are no entries`,
		};
	}

	#distrusted(): string | null {
		return distrust(dirname(this.#path)) ?? distrust(this.#path);
	}
}

/** What is checked of an entry; the rest is kept as it is. */
const entrySchema = z.intersection(
	z.looseObject({
		schema: z.literal(1),
		at: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
		operationId: nameSchema,
		cluster: z.string(),
		systemIdentifier: z.string(),
		who: z.looseObject({
			osUser: z.string(),
			host: z.string(),
			sshFrom: z.string().nullable(),
			pid: z.int(),
		}),
	}),
	z.discriminatedUnion("event", [
		z.looseObject({ event: z.literal("approved"), plan: recordedPlanSchema }),
		z.looseObject({
			event: z.literal("bootstrap begun"),
			kind: z.enum(["bootstrap", "bootstrap-undo"]),
			title: z.string(),
			again: z.string(),
			hosts: z.array(z.string()),
		}),
		z.looseObject({ event: z.literal("ended"), outcome: z.enum(["done", "failed", "stopped"]) }),
		z.looseObject({
			event: z.enum([
				"locked",
				"released",
				"started",
				"done",
				"failed",
				"not needed",
				"skipped",
				"looked again",
				"reported",
				"compared",
				"resumed",
				"lock broken",
			]),
		}),
	]),
);

function parseEntry(line: string): JournalEntry | null {
	try {
		const parsed: unknown = JSON.parse(line);
		const checked = entrySchema.safeParse(sanitise(parsed));
		return checked.success ? ({ ...checked.data, ...outputOf(parsed) } as unknown as JournalEntry) : null;
	} catch {
		return null;
	}
}

/** Output keeps its lines, each of them cleaned. */
function outputOf(entry: unknown): { readonly output?: string } {
	const output = entry !== null && typeof entry === "object" && "output" in entry ? entry.output : null;
	return typeof output === "string" ? { output: output.split("\n").map(sanitiseText).join("\n") } : {};
}

function endsInLine(file: number): boolean {
	const { size } = fstatSync(file);
	const last = Buffer.alloc(1);
	return size === 0 || (readSync(file, last, 0, 1, size - 1) === 1 && last[0] === 0x0a);
}
