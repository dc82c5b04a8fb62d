import { quoted } from "./advice.ts";
import type { World } from "./world.ts";

const UNITS = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** "61 MB", in PostgreSQL's units of 1024. */
export function inBytes(bytes: number): string {
	const power = bytes < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
	return `${Math.round(bytes / 1024 ** power)} ${UNITS[power]}`;
}

export function inPercent(share: number): string {
	// Never "100 %" while there is room.
	return `${Math.floor(share * 100)} %`;
}

/** A moment (epoch ms) as "2026-11-23 04:41:12 UTC". */
export function inUtc(at: number): string {
	return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** A moment (epoch ms) as "04:41:12 UTC". */
export function clockTime(at: number): string {
	return inUtc(at).slice(11);
}

/** The name of a node by its id, as far as it is registered. */
export function nameOf({ snapshot }: World, nodeId: number | null): string {
	if (nodeId === null) return "no node";
	const node = snapshot.nodes.find((one) => one.nodeId === nodeId);
	return node === undefined ? `node ${nodeId}` : quoted(node);
}
