import {
	type Document,
	isAlias,
	isMap,
	isScalar,
	isSeq,
	LineCounter,
	parseDocument,
	visit,
	type YAMLParseError,
} from "yaml";
import type * as z from "zod";
import type { Place, Problem } from "../text/message.ts";
import { didYouMean } from "../text/nearest.ts";
import { knownKeys } from "./clusters-schema.ts";

/** A parsed YAML text, with the lines that positions are computed from. */
export interface YamlSource {
	readonly file: string;
	readonly document: Document;
	readonly lines: LineCounter;
}

/** `offset` counts characters from 0. */
export function placeOfOffset({ file, lines }: YamlSource, offset: number): Place {
	// An empty text has no lines for the counter.
	const { line, col } = lines.linePos(offset);
	return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The position of the key at the end of a path. */
export function placeOfKey(source: YamlSource, path: readonly PropertyKey[]): Place {
	return placeOfOffset(source, walk(source, path).keyOffset);
}

/** The position of a path's value, or of its key if it has none. */
export function placeOfValue(source: YamlSource, path: readonly PropertyKey[]): Place {
	const { keyOffset, valueOffset } = walk(source, path);
	return placeOfOffset(source, valueOffset ?? keyOffset);
}

/** Follows a path through aliases while it exists: the offsets of its last key and of that key's value. */
function walk({ document }: YamlSource, path: readonly PropertyKey[]) {
	let node: unknown = document.contents;
	let keyOffset = offsetOf(node) ?? 0;
	for (const segment of path) {
		if (isAlias(node)) node = node.resolve(document);
		if (isSeq(node)) {
			node = node.items[Number(segment)];
			keyOffset = offsetOf(node) ?? keyOffset;
			continue;
		}
		const pair = isMap(node) ? node.items.find(({ key }) => keyText(key) === segment) : undefined;
		if (pair === undefined) break;
		keyOffset = offsetOf(pair.key) ?? keyOffset;
		node = pair.value;
	}
	const empty = isScalar(node) && node.value === null;
	return { keyOffset, valueOffset: empty ? undefined : offsetOf(node) };
}

/** As it becomes a property name: node IDs are numbers in the file. */
function keyText(key: unknown): string {
	return String(isScalar(key) ? key.value : key);
}

function offsetOf(node: unknown): number | undefined {
	const ranged = node as { readonly range?: readonly number[] | null } | null | undefined;
	return ranged?.range?.[0];
}

/**
 * A YAML text as plain values. `content` is undefined where the text is too broken to go on;
 * after a duplicate key the rest is checked, too, so that there are both.
 */
export function readYaml(
	text: string,
	file: string,
): { readonly source: YamlSource; readonly content: unknown; readonly problems: readonly Problem[] } {
	const lines = new LineCounter();
	// The log level keeps the package from writing warnings to the screen.
	const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
	const source = { file, document, lines };
	const problems = [
		...[...document.errors, ...document.warnings].map((error) => yamlProblem(error, text, source)),
		...unresolvedAliases(source),
	];
	const broken =
		document.errors.some(({ code }) => code !== "DUPLICATE_KEY") || problems.length > document.errors.length;
	if (broken) return { source, content: undefined, problems };
	try {
		return { source, content: document.toJS() ?? {}, problems };
	} catch (error) {
		// Aliases that expand without limit ("billion laughs").
		const message = `broken YAML: ${error instanceof Error ? error.message : String(error)}`;
		return {
			source,
			content: undefined,
			problems: [{ message, where: placeOfOffset(source, 0), exitCode: 78 }],
		};
	}
}

function yamlProblem(
	error: Pick<YAMLParseError, "code" | "message" | "pos">,
	text: string,
	source: YamlSource,
): Problem {
	const where = placeOfOffset(source, error.pos[0]);
	if (error.code !== "DUPLICATE_KEY") {
		const words = error.message.charAt(0).toLowerCase() + error.message.slice(1);
		return { message: `broken YAML: ${words}`, where, exitCode: 78 };
	}
	const key = /^(?:"[^"]*"|'[^']*'|[^:\s]*)/.exec(text.slice(error.pos[0]))?.[0].replace(/^["']|["']$/g, "");
	return {
		message: `duplicate key "${key}"`,
		detail: "The same key is set above; only one can count.",
		where,
		exitCode: 78,
	};
}

function unresolvedAliases(source: YamlSource): readonly Problem[] {
	const problems: Problem[] = [];
	visit(source.document, {
		Alias(_key, alias) {
			if (alias.resolve(source.document) !== undefined) return;
			const where = placeOfOffset(source, alias.range?.[0] ?? 0);
			problems.push({
				message: `broken YAML: there is no anchor "&${alias.source}" above`,
				where,
				exitCode: 78,
			});
		},
	});
	return problems;
}

/** Zod's issues as problems with their position; one for each unknown key. */
export function schemaProblem(
	issue: z.core.$ZodIssue,
	source: YamlSource,
	content: unknown,
	keysAt: (path: readonly PropertyKey[]) => readonly string[] = knownKeys,
): readonly Problem[] {
	if (issue.code === "unrecognized_keys") {
		const known = keysAt(issue.path);
		return issue.keys.map((key) => ({
			message: `unknown key "${key}"`,
			detail: `The keys known here are ${known.join(", ")}.`,
			...didYouMean(key, known),
			where: placeOfKey(source, [...issue.path, key]),
			exitCode: 78,
		}));
	}
	const where = placeOfValue(source, issue.path);
	// A place in a list has no name of its own.
	const name = issue.path.findLast((key) => typeof key === "string") ?? "the file";
	// A conninfo is not shown: it may hold a password.
	if (issue.code === "custom" && issue.params?.conninfo !== undefined) {
		const { detail, hint } = issue.params.conninfo as Pick<Problem, "detail" | "hint">;
		return [
			{
				message: `"${name}": ${issue.message}`,
				...(detail !== undefined && { detail }),
				...(hint !== undefined && { hint }),
				where,
				exitCode: 78,
			},
		];
	}
	const value = shownValue(issue.path.reduce(step, content));
	return [{ message: `invalid value for "${name}": ${value}`, detail: issue.message, where, exitCode: 78 }];
}

function step(content: unknown, key: PropertyKey): unknown {
	return (content as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[key];
}

/** A value as a message shows it. */
export function shownValue(value: unknown): string {
	if (value === null || value === undefined) return "nothing";
	if (Array.isArray(value)) return "a list";
	if (typeof value === "object") return "a mapping";
	const text = JSON.stringify(value);
	return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
