import { describe, expect, test } from "vitest";
import { beginCrosscheck, type Crosscheck, recordReport } from "../../src/model/crosscheck.ts";
import { crosscheckGrid, crosscheckRecord, linkAt } from "../../src/presentation/crosscheck.ts";
import { crosscheckOf, link } from "../support/crosschecks.ts";
import { NOW, registration } from "../support/records.ts";

const nameOf = (nodeId: number): string => `node${nodeId}`;

const texts = (crosscheck: Crosscheck): Readonly<Record<string, string>> =>
	Object.fromEntries(
		crosscheckGrid(crosscheck, nameOf).rows.map(({ title, cells }) => [
			title,
			cells.map(({ text }) => text).join(" | "),
		]),
	);

describe("the matrices of a crosscheck", () => {
	test("show ok, and no SSH from a node to itself", () => {
		expect(texts(crosscheckOf([1, 2, 3]))).toEqual({
			"SQL from node1": "ok | ok | ok",
			"SQL from node2": "ok | ok | ok",
			"SQL from node3": "ok | ok | ok",
			"SSH from node1": "– | ok | ok",
			"SSH from node2": "ok | – | ok",
			"SSH from node3": "ok | ok | –",
		});
	});

	test("show a failure in a word, and a host that could not try anything", () => {
		const crosscheck = crosscheckOf([1, 2, 3], {
			silent: [3],
			broken: {
				"1 2": [link("sql", 2, "failed", { word: "password" })],
				"2 1": [link("repmgr", 1, "failed", { word: "no repmgr" })],
				"2 3": [link("ssh", 3, "unknown", { word: "not tried" })],
			},
		});
		expect(texts(crosscheck)).toMatchObject({
			"SQL from node1": "ok | password | ok",
			"SQL from node3": "can't ask | can't ask | can't ask",
			"SSH from node2": "no repmgr | – | not tried",
			"SSH from node3": "can't ask | can't ask | –",
		});
	});

	test("show a dot for a pending result, and ? once the crosscheck has ended without it", () => {
		const begun = recordReport(beginCrosscheck([1, 2], NOW), {
			fromNodeId: 1,
			asked: { state: "asking" },
			results: [link("sql", 2)],
		});
		expect(texts(begun)).toMatchObject({ "SQL from node1": "· | ok", "SQL from node2": "· | ·" });
		expect(texts({ ...begun, endedAt: NOW })).toMatchObject({
			"SQL from node1": "? | ok",
			"SQL from node2": "? | ?",
		});
	});

	test("mark failures only", () => {
		const crosscheck = crosscheckOf([1, 2], { silent: [2], broken: { "1 2": [link("sql", 2, "failed")] } });
		const { rows } = crosscheckGrid(crosscheck, nameOf);
		const tones = rows.flatMap(({ cells }) => cells.map(({ text, tone }) => `${text}: ${tone}`));
		expect(new Set(tones)).toEqual(
			new Set(["ok: ok", "refused: critical", "can't ask: unknown", "–: muted"]),
		);
	});
});

describe("the link of a cell", () => {
	const crosscheck = crosscheckOf([1, 2], {
		broken: { "1 2": [link("ssh", 2, "failed"), link("sql", 2, "failed")] },
	});

	test("has repmgr's result if SSH works, else SSH's", () => {
		expect(linkAt(crosscheck, "ssh 2", "1")).toMatchObject({ toNodeId: 1, result: { way: "repmgr" } });
		expect(linkAt(crosscheck, "ssh 1", "2")).toMatchObject({ result: { way: "ssh", state: "failed" } });
		expect(linkAt(crosscheck, "sql 1", "2")).toMatchObject({
			row: { fromNodeId: 1 },
			result: { way: "sql" },
		});
	});

	test.each([
		["sql 9", "1"],
		["", "1"],
		["repmgr 1", "2"],
	])("is null for row %j, column %s", (row, column) => {
		expect(linkAt(crosscheck, row, column)).toBeNull();
	});
});

describe("crosscheck --json", () => {
	const record = crosscheckRecord(
		crosscheckOf([1, 2], {
			silent: [2],
			broken: { "1 2": [link("sql", 2, "failed", { command: ["psql", "-d", "host=node2 user=x"] })] },
		}),
		[registration(1), registration(2)],
	);

	test("has every documented field", () => {
		expect({ ...record, hosts: [], links: [] }).toStrictEqual({
			schema: 1,
			startedAt: new Date(NOW - 5000).toISOString(),
			milliseconds: 1000,
			hosts: [],
			links: [],
		});
		expect(record.hosts).toStrictEqual([
			{ nodeId: 1, nodeName: "node1", asked: true, fault: null },
			{ nodeId: 2, nodeName: "node2", asked: false, fault: { kind: "unreachable", message: "no answer" } },
		]);
		expect(record.links.find(({ toNodeId, way }) => toNodeId === 2 && way === "sql")).toStrictEqual({
			fromNodeId: 1,
			toNodeId: 2,
			way: "sql",
			state: "failed",
			word: "refused",
			lines: ["Connection refused"],
			milliseconds: 20,
			command: "psql -d 'host=node2 user=x'",
		});
	});
});
