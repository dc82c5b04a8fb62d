import { existsSync, readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseConninfo } from "../libpq/conninfo.ts";
import type { ConninfoValues } from "../libpq/conninfo-keywords.ts";
import { RENAMED_PARAMETERS } from "../model/repmgr-conf.ts";
import type { Entry } from "../repmgr/conf.ts";
import { type ConfFiles, scanWithIncludes } from "../repmgr/includes.ts";
import { type Configured, foundIn, type Problem, refuse } from "../text/message.ts";

/** A node's repmgr.conf (repmgr manual, "Required configuration file settings"). */
export interface RepmgrConf {
	readonly nodeId: number;
	readonly nodeName: string;
	/** As written. */
	readonly conninfo: string;
	readonly conninfoValues: ConninfoValues;
	readonly dataDirectory: string;
	/** Every setting by name, with its last place, which counts. */
	readonly values: ReadonlyMap<string, Entry>;
}

const ownFiles: ConfFiles = {
	read: (path) => readFileSync(path, "utf8"),
	exists: existsSync,
	list: (directory) =>
		readdirSync(directory, { withFileTypes: true })
			.filter((entry) => !entry.isDirectory())
			.map(({ name }) => name),
};

/** Reads a repmgr.conf with its includes, or returns all of its problems. */
export function readRepmgrConf(path: string, files: ConfFiles = ownFiles): Configured<RepmgrConf> {
	const file = resolve(path);
	const { entries, problems } = scanWithIncludes(file, files);
	return problems.length > 0 ? { problems } : interpret(entries, file);
}

const required = ["node_id", "node_name", "data_directory", "conninfo"] as const;

/** sizeof(node_name), NAMEDATALEN: repmgr accepts a name that fills it (parse_configuration_item() in configfile.c). */
const nodeNameBytes = 64;

function interpret(entries: readonly Entry[], file: string): Configured<RepmgrConf> {
	const values = new Map(entries.map((entry) => [entry.name, entry]));
	const [nodeId, nodeName, dataDirectory, conninfo] = required.map((name) => values.get(name));
	const parsed = conninfo === undefined ? undefined : parseConninfo(conninfo.value);
	const problems: readonly Problem[] = [
		...required
			.filter((name) => (values.get(name)?.value ?? "") === "")
			.map((name) => missing(name, file, values)),
		...(nodeId === undefined ? [] : nodeIdProblems(nodeId)),
		...(nodeName === undefined ? [] : nodeNameProblems(nodeName)),
		...(parsed?.problems ?? []).map((problem) =>
			foundIn(
				{ ...problem, message: `"conninfo": ${problem.message}` },
				conninfo?.where ?? { file, line: 1 },
			),
		),
		...(conninfo === undefined ? [] : variableProblems(parsed?.value ?? {}, conninfo)),
	];
	if (problems.length > 0 || parsed?.value === undefined) return { problems };
	return {
		value: {
			nodeId: toInteger(nodeId?.value ?? ""),
			nodeName: nodeName?.value ?? "",
			dataDirectory: dataDirectory?.value ?? "",
			conninfo: conninfo?.value ?? "",
			conninfoValues: parsed.value,
			values,
		},
	};
}

function missing(name: string, file: string, values: ReadonlyMap<string, Entry>): Problem {
	const old = [...values.values()].find((entry) => RENAMED_PARAMETERS.get(entry.name) === name);
	if (old !== undefined)
		return {
			message: `"${name}": required parameter was not found, but "${old.name}" was, its name in repmgr 3`,
			hint: `Write ${name}=${old.value} in its place, and look through the other parameters: repmgr 4 renamed several.`,
			where: old.where,
			exitCode: 78,
		};
	return {
		message: `"${name}": required parameter was not found`,
		detail: `File "${file}" does not set it, or sets it to an empty value.`,
		exitCode: 78,
	};
}

/** strtol(), as repmgr_atoi() uses it: "2 " and "2nd" are 2. NaN where there is no number. */
function toInteger(text: string): number {
	return Number.parseInt(text, 10);
}

function nodeIdProblems({ value, where }: Entry): readonly Problem[] {
	if (value === "") return [];
	const id = toInteger(value);
	const wrong = (message: string) =>
		refuse({ message: `"node_id": ${message}`, where, exitCode: 78 }).problems;
	if (Number.isNaN(id)) return wrong(`invalid value (provided: "${value}")`);
	if (id < 1) return wrong(`must be 1 or greater (provided: "${value}")`);
	if (id > 2 ** 31 - 1)
		return wrong(`must be a positive signed 32 bit integer, i.e. 2147483647 or less (provided: "${value}")`);
	return [];
}

function nodeNameProblems({ value, where }: Entry): readonly Problem[] {
	const length = Buffer.byteLength(value);
	if (length <= nodeNameBytes) return [];
	return [
		{
			message: `value for "node_name" must contain fewer than ${nodeNameBytes} characters (current length: ${length})`,
			where,
			exitCode: 78,
		},
	];
}

/** Names and ports have no "$": a shell variable was meant, and repmgr expands none. */
function variableProblems(values: ConninfoValues, { where }: Entry): readonly Problem[] {
	return (["host", "hostaddr", "port"] as const).flatMap((keyword) => {
		const value = values[keyword];
		if (!value?.includes("$")) return [];
		return [
			{
				message: `"conninfo": ${keyword}=${value} has a variable, and repmgr expands none in repmgr.conf`,
				hint: "Write the value itself.",
				where,
				exitCode: 78,
			},
		];
	});
}
