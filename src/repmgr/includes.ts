import { posix } from "node:path";
import { type Place, type Problem, systemMessage } from "../text/message.ts";
import { type Entry, scanRepmgrConf } from "./conf.ts";

/** Configuration files of this machine, or copies of another host's. Failures are thrown, as by node:fs. */
export interface ConfFiles {
	read(path: string): string;
	exists(path: string): boolean;
	/** Names of the plain files in a directory. */
	list(directory: string): readonly string[];
}

/** Files by their paths; an Error instead of a text tells why the file or directory could not be read; others don't exist. */
export function copiedFiles(
	texts: ReadonlyMap<string, string | Error>,
	missing: ReadonlySet<string> = new Set(),
): ConfFiles {
	return {
		read(path) {
			const text = texts.get(path) ?? new Error("No such file or directory");
			if (text instanceof Error) throw text;
			return text;
		},
		exists: (path) => texts.has(path),
		list(directory) {
			const fault = missing.has(directory) ? new Error("No such file or directory") : texts.get(directory);
			if (fault instanceof Error) throw fault;
			return [...texts.keys()]
				.filter((path) => posix.dirname(path) === directory)
				.map((path) => posix.basename(path));
		},
	};
}

export interface Scanned {
	readonly entries: readonly Entry[];
	readonly problems: readonly Problem[];
}

/** A file that includes another one counts twice against repmgr's limit of 10 (ProcessConfigFile() and ProcessConfigFp()). */
export const DEEPEST_INCLUDE = 5;

/** The settings of a file and its includes, in the order in which they count. */
export function scanWithIncludes(file: string, files: ConfFiles): Scanned {
	return includeFile(file, undefined, 0, files);
}

function includeFile(file: string, from: Place | undefined, depth: number, files: ConfFiles): Scanned {
	const failed = (message: string) => ({
		entries: [],
		problems: [{ message, ...(from && { where: from }), exitCode: 78 } satisfies Problem],
	});
	if (depth > DEEPEST_INCLUDE)
		return failed(`could not open configuration file "${file}": maximum nesting depth exceeded`);
	if (file === from?.file) return failed(`configuration file recursion in "${file}"`);
	let text: string;
	try {
		text = files.read(file);
	} catch (error) {
		return failed(`could not open configuration file "${file}": ${systemMessage(error)}`);
	}
	const scanned = scanRepmgrConf(text, file);
	const followed = scanned.entries.map((entry) => followInclude(entry, depth + 1, files));
	return {
		entries: followed.flatMap((one) => one.entries),
		problems: [...scanned.problems, ...followed.flatMap((one) => one.problems)],
	};
}

/** Replaces an include directive by the included entries. Paths are relative to the including file. */
function followInclude(entry: Entry, depth: number, files: ConfFiles): Scanned {
	const { where } = entry;
	const path = posix.resolve(posix.dirname(where.file), entry.value);
	const directive = entry.name.toLowerCase();
	// repmgr passes over a file without a name, and refuses a directory without one.
	const isNamed = entry.value.trim() !== "";
	switch (directive) {
		case "include":
		case "include_if_exists":
			if (!isNamed) return { entries: [], problems: [] };
			return directive === "include" || files.exists(path)
				? includeFile(path, where, depth, files)
				: { entries: [], problems: [missingProblem(path, where)] };
		case "include_dir":
			return isNamed
				? includeDirectory(path, where, depth, files)
				: {
						entries: [],
						problems: [{ message: 'empty configuration directory name: ""', where, exitCode: 78 }],
					};
		default:
			return { entries: [entry], problems: [] };
	}
}

/** repmgr counts what it skips among its errors, and refuses the file for it (ProcessConfigFile() in configfile-scan.l). */
function missingProblem(path: string, where: Place): Problem {
	return {
		message: `include_if_exists names "${path}", which does not exist, and repmgr refuses the file for that`,
		hint: "Make an empty file of that name, or remove the line.",
		where,
		exitCode: 78,
	};
}

/** All *.conf files of a directory except hidden ones, in byte order. */
function includeDirectory(directory: string, from: Place, depth: number, files: ConfFiles): Scanned {
	let names: readonly string[];
	try {
		names = files
			.list(directory)
			.filter((name) => /^[^.].*\.conf$/.test(name))
			.toSorted();
	} catch (error) {
		const message = `could not open configuration directory "${directory}": ${systemMessage(error)}`;
		return { entries: [], problems: [{ message, where: from, exitCode: 78 }] };
	}
	const included = names.map((name) => includeFile(posix.resolve(directory, name), from, depth, files));
	return {
		entries: included.flatMap((one) => one.entries),
		problems: included.flatMap((one) => one.problems),
	};
}
