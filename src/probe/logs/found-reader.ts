import type { Outcome } from "../../model/fault.ts";
import type { FoundLine, FoundLines, NodeFoundLines, TimeRange } from "../../model/found-lines.ts";
import { knownLine, type LogSource } from "../../model/log-lines.ts";
import { formatDateTime } from "../../text/format.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { epochMs } from "../../text/whole-number.ts";
import { ConnectionLimiter } from "../connection-limiter.ts";
import { wholeOutput } from "../host/loop.ts";
import type { SetupContext, SetupTarget } from "../setup/reader.ts";
import { LOOKING_AT_ONCE } from "../timing.ts";
import { FOUND_LINES_SCRIPT, MOST_FOUND_LINES } from "./found-script.ts";

/** For one host, ms: its logs may be long. */
const HOST_DEADLINE_MS = 30_000;

const DAY_MS = 86_400_000;
/** More days than this would not fit into an argument that a person can read; older lines are left out. */
const MOST_DAYS = 62;

export interface FoundLinesContext extends Pick<SetupContext, "sshOff"> {
	/** Removes secrets from text. */
	readonly redact: (text: string) => string;
}

/** Reads the known lines of a time from the logs of all hosts at once. Never throws; calls `onRead` after each node. */
export async function readFoundLines(
	targets: readonly SetupTarget[],
	{ sshOff, redact }: FoundLinesContext,
	range: TimeRange,
	onRead: () => void = () => {},
): Promise<readonly NodeFoundLines[]> {
	const limiter = new ConnectionLimiter(LOOKING_AT_ONCE);
	return await Promise.all(
		targets.map(async ({ registration: { nodeId }, host }): Promise<NodeFoundLines> => {
			if (host === null) {
				onRead();
				const message = sshOff ?? "the console uses no SSH for this node";
				return { nodeId, found: { fault: { kind: "command", message } } };
			}
			const leave = await limiter.enter(false);
			const { shell, user, configFile } = host;
			const words = [configFile, seconds(range.from), seconds(range.to), daysOf(range)];
			const printed = await wholeOutput(shell, FOUND_LINES_SCRIPT, words, {
				user,
				deadlineMs: HOST_DEADLINE_MS,
			});
			leave();
			onRead();
			return {
				nodeId,
				found: printed.fault === undefined ? parseFoundLines(printed.value, range, redact) : printed,
			};
		}),
	);
}

const seconds = (ms: number): string => String(Math.floor(ms / 1000));

/** A host's local day may be the one before or after. */
function daysOf({ from, to }: TimeRange): string {
	const first = Math.max(from, to - MOST_DAYS * DAY_MS) - DAY_MS;
	const count = Math.floor((to - first) / DAY_MS) + 2;
	return Array.from({ length: count }, (_, day) =>
		new Date(first + day * DAY_MS).toISOString().slice(0, 10),
	).join(" ");
}

const NAMES: Readonly<Record<LogSource, string>> = {
	postgresql: "PostgreSQL's log",
	repmgrd: "repmgrd's log",
	kernel: "the kernel's log",
};

/** Parses the output of FOUND_LINES_SCRIPT. */
export function parseFoundLines(
	output: string,
	range: TimeRange,
	redact: (text: string) => string,
): Outcome<FoundLines> {
	const lines = output.split("\n");
	if (lines.at(-1) === "") lines.pop();
	if (lines.pop() !== "end")
		return { fault: { kind: "command", message: "the script that searches the logs did not finish" } };
	const found: FoundLine[] = [];
	const notes: string[] = [];
	for (const section of sectionsOf(lines)) {
		const { of, state, rest } = section;
		if (state !== "file" && state !== "journal") {
			notes.push(unreadText(of, state, rest));
			continue;
		}
		const begins = epochMs(section.words("begins ")[0]);
		if (begins !== null && begins > range.from)
			notes.push(`${NAMES[of]} begins at ${formatDateTime(begins)} UTC`);
		const times = section.words("at ").map((word) => epochMs(word));
		const texts = section.words("|");
		// date(1) prints nothing for a time that it does not understand: then it is not known which line has which.
		if (times.length !== texts.length) {
			notes.push(`${NAMES[of]} has times that its host does not understand`);
			continue;
		}
		if (texts.length >= MOST_FOUND_LINES)
			notes.push(`of ${NAMES[of]} only the newest ${MOST_FOUND_LINES} lines that decide are here`);
		found.push(
			...texts.flatMap((line, position) => {
				const text = redact(sanitiseText(line));
				const at = times[position] ?? null;
				const isIn = at !== null && at >= range.from && at <= range.to;
				return isIn && knownLine(of, text) !== null ? [{ of, at, text }] : [];
			}),
		);
	}
	return { value: { lines: found, notes } };
}

interface Section {
	readonly of: LogSource;
	readonly state: string;
	readonly rest: string;
	/** What follows this beginning of its lines. */
	readonly words: (beginning: string) => readonly string[];
}

function sectionsOf(lines: readonly string[]): readonly Section[] {
	const heads = lines.flatMap((line, position) => {
		const [, name, state = "", rest = ""] = /^log (postgresql|repmgrd|kernel) (\S+) ?(.*)$/.exec(line) ?? [];
		return name === undefined ? [] : [{ of: name as LogSource, state, rest, position }];
	});
	return heads.map(({ of, state, rest, position }, index) => {
		const body = lines.slice(position + 1, heads[index + 1]?.position);
		const words = (beginning: string): readonly string[] =>
			body.flatMap((line) => (line.startsWith(beginning) ? [line.slice(beginning.length)] : []));
		return { of, state, rest, words };
	});
}

function unreadText(of: LogSource, state: string, path: string): string {
	switch (state) {
		case "denied":
			return `${NAMES[of]} can't be read: permission denied for ${sanitiseText(path)}`;
		case "denied-journal":
			return `${NAMES[of]} can't be read: the journal may not be read`;
		default:
			return `${NAMES[of]} was not found`;
	}
}
