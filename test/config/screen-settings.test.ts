import { expect, test } from "vitest";
import { type JudgeScreen, parseClustersFile } from "../../src/config/clusters-file.ts";
import { formatMessage } from "../../src/text/message.ts";

/** A screen that knows the column "a" and the binding "open", and wants no key "x". */
const judge: JudgeScreen = ({ columns = [], keys = {} }) => [
	...columns.flatMap((name, position) =>
		name === "aa"
			? [
					{
						path: ["columns", position],
						message: `unknown column "${name}"`,
						detail: "The columns are ab.",
						near: { word: name, known: ["ab"] },
					},
				]
			: [],
	),
	...Object.entries(keys).flatMap(([id, names]) => [
		...(id === "opne"
			? [
					{
						path: ["keys", id],
						isKey: true as const,
						message: `unknown binding "${id}"`,
						detail: "It is open.",
					},
				]
			: []),
		...(names.includes("x")
			? [{ path: ["keys", id, names.indexOf("x")], message: `no "x" for "${id}"`, detail: "It is taken." }]
			: []),
	]),
];

const parse = (text: string) => parseClustersFile(text, "c.yaml", "/home/alice", judge);
const said = (text: string) => parse(text).problems?.map(formatMessage);

test("merges keys and columns of defaults and cluster; a cluster's keys replace a binding's keys", () => {
	const { value, problems } = parse(`defaults:
  columns: [a]
  keys: {open: [o, enter], close: c}
clusters:
  prod: {conninfo: host=a, keys: {open: p}, theme: ~/red.json}
  test: {conninfo: host=b, columns: [a, b]}
`);
	expect(problems).toBeUndefined();
	expect(value?.clusters.get("prod")).toMatchObject({
		columns: ["a"],
		keys: { open: ["p"], close: ["c"] },
		theme: "/home/alice/red.json",
	});
	expect(value?.clusters.get("test")).toMatchObject({ columns: ["a", "b"], keys: { open: ["o", "enter"] } });
	expect(value?.defaults).toMatchObject({ columns: ["a"], keys: { open: ["o", "enter"], close: ["c"] } });
});

test.each([
	[
		"columns: id",
		'c.yaml:2:12: invalid value for "columns": "id"\nDETAIL:  It must be a list of columns: [id, node, role].',
	],
	["columns: []", /^c\.yaml:2:12: invalid value for "columns": a list\n/],
	["columns: [id, 2]", /^c\.yaml:2:17: invalid value for "columns": 2\n/],
	["keys: [q]", /^c\.yaml:2:9: invalid value for "keys": a list\nDETAIL: {2}It must be a mapping/],
	[
		"keys: {open: 1}",
		'c.yaml:2:16: invalid value for "open": 1\nDETAIL:  It must be the name of a key, or a list of them: [enter, o].',
	],
	[
		"keys: {open: [o, 1]}",
		'c.yaml:2:20: invalid value for "open": 1\nDETAIL:  It must be the name of a key; digits stand in quotes: "1".',
	],
	// Checked by the screen, located by the file.
	[
		"columns: [a, aa]",
		'c.yaml:2:16: unknown column "aa"\nDETAIL:  The columns are ab.\nHINT:  Did you mean "ab"?',
	],
	["keys: {opne: o}", 'c.yaml:2:10: unknown binding "opne"\nDETAIL:  It is open.'],
	["keys: {open: [o, x]}", 'c.yaml:2:20: no "x" for "open"\nDETAIL:  It is taken.'],
	["keys: {open: x}", 'c.yaml:2:16: no "x" for "open"\nDETAIL:  It is taken.'],
])("refuses %s with its line", (line, expected) => {
	expect(said(`defaults:\n  ${line}\n`)).toEqual([
		typeof expected === "string" ? expected : expect.stringMatching(expected),
	]);
});

test("reports a problem of the defaults once, however many clusters inherit it", () => {
	const clusters = "clusters:\n  one: {conninfo: host=a}\n  two: {conninfo: host=b}\n";
	expect(said(`${clusters}defaults: {columns: [aa]}\n`)).toEqual([expect.stringMatching(/^c\.yaml:4:22: /)]);
});

test("reports a cluster's problem at the cluster", () => {
	expect(
		said("defaults: {keys: {open: o}}\nclusters:\n  one: {conninfo: host=a, keys: {open: x}}\n"),
	).toEqual([expect.stringMatching(/^c\.yaml:3:40: no "x" for "open"/)]);
});

test("does not check the screen's settings for commands without a screen", () => {
	expect(parseClustersFile("defaults: {columns: [aa]}\n", "c", "/").problems).toBeUndefined();
});
