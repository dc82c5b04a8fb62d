import {
	type Crosscheck,
	type CrosscheckRow,
	type LinkResult,
	linkTo,
	resultsOf,
} from "../model/crosscheck.ts";
import type { Registration } from "../model/registration.ts";
import { shellWords } from "../text/shell.ts";
import { type Cell, type Grid, type GridRow, NONE, UNKNOWN } from "./grid.ts";
import type { NameOf } from "./viewpoints.ts";

/** repmgr on the other node is part of the SSH matrix: it is run over SSH. */
export const MATRICES = [
	["sql", "SQL"],
	["ssh", "SSH"],
] as const;

type Matrix = (typeof MATRICES)[number][0];

/** Connections between nodes: a row for each source, a column for each destination, by node id. */
export function crosscheckGrid(crosscheck: Crosscheck, nameOf: NameOf): Grid {
	return {
		fixedColumns: 0,
		columns: crosscheck.rows.map(({ fromNodeId }) => ({
			key: String(fromNodeId),
			title: nameOf(fromNodeId),
			note: "",
		})),
		rows: MATRICES.flatMap(([matrix, title]) =>
			crosscheck.rows.map(
				(row): GridRow => ({
					key: `${matrix} ${row.fromNodeId}`,
					title: `${title} from ${nameOf(row.fromNodeId)}`,
					cells: crosscheck.rows.map(({ fromNodeId: to }) => linkCell(crosscheck, row, matrix, to)),
				}),
			),
		),
	};
}

/** What a cell shows. */
export interface Link {
	readonly row: CrosscheckRow;
	readonly toNodeId: number;
	readonly matrix: Matrix;
	/** The failure, if any; if SSH works, the result of repmgr at the other end. Null: unknown. */
	readonly result: LinkResult | null;
}

export function linkAt({ rows }: Crosscheck, rowKey: string, columnKey: string): Link | null {
	const [matrix, from] = rowKey.split(" ");
	const row = rows.find(({ fromNodeId }) => String(fromNodeId) === from);
	const toNodeId = Number(columnKey);
	if (row === undefined || (matrix !== "sql" && matrix !== "ssh")) return null;
	return { row, toNodeId, matrix, result: linkTo(row, matrix, toNodeId) };
}

function linkCell({ endedAt }: Crosscheck, row: CrosscheckRow, matrix: Matrix, to: number): Cell {
	if (matrix === "ssh" && to === row.fromNodeId) return NONE;
	const result = linkTo(row, matrix, to);
	if (result === null) {
		if (row.asked.state === "silent") return { text: "can't ask", tone: "unknown" };
		return endedAt === null && row.asked.state !== "done" ? { text: "·", tone: "muted" } : UNKNOWN;
	}
	switch (result.state) {
		case "ok":
			return { text: "ok", tone: "ok" };
		case "failed":
			return { text: result.word, tone: result.way === "repmgr" ? "warning" : "critical" };
		case "unknown":
			return { text: result.word, tone: "unknown" };
	}
}

/** `crosscheck --json`, schema 1, as reference/json.md documents it. Null is unknown. */
export function crosscheckRecord(
	{ startedAt, endedAt, rows }: Crosscheck,
	registrations: readonly Registration[],
) {
	const names = new Map(registrations.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
	return {
		schema: 1,
		startedAt: new Date(startedAt).toISOString(),
		milliseconds: endedAt === null ? null : endedAt - startedAt,
		hosts: rows.map(({ fromNodeId: nodeId, asked }) => ({
			nodeId,
			nodeName: names.get(nodeId) ?? null,
			asked: asked.state === "done",
			fault: asked.state === "silent" ? asked.fault : null,
		})),
		links: rows.flatMap((row) =>
			resultsOf(row).map(({ command, ...result }) => ({
				fromNodeId: row.fromNodeId,
				...result,
				command: command && shellWords(command),
			})),
		),
	};
}
