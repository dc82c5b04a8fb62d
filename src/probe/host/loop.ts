import type { Outcome } from "../../model/fault.ts";
import type { HostReading } from "../../model/host-reading.ts";
import type { Report } from "../../model/node-state.ts";
import { sanitise } from "../../text/sanitise.ts";
import type { RunOptions, Shell } from "../../transport/ports.ts";
import type { ConnectionLimiter } from "../connection-limiter.ts";
import { parseLogs } from "../logs/parse.ts";
import { reasonIn } from "../logs/reason.ts";
import { LOG_SCRIPT } from "../logs/script.ts";
import { Pause, type Timing, TROUBLED_HOST_INTERVAL_MS } from "../timing.ts";
import { parseHost } from "./parse.ts";
import { HOST_SCRIPT } from "./script.ts";

const SERVERS_FIRST_MS = 500;

/** How much of the end of a log is searched for a reason. */
const LOG_BYTES = "16384";
const JOURNAL_LINES = "100";

/** One node's host, and how to read it. */
export interface HostTarget {
	readonly nodeId: number;
	readonly shell: Shell;
	/** The owner of the data directory, who may read it. */
	readonly user: string;
	/** Path of repmgr.conf on the host. */
	readonly configFile: string;
}

/**
 * Which hosts are read, and how soon.
 *
 * - at once: all, each when its server has answered or is slow: a verdict needs everything
 * - after the servers: all, when all servers had time to answer, since the operator waits for servers first
 * - in trouble: only those whose server does not answer, or only slowly
 */
export type HostLooks = "at once" | "after the servers" | "in trouble";

/** Reads one host from time to time, and at once when its server is in trouble. */
export class HostLoop {
	readonly #target: HostTarget;
	readonly #timing: () => Timing;
	readonly #report: (report: Report) => void;
	readonly #limiter: ConnectionLimiter;
	readonly #pause = new Pause();
	#isStopped = false;
	#isLooking = false;
	/** Since when its server is in trouble, epoch ms; null: the server answers. */
	#troubledSince: number | null = null;
	/** Is the first read due as soon as the server has answered? */
	#isWanted = false;
	/** Did the last read fail? */
	#hasFailed = false;
	#lookedAt = 0;
	/** Is its server a standby without a walreceiver? */
	#isDetached = false;
	readonly #redact: (text: string) => string;
	/** The units by which its processes ran last. */
	readonly #units: { server: string | null; repmgrd: string | null } = { server: null, repmgrd: null };

	constructor(
		target: HostTarget,
		timing: () => Timing,
		report: (report: Report) => void,
		limiter: ConnectionLimiter,
		redact: (text: string) => string,
	) {
		this.#target = target;
		this.#timing = timing;
		this.#report = report;
		this.#limiter = limiter;
		this.#redact = redact;
	}

	/** Runs until stop(). */
	async run(looks: HostLooks): Promise<void> {
		this.#isWanted = looks === "at once";
		await this.#pause.for(looks === "in trouble" ? this.#timing().hostIntervalMs : SERVERS_FIRST_MS);
		while (!this.#isStopped) {
			if (this.#troubledSince !== null || looks !== "in trouble") await this.#look();
			if (this.#isStopped) break;
			const isTroubled = this.#troubledSince !== null;
			await this.#pause.for(isTroubled ? TROUBLED_HOST_INTERVAL_MS : this.#timing().hostIntervalMs);
		}
		this.#target.shell.close();
	}

	/** The server does not answer (called repeatedly): reads the host now or after some patience, unless it was just read. */
	trouble(): void {
		const now = Date.now();
		this.#troubledSince ??= now;
		const isDue = now - this.#troubledSince >= this.#timing().troublePatienceMs;
		if (isDue && !this.#isLooking && now - this.#lookedAt >= TROUBLED_HOST_INTERVAL_MS) this.#pause.wake();
	}

	/** Reads the host now, unless it was just read. */
	lookSoon(): void {
		if (!this.#isLooking && Date.now() - this.#lookedAt >= TROUBLED_HOST_INTERVAL_MS) this.#pause.wake();
	}

	/** The standby has no walreceiver, or has one again: the next read looks for the reason in its log. */
	detached(isDetached: boolean): void {
		this.#isDetached = isDetached;
	}

	/** The server answered. */
	calm(): void {
		this.#troubledSince = null;
		if (this.#isWanted) this.#pause.wake();
		this.#isWanted = false;
	}

	stop(): void {
		this.#isStopped = true;
		this.#pause.wake();
	}

	async #look(): Promise<void> {
		const { nodeId } = this.#target;
		this.#isWanted = false;
		this.#isLooking = true;
		const leave = await this.#limiter.enter(this.#hasFailed);
		// A reading is at least as new as the start of its read.
		const begunAt = Date.now();
		const { hostDeadlineMs, troublePatienceMs } = this.#timing();
		// Not while an operation runs, which needs the host's CPU.
		const wantsReason = (this.#troubledSince !== null || this.#isDetached) && troublePatienceMs === 0;
		const outcome = await lookAtHost(this.#target, hostDeadlineMs, wantsReason ? this.#redact : null);
		leave();
		this.#hasFailed = outcome.fault !== undefined;
		this.#isLooking = false;
		this.#lookedAt = Date.now();
		if (this.#isStopped) return;
		const seenAt = outcome.fault === undefined ? begunAt : this.#lookedAt;
		const told = outcome.fault === undefined ? { value: this.#withUnits(outcome.value) } : outcome;
		this.#report({ nodeId, of: "host", observation: { ...told, at: seenAt, by: "ssh" } });
	}

	/** A process that is gone has no cgroup: its unit is the one by which it ran last. */
	#withUnits(reading: HostReading): HostReading {
		const { postmaster, repmgrd, serverUnit = null, repmgrdUnit = null } = reading;
		if (postmaster) this.#units.server = serverUnit;
		if (repmgrd) this.#units.repmgrd = repmgrdUnit;
		return {
			...reading,
			serverUnit: postmaster === false ? (this.#units.server ?? serverUnit) : serverUnit,
			repmgrdUnit: repmgrd === false ? (this.#units.repmgrd ?? repmgrdUnit) : repmgrdUnit,
		};
	}
}

/** Reads a host once. @param redact removes secrets from the log; null: the log is not searched for a reason. */
export async function lookAtHost(
	{ shell, user, configFile }: HostTarget,
	deadlineMs: number,
	redact: ((text: string) => string) | null = null,
): Promise<Outcome<HostReading>> {
	const from = Date.now();
	const log = redact === null ? [] : [LOG_SCRIPT, LOG_BYTES, JOURNAL_LINES];
	const printed = await wholeOutput(shell, HOST_SCRIPT, ["", configFile, ...log], { user, deadlineMs });
	if (printed.fault !== undefined) return printed;
	const reading = parseHost(printed.value, { from, to: Date.now() });
	if (redact === null) return { value: reading };
	const trouble = reading.postmaster === false ? "stopped" : "not streaming";
	const linesOf = logLines(printed.value, redact);
	return {
		value: {
			...reading,
			logReason: reasonIn(linesOf("postgresql"), trouble),
			repmgrdLogReason: reading.repmgrd === false ? reasonIn(linesOf("repmgrd"), "no repmgrd") : null,
		},
	};
}

/** The logs as LOG_SCRIPT printed them behind the facts of HOST_SCRIPT. */
function logLines(
	output: string,
	redact: (text: string) => string,
): (log: "postgresql" | "repmgrd") => readonly string[] {
	const printed = output.split("\n").flatMap((line) => (line.startsWith("log ") ? [line.slice(4)] : []));
	const logs = parseLogs(printed.join("\n"), redact);
	return (log) => (logs?.get(log)?.look.lines ?? []).map(({ text }) => text);
}

/** Closing a channel does not end the command on the host: a script that hangs ends itself, after these seconds. */
const SCRIPT_SECONDS = "60";

/**
 * The output of a script for sh(1), if it finished. In half an output a missing fact would read as its opposite.
 */
export async function wholeOutput(
	shell: Shell,
	script: string,
	words: readonly string[],
	options: RunOptions,
): Promise<Outcome<string>> {
	const argv = ["timeout", SCRIPT_SECONDS, "sh", "-c", script, "sh", ...words];
	const outcome = await shell.run(argv, options);
	if (outcome.fault !== undefined) return { fault: sanitise(outcome.fault) };
	const { exitCode, stdout, stderr } = outcome.value;
	if (exitCode === 0) return { value: stdout };
	const detail = sanitise(stderr.trim().slice(0, 500));
	return {
		fault: {
			kind: "command",
			message: `the script on its host did not finish (exit code ${exitCode ?? "unknown"})`,
			...(detail !== "" && { detail }),
		},
	};
}
