import { parseConninfo, redactConninfo, unreadableConninfo } from "../../libpq/conninfo.ts";
import { parsePassfile } from "../../libpq/passfile.ts";
import type { Fault, Outcome } from "../../model/fault.ts";
import {
	type ConfSetup,
	type ConninfoSetup,
	type FileFacts,
	type HbaSetup,
	HIDDEN,
	type HostSetup,
	type PassfileSetup,
	type SudoSetup,
	type SystemdSetup,
	type UnitSetup,
} from "../../model/setup.ts";
import { copiedFiles, scanWithIncludes } from "../../repmgr/includes.ts";
import { sanitiseText } from "../../text/sanitise.ts";
import { wholeNumber } from "../../text/whole-number.ts";
import { parseProgram } from "../shell-functions.ts";
import { parseHba } from "./hba.ts";
import { isShownSetting } from "./redaction.ts";
import { parseSudo } from "./sudo.ts";

/** What the setup script reads on one host. */
export interface HostParts {
	readonly conf: Outcome<ConfSetup>;
	readonly passfile: Outcome<PassfileSetup>;
	readonly hba: Outcome<HbaSetup>;
	readonly sudo: Outcome<SudoSetup>;
	readonly systemd: Outcome<SystemdSetup>;
	readonly host: Outcome<HostSetup>;
}

/** A fact printed by the script, with the lines of a file that follow it. */
interface Section {
	readonly word: string;
	readonly rest: string;
	readonly lines: string[];
}

/** Parses the setup script's output; null where the script did not finish. */
export function parseSetup(output: string, confPath: string): HostParts | null {
	const sections = sectionsOf(output);
	if (sections.at(-1)?.word !== "end") return null;
	const all = (word: string): readonly Section[] => sections.filter((section) => section.word === word);
	const [user = "", userId] = words(all("user")[0]?.rest);
	return {
		conf: confOf(sections, confPath),
		passfile: passfileOf(sections),
		hba: hbaOf(sections),
		sudo:
			all("sudo")[0]?.rest === "none"
				? { fault: { kind: "command", message: "sudo is not installed" } }
				: {
						value: parseSudo(
							user,
							all("sudo").map(({ rest }) => rest.slice(1)),
							all("sudocheck").map(({ rest }) => rest),
						),
					},
		systemd:
			all("systemd").length > 0
				? { fault: { kind: "command", message: "the host does not run systemd" } }
				: { value: systemdOf(sections) },
		host: {
			value: {
				user,
				userId: wholeNumber(userId),
				tools: new Map(all("tool").map(({ rest }) => namedOf(rest))),
				programs: all("program").map(({ rest }) => parseProgram(rest)),
				unwritableLog: unwritableLog(all("logfile")[0]?.rest),
				repmgrInPath: all("repmgrinpath")[0]?.rest || null,
				dataDirectory: factsOf(all("data")[0]?.rest),
				realDataDirectory: all("realdata")[0]?.rest || null,
				realConfDirectory: all("realconf")[0]?.rest || null,
				binaryDirectory: all("bindir")[0]?.rest || null,
				autoConf: factsOf(all("autoconf")[0]?.rest),
				damagedByRepmgr: all("damaged").map(({ rest }) => rest),
				removesIpc: booleanOf(all("removeipc")[0]?.rest ?? ""),
				addresses: new Map(
					all("address").map(({ rest }) => {
						const [name = "", ...addresses] = words(rest);
						return [name, addresses];
					}),
				),
			},
		},
	};
}

function sectionsOf(output: string): readonly Section[] {
	const sections: Section[] = [];
	for (const raw of output.split("\n").slice(0, -1)) {
		const line = sanitiseText(raw);
		if (line.startsWith("|")) sections.at(-1)?.lines.push(line.slice(1));
		else {
			const [word = "", ...rest] = line.split(" ");
			sections.push({ word, rest: rest.join(" "), lines: [] });
		}
	}
	return sections;
}

function words(text = ""): readonly string[] {
	return text.split(/\s+/).filter((word) => word !== "");
}

/** "pg_ctl /usr/lib/postgresql/15/bin/pg_ctl", "repmgrd repmgrd.service", or the name alone. */
function namedOf(text: string): readonly [string, string | null] {
	const [name = "", ...path] = text.split(" ");
	return [name, path.join(" ") || null];
}

/** "yes /var/log/repmgr.log", or "no …". */
function unwritableLog(text = ""): string | null {
	return text.startsWith("no ") ? text.slice("no ".length) : null;
}

function booleanOf(text: string): boolean | null {
	return text === "" ? null : /^(1|yes|true|on)$/i.test(text);
}

/** "644 postgres /etc/repmgr.conf". */
function factsOf(text: string | undefined): FileFacts | null {
	const [, mode = "", owner = "", path = ""] = /^([0-7]{1,5}) (\S+) (.+)$/.exec(text ?? "") ?? [];
	return path === "" ? null : { path, mode: Number.parseInt(mode, 8), owner };
}

/** The files of one role, each with its text or the reason why it could not be read. */
function filesOf(sections: readonly Section[], role: string) {
	const files = new Map<string, { facts: FileFacts | null; text: string | Error; isMissing: boolean }>();
	for (const { word, rest, lines } of sections) {
		if (word === "file" && rest.startsWith(`${role} `)) {
			const facts = factsOf(rest.slice(role.length + 1));
			if (facts) files.set(facts.path, { facts, text: lines.join("\n"), isMissing: false });
		}
		if (word === "nofile" && rest.startsWith(`${role} `)) {
			const [, why, ...path] = rest.split(" ");
			const file = path.join(" ");
			const isMissing = why === "missing";
			const text = new Error(isMissing ? "No such file or directory" : "Permission denied");
			files.set(file, { facts: files.get(file)?.facts ?? null, text, isMissing });
		}
	}
	return files;
}

function unreadable(path: string, error: Error): { readonly fault: Fault } {
	return { fault: { kind: "permission", message: `could not read "${path}": ${error.message}` } };
}

function confOf(sections: readonly Section[], path: string): Outcome<ConfSetup> {
	const files = filesOf(sections, "conf");
	const main = files.get(path)?.text ?? new Error("it was not found");
	if (main instanceof Error) return unreadable(path, main);
	const missing = new Set([...files].flatMap(([file, { isMissing }]) => (isMissing ? [file] : [])));
	const texts = new Map(
		[...files].filter(([file]) => !missing.has(file)).map(([file, { text }]) => [file, text]),
	);
	return {
		value: {
			path,
			files: [...files.values()].flatMap(({ facts }) => facts ?? []),
			...scanConf(path, texts, missing),
		},
	};
}

/** A repmgr.conf with its includes, from copies of the host's files; an Error tells why a file could not be read. */
export function scanConf(
	path: string,
	texts: ReadonlyMap<string, string | Error>,
	missing?: ReadonlySet<string>,
): Pick<ConfSetup, "entries" | "problems"> {
	const { entries, problems } = scanWithIncludes(path, copiedFiles(texts, missing));
	return {
		entries: entries.map(({ name, value, where }) => ({
			name,
			value: isShownSetting(name) ? value : HIDDEN,
			place: where,
		})),
		problems: problems.map(({ message, where }) => ({
			// Behind broken quotes a password is a token, too.
			message: message.replace(/, near token ".*$/s, ""),
			place: where ?? { file: path, line: null },
		})),
	};
}

/** A conninfo's keywords, its secrets concealed; null where it has no valid form. */
export function parseConninfoSetup(text: string): ConninfoSetup | null {
	const shown = redactConninfo(text);
	return shown === unreadableConninfo ? null : (parseConninfo(shown).value ?? null);
}

function passfileLines(text: string): PassfileSetup["lines"] {
	return parsePassfile(text).flatMap(({ password, ...line }) => (password === "" ? [] : [line]));
}

function passfileOf(sections: readonly Section[]): Outcome<PassfileSetup> {
	const [path, file] = [...filesOf(sections, "passfile")][0] ?? [];
	if (path === undefined || file === undefined) return unreadable("~/.pgpass", new Error("it was not found"));
	if (file.isMissing) return { value: { path, file: null, lines: [] } };
	if (file.text instanceof Error) return unreadable(path, file.text);
	return { value: { path, file: file.facts, lines: passfileLines(file.text) } };
}

function hbaOf(sections: readonly Section[]): Outcome<HbaSetup> {
	const [path, file] = [...filesOf(sections, "hba")][0] ?? [];
	if (path === undefined || file === undefined)
		return unreadable("pg_hba.conf", new Error("it was not found"));
	return file.text instanceof Error ? unreadable(path, file.text) : { value: parseHba(file.text, path) };
}

function systemdOf(sections: readonly Section[]): SystemdSetup {
	const processes = new Map(
		sections.filter(({ word }) => word === "process").map(({ rest }) => namedOf(rest)),
	);
	const defaults = sections.find(({ word }) => word === "defaults");
	return {
		isPostgresRunning: processes.has("postgres"),
		postgresUnit: processes.get("postgres") ?? null,
		repmgrdUnit: processes.get("repmgrd") ?? null,
		repmgrdConf: sections.find(({ word }) => word === "repmgrdconf")?.rest || null,
		units: sections.filter(({ word }) => word === "unit").map(({ rest, lines }) => unitOf(rest, lines)),
		repmgrdDefaults: defaults ? Object.fromEntries(defaults.lines.map(assignment)) : null,
	};
}

function assignment(line: string): readonly [string, string] {
	const at = line.indexOf("=");
	return [line.slice(0, at), line.slice(at + 1)];
}

function unitOf(name: string, lines: readonly string[]): UnitSetup {
	const properties = new Map(lines.map(assignment));
	const of = (key: string): string => properties.get(key) ?? "";
	return {
		name,
		loadState: of("LoadState"),
		fileState: of("UnitFileState"),
		user: of("User"),
		command: /argv\[\]=(.*?) ; /.exec(of("ExecStart"))?.[1] ?? "",
		sourcePath: of("SourcePath"),
	};
}
