import {
	type Crosscheck,
	type CrosscheckRow,
	type LinkResult,
	resultsOf,
	wayTo,
} from "../model/crosscheck.ts";
import type { Registration } from "../model/registration.ts";
import { shellWords } from "../text/shell.ts";
import type { Grid, GridRow } from "./grid.ts";
import { type Cell, NONE, UNKNOWN } from "./topology.ts";
import type { NameOf } from "./viewpoints.ts";

/** What has a matrix of its own; the repmgr of the other node belongs to SSH, over which it is asked. */
export const MATRICES = [
	["sql", "SQL"],
	["ssh", "SSH"],
] as const;

type Matrix = (typeof MATRICES)[number][0];

/** The ways from every node to every other: rows are where they begin, columns where they lead. In order of node id. */
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

/** What a cell is about, by the keys of its row and column. */
export interface Link {
	readonly row: CrosscheckRow;
	readonly toNodeId: number;
	readonly matrix: Matrix;
	/** What failed, where something did; of SSH that works, the repmgr at the other end. Null: nothing is known. */
	readonly result: LinkResult | null;
}

export function linkAt({ rows }: Crosscheck, rowKey: string, columnKey: string): Link | null {
	const [matrix, from] = rowKey.split(" ");
	const row = rows.find(({ fromNodeId }) => String(fromNodeId) === from);
	const toNodeId = Number(columnKey);
	if (row === undefined || (matrix !== "sql" && matrix !== "ssh")) return null;
	return { row, toNodeId, matrix, result: wayTo(row, matrix, toNodeId) };
}

function linkCell({ endedAt }: Crosscheck, row: CrosscheckRow, matrix: Matrix, to: number): Cell {
	if (matrix === "ssh" && to === row.fromNodeId) return NONE;
	const result = wayTo(row, matrix, to);
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
