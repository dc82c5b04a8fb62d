import { cutName } from "./cut-name.ts";

/** "node1" in quotes, as PostgreSQL writes names in messages. */
export function quoted({ nodeName }: { readonly nodeName: string }): string {
	return `"${cutName(nodeName)}"`;
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
	return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** "512 bytes", "3.2 MB": by 1024, as pg_size_pretty() counts. */
export function byteCount(count: number): string {
	const units = ["bytes", "kB", "MB", "GB", "TB"];
	const power = count < 10_240 ? 0 : Math.min(4, Math.floor(Math.log2(count) / 10));
	const value = count / 1024 ** power;
	return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** A message in PostgreSQL's style (lower case, no full stop) in a sentence, or two. */
export function sentence({
	message,
	detail,
}: {
	readonly message: string;
	readonly detail?: string;
}): string {
	const first = `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
	return detail === undefined ? first : `${first} ${detail}`;
}

/** A test for lines: a regular expression, without regard to case; "!" in front inverts. Null: not a valid one. */
export function lineFilter(text: string): ((line: string) => boolean) | null {
	const isInverted = text.startsWith("!");
	const source = isInverted ? text.slice(1) : text;
	if (source === "") return () => true;
	try {
		const expression = new RegExp(source, "iu");
		return (line) => expression.test(line) !== isInverted;
	} catch {
		return null;
	}
}
