import { describe, expect, test, vi } from "vitest";
import { placeOfKey, placeOfValue, readYaml } from "../../src/config/yaml.ts";

const text = `top:
  1: one
  list:
    - a
    - {b: c}
  empty:
  shared: &shared
    deep: x
  alias: *shared
`;

describe("places in a file", () => {
	const { source } = readYaml(text, "f");

	test.each<[readonly string[], string, string]>([
		[["top"], "1:1", "2:3"],
		[["top", "1"], "2:3", "2:6"],
		[["top", "list", "0"], "4:7", "4:7"],
		[["top", "list", "1", "b"], "5:8", "5:11"],
		[["top", "empty"], "6:3", "6:3"],
		[["top", "shared", "deep"], "8:5", "8:11"],
		[["top", "alias"], "9:3", "9:10"],
		[["top", "alias", "deep"], "8:5", "8:11"],
		[["top", "missing", "deep"], "1:1", "2:3"],
		[[], "1:1", "1:1"],
	])("%j: the key at %s, the value at %s", (path, key, value) => {
		const shown = ({ line, column }: { line: number; column?: number }) => `${line}:${column}`;
		expect(shown(placeOfKey(source, path))).toBe(key);
		expect(shown(placeOfValue(source, path))).toBe(value);
	});
});

describe("reading YAML", () => {
	test("a good text has its content and no problems", () => {
		expect(readYaml("a: [1, yes, 0x10, null]\n", "f")).toMatchObject({
			content: { a: [1, "yes", 16, null] },
			problems: [],
		});
	});

	test("an empty text is an empty mapping", () => {
		expect(readYaml("", "f").content).toEqual({});
	});

	test("after a duplicate key the rest is still there", () => {
		const { content, problems } = readYaml('a: 1\n"a": 2\nb: 3\n', "f");
		expect(content).toMatchObject({ b: 3 });
		expect(problems).toEqual([
			{
				message: 'duplicate key "a"',
				detail: "The same key is set above; only one can count.",
				where: { file: "f", line: 2, column: 1 },
				exitCode: 78,
			},
		]);
	});

	test.each([
		["a: [1\nb: 2", 2],
		["a: 1\n---\nb: 2", 2],
		["a: {b: 1", 1],
		["a: 1\n b: 2", 1],
		["\ta: 1", 1],
		["a: @x", 1],
		["a: &x\nb: *y", 2],
	])("stops at %j", (broken, line) => {
		const { content, problems } = readYaml(broken, "f");
		expect(content).toBeUndefined();
		expect(problems[0]?.message).toMatch(/^broken YAML: [a-z]/);
		expect(problems[0]?.where?.line).toBe(line);
	});

	test("prints nothing, not even YAML's warnings", () => {
		const warned = vi.spyOn(process, "emitWarning");
		const printed = vi.spyOn(process.stderr, "write");
		readYaml("? {a: 1}\n: 2\n", "f");
		readYaml("a: !odd 1\n", "f");
		readYaml("%FOO\n---\na: 1\n", "f");
		expect(warned).not.toHaveBeenCalled();
		expect(printed).not.toHaveBeenCalled();
	});
});
