import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter } from "yaml";
import type { Place } from "../text/message.ts";

/** A YAML text that was parsed, with what is needed to say where in it something stands. */
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

/** Where the key at the end of a path stands. */
export function placeOfKey(source: YamlSource, path: readonly PropertyKey[]): Place {
	return placeOfOffset(source, walk(source, path).keyOffset);
}

/** Where the value of a path stands; where its key stands if it has none. */
export function placeOfValue(source: YamlSource, path: readonly PropertyKey[]): Place {
	const { keyOffset, valueOffset } = walk(source, path);
	return placeOfOffset(source, valueOffset ?? keyOffset);
}

/** Follows a path through aliases as far as it goes: the offsets of its last key and of that key's value. */
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
