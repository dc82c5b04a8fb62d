import { cutName } from "./cut-name.ts";

/** "node1" in quotes, as PostgreSQL writes names in messages. */
export function quoted({ nodeName }: { readonly nodeName: string }): string {
	return `"${cutName(nodeName)}"`;
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
	return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
