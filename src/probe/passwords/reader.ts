import type { Outcome } from "../../model/fault.ts";
import type { PasswordSurvey, PasswordTry } from "../../model/password-survey.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { wholeNumber } from "../../text/whole-number.ts";
import type { Shell } from "../../transport/ports.ts";
import { wholeOutput } from "../host/loop.ts";
import { PASSWORDS_SCRIPT } from "./script.ts";

/** A login as the role whose password changes. */
export interface WantedLogin extends Pick<PasswordTry, "way" | "toNodeId"> {
	/** Without a password and without a password file. */
	readonly conninfo: string;
}

export interface PasswordPlace {
	readonly shell: Shell;
	/** The owner of the database. */
	readonly user: string;
	readonly configFile: string;
}

/** Each login is tried twice; an unreachable server takes its connect_timeout. */
const DEADLINE_MS = 45_000;

const MOST_SESSIONS = 10;

/** Reads what the programs on a host log in with, and tries the logins. @param own conninfo of its own server. */
export async function readPasswords(
	{ shell, user, configFile }: PasswordPlace,
	own: string,
	names: readonly string[],
	logins: readonly WantedLogin[],
): Promise<Outcome<PasswordSurvey>> {
	const words = logins.flatMap(({ way, toNodeId, conninfo }) => [way, String(toNodeId), conninfo]);
	const printed = await wholeOutput(shell, PASSWORDS_SCRIPT, [configFile, own, names.join("\n"), ...words], {
		user,
		deadlineMs: DEADLINE_MS,
	});
	return printed.fault === undefined ? parsePasswords(printed.value) : printed;
}

/** What PASSWORDS_SCRIPT printed. */
export function parsePasswords(output: string): Outcome<PasswordSurvey> {
	const lines = output.split("\n").filter((line) => line !== "");
	const all = (word: string): readonly string[] =>
		lines.flatMap((line) => (line.startsWith(`${word} `) ? [sanitiseText(line.slice(word.length + 1))] : []));
	const [path = ""] = all("file");
	const state = STATES.find((one) => one === all("state")[0]);
	if (lines.at(-1) !== "end" || path === "" || state === undefined) {
		return { fault: { kind: "protocol", message: "the host's answer about its passwords can't be read" } };
	}
	return {
		value: {
			path,
			state,
			isLeftOver: lines.includes("left over"),
			lines: all("line"),
			otherwise: [...new Set(all("otherwise"))].map((text) => `${text}.`),
			primaryConninfo: all("primary")[0] ?? "",
			delayMs: wholeNumber(all("delay")[0]) ?? 0,
			sessions: [...new Set(all("session"))].slice(0, MOST_SESSIONS),
			tries: all("try").flatMap(tryOf),
		},
	};
}

const STATES = ["usable", "missing", "unsafe", "locked"] as const;

/** "WAY ID EXITCODE yes|no TEXT". */
function tryOf(line: string): readonly PasswordTry[] {
	const [, way, id, code, asked, text = ""] =
		/^(sql|replication) (\d+) (\d+) (yes|no)(?: (.*))?$/.exec(line) ?? [];
	const toNodeId = wholeNumber(id);
	if ((way !== "sql" && way !== "replication") || toNodeId === null) return [];
	const fault = code === "0" ? null : text.trim() || `psql ended with ${code}`;
	return [{ way, toNodeId, fault, isAsked: asked === "yes" }];
}
