import { describe, expect, test } from "vitest";
import { parseClustersFile } from "../../src/config/clusters-file.ts";
import { clustersFileTemplate } from "../../src/config/template.ts";
import { KEY_NAMES, keyNameProblem } from "../../src/model/key-names.ts";
import { TOPOLOGY_COLUMNS } from "../../src/presentation/topology.ts";
import type { Binding } from "../../src/ui/context.ts";
import { bindingsOn } from "../../src/ui/context.ts";
import { chosenColumns, preferenceProblems, rebind } from "../../src/ui/preferences.ts";
import { BINDINGS, SCREEN_NAMES } from "../../src/ui/screens/index.ts";
import { fitColumns } from "../../src/ui/screens/topology/columns.ts";

function binding(id: string, keys: readonly string[], screens?: Binding["screens"]): Binding {
	return { id, keys, label: id, help: id, run: () => null, ...(screens !== undefined && { screens }) };
}

const bindings = [
	binding("node.open", ["enter", "l"], ["topology"]),
	binding("event.open", ["enter"], ["events"]),
	binding("sort", ["o"], ["topology"]),
	binding("quit", ["q", "ctrl+c"]),
];
const problemsOf = (keys: Record<string, readonly string[]>) => preferenceProblems({ keys }, bindings);

describe("names of keys", () => {
	test.each([...KEY_NAMES, "a", "G", "?", "ö", "数", "1", "ctrl+q", "ctrl+left", "alt+x", "alt+X"])(
		"%s",
		(name) => {
			expect(keyNameProblem(name)).toBeNull();
		},
	);

	test.each(["", "f1", "Enter", "ctrl+Q", "ctrl+", "ctrl-q", "ctrl+alt+q", "gg", " ", "\t", "alt+up"])(
		"rejects %j",
		(name) => {
			expect(keyNameProblem(name)).toMatch(/^It must be a character, one of space, tab, /);
		},
	);

	test.each([
		["ctrl+i", "tab"],
		["ctrl+m", "enter"],
		["ctrl+h", "backspace"],
	])("says that %s can't be distinguished from %s", (name, same) => {
		expect(keyNameProblem(name)).toBe(`Terminals send the same for it as for "${same}".`);
	});
});

describe("rebinding", () => {
	test("replaces only the keys of that binding", () => {
		const rebound = rebind(bindings, { quit: ["ctrl+q"], sort: [] });
		expect(rebound.map(({ keys }) => keys)).toEqual([["enter", "l"], ["enter"], [], ["ctrl+q"]]);
		expect(problemsOf({ quit: ["ctrl+q"], sort: [] })).toEqual([]);
	});

	test("allows one key for two bindings on different screens", () => {
		expect(problemsOf({ "event.open": ["enter", "o"] })).toEqual([]);
	});

	test("names both bindings of a key on the same screen", () => {
		expect(problemsOf({ "node.open": ["enter", "o"] })).toEqual([
			{
				path: ["keys", "node.open", 1],
				message: 'key "o" is bound twice on screen "topology": to "node.open" and to "sort"',
				detail: 'Give one of them another key; "sort" (sort) has o.',
			},
		]);
	});

	test("counts a binding that works everywhere on every screen", () => {
		expect(problemsOf({ "event.open": ["q"] })).toMatchObject([
			{ message: 'key "q" is bound twice on screen "events": to "event.open" and to "quit"' },
		]);
	});

	test("allows swapped keys, and reports two equal ones once", () => {
		expect(problemsOf({ sort: ["enter"], "node.open": ["o"] })).toEqual([]);
		expect(problemsOf({ sort: ["z"], "node.open": ["z"] })).toHaveLength(1);
	});

	test("reports unknown names", () => {
		expect(problemsOf({ "node.opne": ["o"] })).toMatchObject([
			{
				path: ["keys", "node.opne"],
				isKey: true,
				message: 'unknown key binding "node.opne"',
				detail: "The key bindings are node.open, event.open, sort, quit.",
				near: { word: "node.opne" },
			},
		]);
		expect(problemsOf({ quit: ["q", "Ctrl-Q"] })).toMatchObject([
			{
				path: ["keys", "quit", 1],
				message: 'unknown key "Ctrl-Q" for "quit"',
				near: { word: "Ctrl-Q", known: ["ctrl+q"] },
			},
		]);
	});

	test("allows the console's own overrides", () => {
		const scrolling = [binding("left", ["h"], ["logs"]), binding("back", ["esc", "h"])];
		expect(preferenceProblems({ keys: { back: ["h"] } }, scrolling)).toEqual([]);
		expect(preferenceProblems({ keys: { back: ["esc"], left: ["esc"] } }, scrolling)).toHaveLength(1);
	});

	test("requires a key to quit", () => {
		expect(problemsOf({ quit: [] })).toMatchObject([{ message: '"quit" has no key' }]);
	});
});

describe("columns", () => {
	const columnsOf = (columns: readonly string[]) => preferenceProblems({ columns }, bindings);

	test("are in the user's order, as many as fit", () => {
		const chosen = chosenColumns({ columns: ["node", "lag", "location"] });
		expect(chosen).toEqual(["node", "lag", "location"]);
		expect(fitColumns([], 80, chosen).map(({ column }) => column)).toEqual(["node", "lag", "location"]);
		expect(fitColumns([], 12, chosen).map(({ column }) => column)).toEqual(["node", "lag"]);
		expect(chosenColumns({})).toBeUndefined();
	});

	test.each([
		[["node", "lagg"], { path: ["columns", 1], message: 'unknown column "lagg"' }],
		[["node", "id", "node"], { path: ["columns", 2], message: 'column "node" is listed twice' }],
		[["id"], { path: ["columns"], message: '"columns" has no "node"' }],
	])("%j is refused", (columns, problem) => {
		expect(columnsOf(columns)).toMatchObject([problem]);
	});

	test("may all be chosen", () => {
		expect(columnsOf(TOPOLOGY_COLUMNS)).toEqual([]);
	});
});

describe("the console's own bindings", () => {
	test.each(SCREEN_NAMES)(
		"give each key one meaning on the screen %s, where a screen's own key comes first",
		(screen) => {
			const [everywhere, own] = [true, false].map((isEverywhere) =>
				bindingsOn(BINDINGS, screen)
					.filter(({ screens }) => (screens === undefined) === isEverywhere)
					.flatMap(({ keys }) => keys),
			);
			for (const keys of [everywhere ?? [], own ?? []]) {
				expect(keys.filter((key, position) => keys.indexOf(key) < position)).toEqual([]);
			}
			// These must not: leaving, and the way to learn what keys do.
			// These must not: leaving, and the way to learn what keys do. "q" leads to the first screen, where it quits.
			expect(["ctrl+c", "?"].filter((key) => own?.includes(key))).toEqual([]);
			expect(bindingsOn(BINDINGS, screen).find(({ keys }) => keys.includes("q"))?.id).toBe(
				screen === "topology" ? "quit" : "screen.leave",
			);
		},
	);

	test("have unique IDs and existing keys", () => {
		const ids = BINDINGS.map(({ id }) => id);
		expect(new Set(ids).size).toBe(ids.length);
		expect(BINDINGS.flatMap(({ keys }) => keys).filter((key) => keyNameProblem(key) !== null)).toEqual([]);
	});

	test("match the configuration that `config init` writes", () => {
		const uncommented = clustersFileTemplate.replace(/^#(?!#)/gm, "");
		const judge = (settings: Parameters<typeof preferenceProblems>[0]) =>
			preferenceProblems(settings, BINDINGS);
		expect(parseClustersFile(uncommented, "t", "/h", judge).problems).toBeUndefined();
	});
});
