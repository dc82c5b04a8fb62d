import { describe, expect, test } from "vitest";
import { takeSnapshot } from "../../../src/assess/take-snapshot.ts";
import { topologyRows } from "../../../src/presentation/topology.ts";
import { COLUMN_GAP, fitColumns } from "../../../src/ui/screens/topology/columns.ts";
import { byId, NOW, primaryReading, read, standbyReading } from "../../support/records.ts";

const rowsNamed = (nodeName: string) =>
	topologyRows(
		takeSnapshot("prod", byId(read(1, primaryReading()), read(2, standbyReading(), { nodeName })), [], NOW),
	);
const rows = rowsNamed("node2");
const titlesAt = (width: number) => fitColumns(rows, width).map(({ column }) => column);
const widthOf = (columns: ReturnType<typeof fitColumns>) =>
	columns.reduce((sum, { width }) => sum + width + COLUMN_GAP, 0);

describe("columns", () => {
	test("are all shown if there is room", () => {
		expect(titlesAt(200)).toHaveLength(Object.keys(rows[0]?.cells ?? {}).length);
	});

	test("are dropped on narrow terminals, but not the node's state", () => {
		let before = titlesAt(200);
		for (let width = 199; width >= 40; width--) {
			const now = titlesAt(width);
			expect(before).toEqual(expect.arrayContaining(now));
			expect(now).toEqual(expect.arrayContaining(["node", "role", "status", "lag", "repmgrd", "age"]));
			before = now;
		}
	});

	test("fit at 80 columns", () => {
		expect(widthOf(fitColumns(rows, 78))).toBeLessThanOrEqual(78);
	});

	test("stay on wide terminals when a standby is registered as inactive", () => {
		const registered = topologyRows(
			takeSnapshot(
				"prod",
				byId(read(1, primaryReading()), read(2, standbyReading(), { active: false })),
				[],
				NOW,
			),
		);
		expect(registered[1]?.cells.role.text).toBe("standby ≠ inactive");
		expect(fitColumns(registered, 158)).toEqual(fitColumns(rows, 158));
	});

	test("are as wide as their widest cell, in terminal columns", () => {
		const nodeColumn = (nodeName: string) =>
			fitColumns(rowsNamed(nodeName), 200).find(({ column }) => column === "node")?.width;
		expect(nodeColumn("node2")).toBe("└─ node2".length);
		expect(nodeColumn("東京")).toBe("└─ ".length + 4);
		// A name from a database does not take the screen.
		expect(nodeColumn("x".repeat(1000))).toBe(28);
	});

	test("keep the user's choice and order", () => {
		expect(fitColumns(rows, 200, ["status", "node"]).map(({ column }) => column)).toEqual(["status", "node"]);
	});
});
