import { describe, expect, test } from "vitest";
import { viewpointsOf } from "../../src/assess/viewpoints.ts";
import { viewpointsGrid, viewpointsRecord } from "../../src/presentation/viewpoints.ts";
import { repmgrd } from "../support/records.ts";
import { type Changes, type Circumstances, worldOf } from "../support/worlds.ts";

function gridOf(changes: Changes = {}, circumstances: Circumstances = {}) {
	const { snapshot } = worldOf(changes, circumstances);
	return viewpointsGrid(viewpointsOf(snapshot), snapshot);
}

/** The texts of a row: observed, then node1 to node4. */
function texts(title: string, changes: Changes = {}, circumstances: Circumstances = {}): readonly string[] {
	const row = gridOf(changes, circumstances).rows.find((one) => one.title === title);
	if (row === undefined) throw new Error(`no row "${title}"`);
	return row.cells.map(({ text }) => text);
}

test("has a column of what is observed and one per node, with the age of its copy", () => {
	const { fixedColumns, columns } = gridOf(
		{ 3: { fault: {} }, 4: { isUnread: true } },
		{ before: {}, secondsAgo: 11 },
	);
	expect(fixedColumns).toBe(1);
	expect(columns.map(({ title, note }) => `${title}: ${note}`)).toEqual([
		"seen: ",
		"node1: now",
		"node2: now",
		"node3: (12 s ago)",
		"node4: not read",
	]);
});

describe("cells", () => {
	test.each<[string, string, readonly string[], Changes]>([
		["all agree", "upstream of node2", ["node1", "node1", "node1", "node1", "node1"], {}],
		["none", "upstream of node1", ["none", "none", "none", "none", "none"], {}],
		[
			"who answers is not thereby registered as active",
			"active of node2",
			["answers", ...Array(4).fill("active")],
			{},
		],
		[
			"≠",
			"type of node2",
			["standby", "standby", "standby", "standby", "≠ primary"],
			{ 4: { ownCopy: { 2: { type: "primary" } } } },
		],
		[
			"two primaries",
			"primary",
			["node1 + node2", ...Array(4).fill("≠ node1")],
			{ 2: { server: { inRecovery: false, walReceiver: null } } },
		],
		[
			"a detached standby",
			"upstream of node3",
			["none", ...Array(4).fill("node1")],
			{ 3: { server: { walReceiver: null } } },
		],
		["a witness has no observable upstream", "upstream of node4", ["–", ...Array(4).fill("node1")], {}],
		["not observed", "type of node3", ["?", "standby", "standby", "?", "standby"], { 3: { isUnread: true } }],
		[
			"missing",
			"type of node3",
			["standby", "standby", "standby", "standby", "≠ missing"],
			{ 4: { server: { registrations: [] } } },
		],
		[
			"seconds",
			"upstream last seen",
			["–", "0.0 s", "! 61 s", "–", "0.0 s"],
			{
				2: { server: { repmgrd: repmgrd({ upstreamNodeId: 1, upstreamLastSeenSeconds: 61 }) } },
				3: { server: { repmgrd: null } },
			},
		],
	])("%s", (_, title, expected, changes) => {
		expect(texts(title, changes)).toEqual(expected);
	});

	test("puts the values of a silent node in brackets and never marks them", () => {
		const changes = { 3: { fault: {}, ownCopy: { 2: { active: false } } } };
		expect(texts("active of node2", changes, { before: {}, secondsAgo: 30 })).toEqual([
			"answers",
			"active",
			"active",
			"(inactive)",
			"active",
		]);
	});

	test("marks differences with a character, not by colour alone", () => {
		const { rows } = gridOf({ 4: { ownCopy: { 2: { type: "primary" } } } });
		for (const { text, tone } of rows.flatMap(({ cells }) => cells))
			expect(tone === "warning", text).toBe(/^[≠!] /.test(text));
	});
});

test("cuts a long name in titles", () => {
	const { rows } = gridOf({ 2: { registered: { nodeName: "x".repeat(500) } } });
	expect(Math.max(...rows.map(({ title }) => title.length))).toBeLessThan(60);
});

describe("viewpoints --json", () => {
	const { snapshot } = worldOf(
		{ 3: { fault: {} }, 4: { ownCopy: { 2: { active: false } } } },
		{ before: {}, secondsAgo: 30 },
	);
	const record = viewpointsRecord(viewpointsOf(snapshot), snapshot);

	test("has every documented field", () => {
		expect(Object.keys(record)).toEqual(["schema", "takenAt", "cluster", "nodes", "questions"]);
		expect(record.nodes[0]).toStrictEqual({
			nodeId: 1,
			nodeName: "node1",
			answers: true,
			copy: { ageMs: 0, unchangedSince: "2026-11-23T04:31:12.000Z" },
		});
		expect(record.questions.find(({ aspect, about }) => aspect === "active" && about === 2)).toStrictEqual({
			aspect: "active",
			about: 2,
			observed: true,
			answers: [
				{ nodeId: 1, answer: true, differs: false },
				{ nodeId: 2, answer: true, differs: false },
				{ nodeId: 3, answer: null, differs: false },
				{ nodeId: 4, answer: false, differs: true },
			],
		});
	});

	test("has no conninfo of a node that agrees", () => {
		expect(JSON.stringify(record)).not.toContain("host=");
	});
});
