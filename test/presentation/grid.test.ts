import { expect, test } from "vitest";
import { type Grid, isTroubled, type Tone, troubleFirst } from "../../src/presentation/grid.ts";

/** One letter a cell: "w" and "c" are marked. */
function grid(fixedColumns: number, ...rows: readonly string[]): Grid {
	const tones: Readonly<Record<string, Tone>> = { w: "warning", c: "critical", u: "unknown", m: "muted" };
	return {
		fixedColumns,
		columns: [...(rows[0] ?? "")].map((_, column) => ({ key: `c${column}`, title: "", note: "" })),
		rows: rows.map((cells, row) => ({
			key: `r${row}`,
			title: "",
			cells: [...cells].map((text) => ({ text, tone: tones[text] ?? "plain" })),
		})),
	};
}

const order = ({ columns, rows }: Grid) => ({
	columns: columns.map(({ key }) => key).join(" "),
	rows: rows.map(({ key, cells }) => `${key} ${cells.map(({ text }) => text).join("")}`),
});

test("leaves a grid without marks as it is", () => {
	const calm = grid(1, "abd", "mum");
	expect(troubleFirst(calm)).toEqual(calm);
	expect(calm.rows.some(isTroubled)).toBe(false);
});

test("moves marked rows and columns to the front in their order, but no fixed column", () => {
	expect(order(troubleFirst(grid(1, "aaaaa", "abawc", "abaaa", "abaca")))).toEqual({
		columns: "c0 c3 c4 c1 c2",
		rows: ["r1 awcba", "r3 acaba", "r0 aaaaa", "r2 aaaba"],
	});
});

test("moves the row of a mark in the fixed column", () => {
	expect(order(troubleFirst(grid(1, "aa", "ca")))).toEqual({ columns: "c0 c1", rows: ["r1 ca", "r0 aa"] });
});

test("takes an empty grid", () => {
	expect(troubleFirst(grid(0))).toEqual({ fixedColumns: 0, columns: [], rows: [] });
});
