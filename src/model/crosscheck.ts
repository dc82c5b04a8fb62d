import type { Fault } from "./fault.ts";

/**
 * How repmgr connects from one node to another: SQL with the registered conninfo, SSH as the database's owner, and the
 * other node's repmgr over SSH.
 */
export type LinkKind = "sql" | "ssh" | "repmgr";

/** One connection that was tried. */
export interface LinkResult {
	readonly toNodeId: number;
	readonly way: LinkKind;
	/** unknown: it could not be tried. */
	readonly state: "ok" | "failed" | "unknown";
	/** One or two words: "ok", "password", "host key", … */
	readonly word: string;
	/** What psql or ssh said, sanitised. */
	readonly lines: readonly string[];
	readonly milliseconds: number | null;
	/** To try it by hand, as the database's owner on the source node; never with a password. Null: there is none. */
	readonly command: readonly string[] | null;
}

/** The state of one host: the login, the attempts, done; or why it can't be asked. */
export type Asked =
	| { readonly state: "connecting" | "asking" | "done" }
	| { readonly state: "silent"; readonly fault: Fault };

/** The connections from one node to all. */
export interface CrosscheckRow {
	readonly fromNodeId: number;
	readonly asked: Asked;
	/** By linkKey(). */
	readonly results: ReadonlyMap<string, LinkResult>;
}

/** The connections from every host to the others, so far. */
export interface Crosscheck {
	/** Epoch ms. */
	readonly startedAt: number;
	/** Null while it runs. */
	readonly endedAt: number | null;
	readonly isCancelled: boolean;
	readonly rows: readonly CrosscheckRow[];
}

/** New results of one host. */
export interface CrosscheckReport {
	readonly fromNodeId: number;
	readonly asked?: Asked;
	readonly results?: readonly LinkResult[];
}

export function linkKey(way: LinkKind, toNodeId: number): string {
	return `${way} ${toNodeId}`;
}

/** A crosscheck without results. */
export function beginCrosscheck(nodeIds: readonly number[], startedAt: number): Crosscheck {
	return {
		startedAt,
		endedAt: null,
		isCancelled: false,
		rows: nodeIds.map((fromNodeId) => ({ fromNodeId, asked: { state: "connecting" }, results: new Map() })),
	};
}

/** The crosscheck with one more report. */
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

/** A host's results, sorted by target. */
export function resultsOf({ results }: CrosscheckRow): readonly LinkResult[] {
	const order: readonly LinkKind[] = ["sql", "ssh", "repmgr"];
	return [...results.values()].toSorted(
		(a, b) => a.toNodeId - b.toNodeId || order.indexOf(a.way) - order.indexOf(b.way),
	);
}

/** Hosts that are done, or can't be asked. */
export function hostsDone({ rows }: Crosscheck): number {
	return rows.filter(({ asked }) => asked.state === "done" || asked.state === "silent").length;
}

export interface CrosscheckSummary {
	/** Connections that were tried, and how many of them failed. */
	readonly tried: number;
	readonly failed: number;
	/** Hosts that could not be asked, or whose results are incomplete. */
	readonly silent: number;
}

/**
 * The result for one cell of a table: of SSH that works, the result of the repmgr at the other end if there is one. Null:
 * nothing is known.
 */
export function linkTo({ results }: CrosscheckRow, way: "sql" | "ssh", toNodeId: number): LinkResult | null {
	const result = results.get(linkKey(way, toNodeId)) ?? null;
	return (result?.state === "ok" && way === "ssh" && results.get(linkKey("repmgr", toNodeId))) || result;
}

function linksTo(row: CrosscheckRow, toNodeId: number): readonly LinkResult[] {
	return (["sql", "ssh"] as const).flatMap((way) => linkTo(row, way, toNodeId) ?? []);
}

export function summarise({ rows }: Crosscheck): CrosscheckSummary {
	const links = rows.flatMap((row) => rows.flatMap(({ fromNodeId: to }) => linksTo(row, to)));
	const tried = links.filter(({ state }) => state !== "unknown");
	return {
		tried: tried.length,
		failed: tried.filter(({ state }) => state === "failed").length,
		silent: rows.filter((row) => !isComplete(row, rows.length)).length,
	};
}

/** Are there results of SQL to all nodes and of SSH to all others? */
function isComplete({ asked, results }: CrosscheckRow, nodes: number): boolean {
	const of = (way: LinkKind): number =>
		[...results.values()].filter((result) => result.way === way && result.state !== "unknown").length;
	return asked.state === "done" && of("sql") === nodes && of("ssh") === nodes - 1;
}
