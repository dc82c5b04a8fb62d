import { sanitise, sanitiseText } from "../text/sanitise.ts";

/** What a Map is written as: JSON has none. */
const MAP = "\u00a7map";

/** JSON of a plain value, Maps included. */
export function toJson(value: unknown): string {
	return JSON.stringify(value, (_, item) => (item instanceof Map ? { [MAP]: [...item] } : item));
}

/** A copy without Maps and without undefined, as it will be read. */
export function plain(value: unknown): unknown {
	const text = toJson(value);
	return text === undefined ? null : JSON.parse(text);
}

/** A value from a record, which may come from anywhere: every text is sanitised. */
export function fromJson(text: string, keepsLines = false): unknown {
	const parsed: unknown = JSON.parse(text);
	return withMaps(keepsLines ? sanitiseLines(parsed) : sanitise(parsed));
}

function withMaps(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withMaps);
	if (value === null || typeof value !== "object") return value;
	const pairs = MAP in value ? value[MAP] : null;
	if (Array.isArray(pairs))
		return new Map(pairs.map((pair: readonly unknown[]) => [pair[0], withMaps(pair[1])]));
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withMaps(item)]));
}

/** As `sanitise`, but a text keeps its lines: the output of a command has some. */
function sanitiseLines(value: unknown): unknown {
	if (typeof value === "string") return value.split("\n").map(sanitiseText).join("\n");
	if (Array.isArray(value)) return value.map(sanitiseLines);
	if (value === null || typeof value !== "object") return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [sanitiseText(key), sanitiseLines(item)]),
	);
}
