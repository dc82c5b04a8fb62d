import type { LinkResult } from "../../model/crosscheck.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { wholeNumber } from "../../text/whole-number.ts";
import { LOGGED_IN, NOT_ASKED, type ScriptDestination } from "./script.ts";

/** The programs and options that a host uses for its tests. */
export interface Tools {
	readonly psql: string;
	readonly repmgr: string;
	/** The words of ssh_options without -q. */
	readonly sshOptions: readonly string[];
}

/** Parses the crosscheck script's output piece by piece. */
export class CrosscheckReader {
	readonly #destinations: ReadonlyMap<number, ScriptDestination>;
	#rest = "";
	readonly #tools = { psql: "psql", repmgr: "repmgr", sshOptions: [] as string[] };
	/** Has the host begun its tests? */
	isReady = false;

	constructor(destinations: readonly ScriptDestination[]) {
		this.#destinations = new Map(destinations.map((destination) => [destination.nodeId, destination]));
	}

	/** The results that this piece completes. Unknown lines are skipped. */
	take(piece: string): readonly LinkResult[] {
		const lines = (this.#rest + piece).split("\n");
		this.#rest = lines.pop() ?? "";
		return lines.flatMap((line) => this.#line(line));
	}

	#line(line: string): readonly LinkResult[] {
		const [, word = "", value = ""] = /^(\S+) ?(.*)$/s.exec(line) ?? [];
		switch (word) {
			case "psql":
			case "repmgr":
				this.#tools[word] = toolWord(value);
				return [];
			case "option":
				if (this.#tools.sshOptions.length < MOST_OPTIONS) this.#tools.sshOptions.push(toolWord(value));
				return [];
			case "ready":
				this.isReady = true;
				return [];
			case "sql":
			case "ssh":
				return this.#result(word, value);
			default:
				return [];
		}
	}

	#result(way: "sql" | "ssh", value: string): readonly LinkResult[] {
		const [, id, code, ms, text = ""] = /^(\d+) (\d+) (\S+) (.*)$/s.exec(value) ?? [];
		const destination = this.#destinations.get(wholeNumber(id) ?? Number.NaN);
		const exitCode = wholeNumber(code);
		if (destination === undefined || exitCode === null) return [];
		const ended: Ended = {
			exitCode,
			lines: [
				...new Set(text.split("\t").map((line) => sanitiseText(line.replace(/^psql: error: /, "")).trim())),
			].filter((line) => !/^@*$/.test(line)),
			milliseconds: wholeNumber(ms),
		};
		return way === "sql"
			? [sqlResult(destination, ended, this.#tools)]
			: sshResults(destination, ended, this.#tools);
	}
}

/** Limits for a path and for options, since each result repeats them. */
const LONGEST_WORD = 4096;
const MOST_OPTIONS = 100;

function toolWord(text: string): string {
	return sanitiseText(text.slice(0, LONGEST_WORD));
}

/** How psql or ssh ended. */
interface Ended {
	readonly exitCode: number;
	readonly lines: readonly string[];
	readonly milliseconds: number | null;
}

type DeterminedStatus = Pick<LinkResult, "state" | "word" | "lines">;

const WELL: DeterminedStatus = { state: "ok", word: "ok", lines: [] };

/** Exit codes of timeout(1): it gave up, and its command was killed. */
const TIMED_OUT = [124, 137];

/** Exit codes of timeout(1) where it could not run psql or ssh. */
function isMissing({ exitCode, lines }: Ended): boolean {
	return (exitCode === 126 || exitCode === 127) && lines.some((line) => line.startsWith("timeout: "));
}

function sqlResult({ nodeId, conninfo }: ScriptDestination, ended: Ended, { psql }: Tools): LinkResult {
	return {
		toNodeId: nodeId,
		way: "sql",
		milliseconds: ended.milliseconds,
		command: [psql, "-X", "-w", "-d", conninfo ?? "", "-c", "SELECT 1"],
		...(ended.exitCode === 0 ? WELL : failure(ended)),
	};
}

function sshResults(
	{ nodeId, host }: ScriptDestination,
	ended: Ended,
	{ repmgr, sshOptions }: Tools,
): readonly LinkResult[] {
	const { exitCode, milliseconds } = ended;
	const login = ["ssh", "-o", "Batchmode=yes", ...sshOptions, host ?? ""];
	const ssh = { toNodeId: nodeId, way: "ssh", milliseconds, command: [...login, "/bin/true"] } as const;
	// repmgr needs ssh, so without it SSH fails; without psql SQL just could not be tried.
	if (isMissing(ended))
		return [{ ...ssh, state: "failed", word: "no ssh", lines: ["ssh is not installed here."] }];
	if (!ended.lines.includes(LOGGED_IN)) return [{ ...ssh, ...failure(ended) }];
	return [
		{ ...ssh, ...WELL },
		{
			toNodeId: nodeId,
			way: "repmgr",
			milliseconds: null,
			command: [...login, "command", "-v", repmgr],
			...judgeRepmgr(exitCode, repmgr),
		},
	];
}

function judgeRepmgr(exitCode: number, repmgr: string): DeterminedStatus {
	if (exitCode === 0) return WELL;
	if (exitCode === NOT_ASKED) return { state: "unknown", word: "not asked", lines: [] };
	return {
		state: "failed",
		word: "no repmgr",
		lines: [`"${repmgr}", by which repmgr here would run commands there, is not found or may not be run.`],
	};
}

function failure(ended: Ended): DeterminedStatus {
	const { exitCode, lines } = ended;
	if (isMissing(ended)) return { state: "unknown", word: "not tried", lines };
	if (TIMED_OUT.includes(exitCode)) {
		return {
			state: "failed",
			word: "no answer",
			lines: [...lines, "It did not end in time and was stopped."],
		};
	}
	const text = lines.join("\n");
	return {
		state: "failed",
		word: WORDS.find(([pattern]) => pattern.test(text))?.[1] ?? "failed",
		lines: lines.length > 0 ? lines : [`It ended with exit code ${exitCode} and said nothing.`],
	};
}

/** Messages of libpq 9.6 to 17, PostgreSQL and OpenSSH 7 to 9 in the C locale; the first match counts. */
const WORDS: readonly (readonly [RegExp, string])[] = [
	[/REMOTE HOST IDENTIFICATION HAS CHANGED/, "key changed"],
	[/Host key verification failed/, "host key"],
	[/Permission denied \(|Too many authentication failures/, "denied"],
	[/password authentication failed|no password supplied/, "password"],
	[/no pg_hba\.conf entry|pg_hba\.conf rejects/, "pg_hba"],
	[/could not translate host name|Could not resolve hostname/, "unknown host"],
	[/Connection refused/, "refused"],
	[/timeout expired|timed out/i, "no answer"],
	[/No route to host|Network is unreachable/, "no route"],
	[/FATAL: {2}database ".*" does not exist/, "no database"],
	[/FATAL: {2}role ".*" does not exist/, "no role"],
	[/FATAL: {2}the database system is shutting down/, "stopping"],
	[/FATAL: {2}the database system is /, "starting"],
	[/FATAL: {2}(sorry, too many clients|remaining connection slots|too many connections)/, "full"],
	[/certificate|SSL|TLS/, "TLS"],
	[/Connection (closed|reset)|kex_exchange_identification|server closed the connection/, "closed"],
	[/Bad owner or permissions|Bad configuration option|unknown option|command-line line/, "ssh config"],
];
