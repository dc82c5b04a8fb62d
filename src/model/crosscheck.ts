import type { Fault } from "./fault.ts";

/**
 * Ways from one node to another, as repmgr goes them: SQL by the registered conninfo, SSH as the owner of the database, and
 * over SSH the repmgr of the other node.
 */
export type LinkKind = "sql" | "ssh" | "repmgr";

/** One way from a node to another, tried. */
export interface LinkResult {
	readonly toNodeId: number;
	readonly way: LinkKind;
	/** unknown: it could not be tried, which says nothing about the way. */
	readonly state: "ok" | "failed" | "unknown";
	/** In a word or two: "ok", "password", "host key", … */
	readonly word: string;
	/** What psql or ssh said, sanitised. */
	readonly lines: readonly string[];
	readonly milliseconds: number | null;
	/** To try it by hand, as the owner of the database on the node it goes from; never with a password. Null: there is none. */
	readonly command: readonly string[] | null;
}

/** How far one host is: it is logged in to, tries its ways, is through with them; or it can't be asked, which is why. */
export type Asked =
	| { readonly state: "connecting" | "asking" | "done" }
	| { readonly state: "silent"; readonly fault: Fault };

/** The ways from one node to all. */
export interface CrosscheckRow {
	readonly fromNodeId: number;
	readonly asked: Asked;
	/** By linkKey(). */
	readonly results: ReadonlyMap<string, LinkResult>;
}

/** What every host found of its ways to the others, as far as it has come. */
export interface Crosscheck {
	/** Epoch ms. */
	readonly startedAt: number;
	/** Null while it goes on. */
	readonly endedAt: number | null;
	readonly isCancelled: boolean;
	readonly rows: readonly CrosscheckRow[];
}

/** What became known of one host's ways. */
export interface CrosscheckReport {
	readonly fromNodeId: number;
	readonly asked?: Asked;
	readonly results?: readonly LinkResult[];
}

export function linkKey(way: LinkKind, toNodeId: number): string {
	return `${way} ${toNodeId}`;
}

/** A crosscheck in which nothing is known yet. */
export function beginCrosscheck(nodeIds: readonly number[], startedAt: number): Crosscheck {
	return {
		startedAt,
		endedAt: null,
		isCancelled: false,
		rows: nodeIds.map((fromNodeId) => ({ fromNodeId, asked: { state: "connecting" }, results: new Map() })),
	};
}

/** With one report more. */
export function recordReport(
	crosscheck: Crosscheck,
	{ fromNodeId, asked, results = [] }: CrosscheckReport,
): Crosscheck {
	return {
		...crosscheck,
		rows: crosscheck.rows.map((row) =>
			row.fromNodeId !== fromNodeId
				? row
				: {
						...row,
						asked: asked ?? row.asked,
						results: new Map([
							...row.results,
							...results.map((result) => [linkKey(result.way, result.toNodeId), result] as const),
						]),
					},
		),
	};
}

/** What a host found, by where it leads. */
export function resultsOf({ results }: CrosscheckRow): readonly LinkResult[] {
	const order: readonly LinkKind[] = ["sql", "ssh", "repmgr"];
	return [...results.values()].toSorted(
		(a, b) => a.toNodeId - b.toNodeId || order.indexOf(a.way) - order.indexOf(b.way),
	);
}

/** Hosts that are through with it, or can't be asked. */
export function hostsDone({ rows }: Crosscheck): number {
	return rows.filter(({ asked }) => asked.state === "done" || asked.state === "silent").length;
}

export interface CrosscheckSummary {
	/** Ways that were tried, and of those, that failed. */
	readonly tried: number;
	readonly failed: number;
	/** Hosts that could not be asked, or did not tell everything. */
	readonly silent: number;
}

/**
 * What is known of a way: what failed, where something did; of SSH that works, the repmgr at the other end, which belongs to
 * it. Null: nothing is known.
 */
export function wayTo({ results }: CrosscheckRow, way: "sql" | "ssh", toNodeId: number): LinkResult | null {
	const result = results.get(linkKey(way, toNodeId)) ?? null;
	return (result?.state === "ok" && way === "ssh" && results.get(linkKey("repmgr", toNodeId))) || result;
}

function waysTo(row: CrosscheckRow, toNodeId: number): readonly LinkResult[] {
	return (["sql", "ssh"] as const).flatMap((way) => wayTo(row, way, toNodeId) ?? []);
}

export function summarise({ rows }: Crosscheck): CrosscheckSummary {
	const ways = rows.flatMap((row) => rows.flatMap(({ fromNodeId: to }) => waysTo(row, to)));
	const tried = ways.filter(({ state }) => state !== "unknown");
	return {
		tried: tried.length,
		failed: tried.filter(({ state }) => state === "failed").length,
		silent: rows.filter((row) => !isComplete(row, rows.length)).length,
	};
}

/** SQL to all, SSH to all but itself, and an answer to each. */
function isComplete({ asked, results }: CrosscheckRow, nodes: number): boolean {
	const of = (way: LinkKind): number =>
		[...results.values()].filter((result) => result.way === way && result.state !== "unknown").length;
	return asked.state === "done" && of("sql") === nodes && of("ssh") === nodes - 1;
}
