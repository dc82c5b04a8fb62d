import { expect, test } from "vitest";
import { BINDINGS } from "../../src/ui/bindings/index.ts";
import { keyTable } from "../../src/ui/key-table.ts";
import { readReadme, withKeyTable } from "../support/key-table.ts";

test("the README's table of keys is that of the bindings", () => {
	const readme = readReadme();
	expect(readme, "the table is old: run node test/support/write-key-table.ts").toBe(withKeyTable(readme));
});

test("the table has every binding once, with the keys and the name that the configuration knows", () => {
	const [heading, line, ...rows] = keyTable(BINDINGS).trimEnd().split("\n");
	expect(heading).toBe("| Keys | Screen | What it does | Name |");
	expect(line).toBe("| --- | --- | --- | --- |");
	expect(rows).toHaveLength(BINDINGS.length);
	expect(rows).toContain(
		"| `q` `ctrl+c` | everywhere | Leave the console; while it carries an operation out it asks first. | `quit` |",
	);
	expect(rows).toContain(
		'| `/` | nodes, events, logs, viewpoints, set-up | Show only lines that match a text or regular expression; "!" in front inverts. | `filter.open` |',
	);
});

test("names are told apart", () => {
	expect(new Set(BINDINGS.map(({ id }) => id)).size).toBe(BINDINGS.length);
});

test("a bar in a cell does not end it", () => {
	const [binding] = BINDINGS;
	if (binding === undefined) throw new Error("no binding");
	expect(keyTable([{ ...binding, keys: ["|"], help: "a | b" }])).toContain("| `\\|` |");
});

test("a README without a place for the table is told so", () => {
	expect(() => withKeyTable("# repmgr-console\n")).toThrow(/has no "<!-- keys:begin -->"/);
	expect(withKeyTable("a\n<!-- keys:begin -->\nold\n<!-- keys:end -->\nb\n")).toMatch(
		/^a\n<!-- keys:begin -->\n\n\| Keys [\s\S]*\|\n\n<!-- keys:end -->\nb\n$/,
	);
});
