import type { Fault } from "../../model/fault.ts";
import { LOG_NAMES, type LogChunk, type LogName } from "../../model/log-tail.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { HostTarget } from "../host/loop.ts";
import { Pause } from "../timing.ts";
import { failed, type LogPosition, NO_POSITION, type ParsedLog, parseLogs } from "./parse.ts";
import { LOG_SCRIPT, MOST_JOURNAL_LINES, MOST_LOG_BYTES } from "./script.ts";

/** Between two reads, ms. */
const LOOK_INTERVAL_MS = 1000;

/** A host that can't be read is tried again no sooner, ms: it logs every rejected login. */
const FAILED_INTERVAL_MS = 5000;

/** For one read, ms. */
const LOOK_DEADLINE_MS = 5000;

export type LogLooks = Readonly<Record<LogName, LogChunk>>;

/**
 * Follows the logs of one node while a screen shows them. It remembers its position, so that a screen
 * opened again shows what was written meanwhile.
 */
export class LogLoop {
	readonly #target: HostTarget;
	readonly #redact: (text: string) => string;
	readonly #report: (looks: LogLooks) => void;
	#positions: Readonly<Record<LogName, LogPosition>> = { postgresql: NO_POSITION, repmgrd: NO_POSITION };
	#pause: Pause | null = null;

	constructor(target: HostTarget, redact: (text: string) => string, report: (looks: LogLooks) => void) {
		this.#target = target;
		this.#redact = redact;
		this.#report = report;
	}

	/** Reads until stop(). */
	async run(): Promise<void> {
		if (this.#pause !== null) return;
		const pause = new Pause();
		this.#pause = pause;
		while (this.#pause === pause) {
			const isWell = await this.#look(pause);
			if (this.#pause !== pause) return;
			await pause.for(isWell ? LOOK_INTERVAL_MS : FAILED_INTERVAL_MS);
		}
	}

	stop(): void {
		this.#pause?.wake();
		this.#pause = null;
	}

	async #look(pause: Pause): Promise<boolean> {
		const { shell, user, configFile } = this.#target;
		const { postgresql, repmgrd } = this.#positions;
		const limits = [String(MOST_LOG_BYTES), String(MOST_JOURNAL_LINES)];
		const argv = ["timeout", "10", "sh", "-c", LOG_SCRIPT, "sh", configFile, ...limits];
		const outcome = await shell.run([...argv, ...words(postgresql), ...words(repmgrd)], {
			user,
			deadlineMs: LOOK_DEADLINE_MS,
		});
		if (this.#pause !== pause) return true;
		const parsed = outcome.fault === undefined ? parseLogs(outcome.value.stdout, this.#redact) : null;
		const fault = outcome.fault ?? notUnderstood(outcome.value.stderr);
		const logs = Object.fromEntries(
			LOG_NAMES.map((name) => [name, parsed?.get(name) ?? failed(sanitise(fault))]),
		) as Record<LogName, ParsedLog>;
		this.#positions = {
			postgresql: logs.postgresql.position ?? postgresql,
			repmgrd: logs.repmgrd.position ?? repmgrd,
		};
		this.#report({ postgresql: logs.postgresql.look, repmgrd: logs.repmgrd.look });
		return parsed !== null;
	}
}

function words({ file, inode, offset, cursor }: LogPosition): readonly string[] {
	return [file, inode, offset, cursor];
}

function notUnderstood(stderr: string): Fault {
	const detail = stderr.trim().slice(0, 500);
	return {
		kind: "command",
		message: "the script that reads the logs did not finish",
		...(detail !== "" && { detail }),
	};
}
