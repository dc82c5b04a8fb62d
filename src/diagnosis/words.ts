import type { World } from "./world.ts";

const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** "61 MB", in PostgreSQL's units of 1024. */
export function inBytes(bytes: number): string {
	const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
	return `${Math.round(bytes / 1024 ** power)} ${UNITS[power]}`;
}

/** "40 s", "12 min", "5 h", "3 d": as much as matters. */
export function inTime(seconds: number): string {
	if (seconds < 120) return `${Math.round(seconds)} s`;
	if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
	return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

export function inPercent(share: number): string {
	// Never "100 %" while there is room.
	return `${Math.floor(share * 100)} %`;
}

/** A moment (epoch ms) as "2026-11-23 04:41:12 UTC". */
export function inUtc(at: number): string {
	return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** "node1, node2 and node3". */
export function inList(words: readonly string[]): string {
	return words.length < 2
		? (words[0] ?? "")
		: `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

/** The name of a node by its id, as far as it is registered. */
export function nameOf({ snapshot }: World, nodeId: number | null): string {
	if (nodeId === null) return "none";
	return snapshot.nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? `node ${nodeId}`;
}
