import * as z from "zod";
import type { Outcome } from "../model/fault.ts";
import type { CopyProgress } from "../operation/run/run-state.ts";
import type { ConnectionParameters, Query, QuerySession, Shell, Statement } from "../transport/ports.ts";

const CONNECT_DEADLINE_MS = 4000;
const ASK_DEADLINE_MS = 2000;

/** A directory of many files takes its time. */
const COUNT_DEADLINE_MS = 20_000;

/** The rate is that of the last seconds. */
const RATE_MS = 20_000;

/** Without pg_read_all_stats another role's backup has neither a phase nor bytes. */
const PROGRESS: Statement = {
	name: "repmgr_console_basebackup",
	text: `SELECT b.phase, b.backup_streamed::float8 AS bytes, b.backup_total::float8 AS total
  FROM pg_catalog.pg_stat_progress_basebackup b JOIN pg_catalog.pg_stat_activity a USING (pid)
 WHERE a.application_name = $1 AND b.phase IS NOT NULL LIMIT 1`,
};

const answer = z.object({ phase: z.string(), bytes: z.number().nullable(), total: z.number().nullable() });

/** The words of the manual (28.4.6) for what an operator wants to know: what it waits for. */
const PHASES: Readonly<Record<string, string>> = {
	initializing: "begins",
	"waiting for checkpoint to finish": "waits for the checkpoint of the source",
	"estimating backup size": "counts what there is to copy",
	"streaming database files": "copies",
	"waiting for wal archiving to finish": "waits for WAL to be archived",
	"transferring wal files": "copies WAL",
};

/** Watches one copy. */
export interface CopyReader {
	/** Null: there is none now, or it can't be told. */
	read(): Promise<CopyProgress | null>;
	close(): void;
}

/** Watches one base backup on the server that it is made from. */
export class CopyWatch implements CopyReader {
	readonly #query: Query;
	readonly #parameters: Outcome<ConnectionParameters>;
	readonly #name: string;
	#session: QuerySession | null = null;
	readonly #rate = new Rate();

	/** @param name the application_name of the backup. */
	constructor(query: Query, parameters: Outcome<ConnectionParameters>, name: string) {
		this.#query = query;
		this.#parameters = parameters;
		this.#name = name;
	}

	/** Null: there is none now, or the server does not say. */
	async read(): Promise<CopyProgress | null> {
		if (this.#parameters.fault !== undefined) return null;
		if (this.#session === null) {
			const connected = await this.#query.connect(this.#parameters.value, CONNECT_DEADLINE_MS);
			if (connected.fault !== undefined) return null;
			this.#session = connected.value;
		}
		const told = await this.#session.query(PROGRESS, [this.#name], ASK_DEADLINE_MS);
		if (told.fault !== undefined) {
			this.close();
			return null;
		}
		const row = answer.safeParse(told.value[0]).data;
		if (row === undefined) return null;
		return this.#rate.progress(PHASES[row.phase] ?? row.phase, row.bytes ?? 0, row.total);
	}

	close(): void {
		this.#session?.close();
		this.#session = null;
	}
}

/** Counts what lies in the directories on a host that a copy fills: rsync's own figures are those of one file. */
export class DirectoryWatch implements CopyReader {
	readonly #shell: Shell;
	readonly #user: string;
	readonly #directories: readonly string[];
	readonly #total: number;
	readonly #rate = new Rate();

	/** @param total what will lie there, in bytes. */
	constructor(shell: Shell, user: string, directories: readonly string[], total: number) {
		this.#shell = shell;
		this.#user = user;
		this.#directories = directories;
		this.#total = total;
	}

	async read(): Promise<CopyProgress | null> {
		const argv = ["du", "-s", "-k", "--", ...this.#directories];
		const counted = await this.#shell.run(argv, { user: this.#user, deadlineMs: COUNT_DEADLINE_MS });
		const sizes = [...(counted.value?.stdout.matchAll(/^(\d+)\t/gm) ?? [])];
		if (sizes.length === 0) return null;
		const bytes = sizes.reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0);
		return this.#rate.progress("copies", bytes, this.#total);
	}

	/** The connection is the run's own. */
	close(): void {}
}

class Rate {
	#samples: readonly { readonly at: number; readonly bytes: number }[] = [];

	progress(phase: string, copied: number, total: number | null): CopyProgress {
		const now = Date.now();
		this.#samples = [...this.#samples.filter(({ at }) => now - at <= RATE_MS), { at: now, bytes: copied }];
		const first = this.#samples[0];
		const seconds = first === undefined ? 0 : (now - first.at) / 1000;
		const rate = first === undefined || seconds < 1 ? null : (copied - first.bytes) / seconds;
		// The total is an estimate, which the copy may exceed.
		const left = total === null ? null : Math.max(0, total - copied);
		return {
			phase,
			bytes: copied,
			totalBytes: total,
			bytesPerSecond: rate,
			secondsLeft: left === null || !rate ? null : left / rate,
		};
	}
}
