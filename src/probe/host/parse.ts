import type {
	FenceNote,
	HostReading,
	LockHolder,
	MaskedUnit,
	PauseNote,
	ProcessReading,
} from "../../model/host-reading.ts";
import { sanitise, sanitiseText } from "../../text/sanitise.ts";
import { epochMs, LATEST_TIME_MS, wholeNumber } from "../../text/whole-number.ts";

/** When a read of a host began and ended, epoch ms by our clock. */
export interface Looked {
	readonly from: number;
	readonly to: number;
}

/** Parses the host script's output. Unknown lines are skipped. */
export function parseHost(output: string, looked: Looked): HostReading {
	const lines = output.split("\n").map(sanitiseText);
	const all = (word: string): readonly string[] =>
		lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).trim());
	const control = parseControlData(all("control"));
	const commands = all("command").filter((command) => command !== "");
	const hostTime = epochMs(all("time")[0]);
	const postmaster = parseProcess(all("postmaster")[0]);
	const repmgrd = parseProcess(all("repmgrd")[0]);
	const shown = all("unit").flatMap(parseUnit);
	const unitOf = (word: string) =>
		all("unitof")
			.find((line) => line.startsWith(`${word} `))
			?.slice(word.length + 1);
	return {
		postmaster,
		repmgrd,
		controlData: control,
		units: [...new Map(shown.map(({ mainPid: _, ...one }) => [one.unit, one])).values()],
		serverUnit: unitBy(postmaster, unitOf("server"), unitOf("start"), shown),
		repmgrdUnit: unitBy(repmgrd, unitOf("repmgrd"), unitOf("repmgrd-start"), shown),
		disks: all("disk").flatMap(parseDisk),
		dataDirectory: all("data")[0] ?? null,
		pidFileAt: epochMs(all("pidfile")[0]),
		controlFileAt: epochMs(all("controlfile")[0]),
		repmgrCommands: commands,
		isHalfRewound:
			!commands.includes("node rejoin") &&
			all("rewind").some((timeline) => control === null || wholeNumber(timeline) === control.timeline),
		locks: all("lock").flatMap((line) => parseHeldLock(line, all("works"))),
		masked: all("masked").flatMap(parseMasked),
		fences: all("fence").flatMap(parseFence),
		pauses: all("pause").flatMap(parsePause),
		pauseFileAt: epochMs(all("pausefile")[0]),
		archiveReadyFiles: wholeNumber(all("ready")[0]),
		forks: all("fork").flatMap(parseFork),
		repmgrConf: parseSettings(all("conf")),
		hostTime,
		readMs: looked.to - looked.from,
		clockOffsetMs: hostTime === null ? null : Math.round(hostTime - (looked.from + looked.to) / 2),
	};
}

/** "SYSTEMIDENTIFIER {…}". @param works "OPERATION SECONDS" each. */
function parseHeldLock(line: string, works: readonly string[]): NonNullable<HostReading["locks"]> {
	const [, systemIdentifier = "", text] = /^(\d+) (.*)$/.exec(line) ?? [];
	const holder = parseLock(text);
	if (holder === null) return [];
	const [, ago] = works.map((one) => one.split(" ")).find(([id]) => id === holder.operationId) ?? [];
	const workedAgoSeconds = wholeNumber(ago);
	return [{ ...holder, systemIdentifier, ...(workedAgoSeconds !== null && { workedAgoSeconds }) }];
}

/** "PARAMETER UNIT /etc", or /run where it is masked until the next boot. */
function parseMasked(line: string): readonly MaskedUnit[] {
	const [, parameter, unit, directory] = /^(\S+) (\S+) (\/etc|\/run)$/.exec(line) ?? [];
	return unit === undefined
		? []
		: [
				{
					of: parameter === "service_start_command" ? "PostgreSQL" : "repmgrd",
					unit,
					isRuntime: directory === "/run",
				},
			];
}

/** A fence's file: one line of JSON, written by a fence (operation/fence/steps.ts). */
function parseFence(text: string): readonly FenceNote[] {
	try {
		const { systemIdentifier, nodeId, how, who, reason, kept, since } = JSON.parse(text);
		const isWhole =
			[systemIdentifier, who, reason, kept].every((word) => typeof word === "string") &&
			Number.isInteger(nodeId) &&
			(how === "stop" || how === "read-only") &&
			typeof since === "number" &&
			Math.abs(since) <= LATEST_TIME_MS;
		return isWhole ? [sanitise({ systemIdentifier, nodeId, how, who, reason, kept, since })] : [];
	} catch {
		return [];
	}
}

/** A pause's file, the same (operation/pause/steps.ts). */
function parsePause(text: string): readonly PauseNote[] {
	try {
		const { systemIdentifier, nodeId, who, reason, until, since } = JSON.parse(text);
		const isTime = (time: unknown): boolean => typeof time === "number" && Math.abs(time) <= LATEST_TIME_MS;
		const isWhole =
			[systemIdentifier, who, reason].every((word) => typeof word === "string") &&
			Number.isInteger(nodeId) &&
			(until === null || isTime(until)) &&
			isTime(since);
		return isWhole ? [sanitise({ systemIdentifier, nodeId, who, reason, until, since })] : [];
	} catch {
		return [];
	}
}

/** "3 0/5000160": timeline 3 ended there. */
function parseFork(line: string): HostReading["forks"] {
	const [, number, endLsn] = /^(\d+) ([0-9A-F]{1,8}\/[0-9A-F]{1,8})$/.exec(line) ?? [];
	const timeline = wholeNumber(number);
	return timeline === null || endLsn === undefined ? [] : [{ timeline, endLsn }];
}

/** "key value" for every parameter asked for; those without a value are not set. */
function parseSettings(lines: readonly string[]): HostReading["repmgrConf"] {
	if (lines.length === 0) return null;
	return Object.fromEntries(
		lines.flatMap((line) => {
			const [, key, value] = /^(\S+) (.+)$/.exec(line) ?? [];
			return key !== undefined && value !== undefined ? [[key, value]] : [];
		}),
	);
}

/** "1234 S", or "none" where there is no such process. */
function parseProcess(text: string | undefined): ProcessReading | false | null {
	if (text === undefined) return null;
	const [, number, state] = /^(\d+) ([A-Za-z])/.exec(text) ?? [];
	const pid = wholeNumber(number);
	return pid === null || state === undefined ? false : { pid, state };
}

/** pg_controldata's "Label:   value" lines, in the C locale. */
function parseControlData(lines: readonly string[]): HostReading["controlData"] {
	const values = new Map(
		lines.map((line) => {
			const colon = line.indexOf(":");
			return [line.slice(0, colon), line.slice(colon + 1).trim()];
		}),
	);
	const state = values.get("Database cluster state");
	if (state === undefined) return null;
	const systemIdentifier = values.get("Database system identifier") ?? "";
	return {
		state,
		timeline: wholeNumber(values.get("Latest checkpoint's TimeLineID")),
		checkpointLsn: values.get("Latest checkpoint location") ?? null,
		systemIdentifier: /^\d{1,20}$/.test(systemIdentifier) ? systemIdentifier : null,
	};
}

/** UNIT LOAD ACTIVE SUB MAINPID. */
function parseUnit(
	line: string,
): readonly (HostReading["units"][number] & { readonly mainPid: number | null })[] {
	const [unit, load, active, sub, main] = line.split(/\s+/);
	if (!unit || load === "not-found" || !active || !sub) return [];
	return [{ unit, active, sub, mainPid: wholeNumber(main) || null }];
}

/**
 * A process may have inherited the cgroup of what started it: the unit is believed unless its main process is another one. Of
 * a process that is gone only the command that starts it tells, if systemd knows that unit.
 */
function unitBy(
	process: HostReading["postmaster"],
	own: string | undefined,
	started: string | undefined,
	shown: ReturnType<typeof parseUnit>,
): string | null {
	const known = (name: string | undefined) => shown.find(({ unit }) => unit === name);
	if (process === null) return null;
	if (process === false) return known(started)?.unit ?? null;
	const main = known(own)?.mainPid ?? null;
	return own === undefined || (main !== null && main !== process.pid) ? null : own;
}

/** `df -P -k` after the word for what is stored there: Filesystem 1024-blocks Used Available Capacity Mounted. */
function parseDisk(line: string): HostReading["disks"] {
	const [of, , blocks, , left] = line.split(/\s+/);
	const [size, available] = [wholeNumber(blocks), wholeNumber(left)];
	if ((of !== "PGDATA" && of !== "pg_wal") || size === null || available === null) return [];
	return [{ of, sizeBytes: size * 1024, availableBytes: available * 1024 }];
}

/** Parses a lock's holder.json; null where the console did not write it. */
export function parseLock(text: string | undefined): LockHolder | null {
	try {
		const { operationId, operation, who, since } = JSON.parse(text ?? "");
		const isWhole =
			[operationId, operation, who].every((word) => typeof word === "string") &&
			typeof since === "number" &&
			Math.abs(since) <= LATEST_TIME_MS;
		return isWhole ? sanitise({ operationId, operation, who, since }) : null;
	} catch {
		return null;
	}
}
