import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { RULES } from "../../src/lint/index.ts";
import { FINDING_CODES } from "../../src/model/finding.ts";
import { BINDINGS } from "../../src/ui/bindings/index.ts";
import { DOCUMENTS, keysDocument } from "../support/reference.ts";

test.each(Object.entries(DOCUMENTS))(
	"src/reference/%s is up to date (if not: npm run reference)",
	async (name, text) => {
		await expect(text()).toMatchFileSnapshot(`../../src/reference/${name}`);
	},
);

test("every binding has a name of its own, and is listed with its keys", () => {
	expect(new Set(BINDINGS.map(({ id }) => id)).size).toBe(BINDINGS.length);
	const keys = keysDocument(BINDINGS);
	for (const { id } of BINDINGS) expect(keys).toContain(`| \`${id}\` |`);
	expect(keys).toMatch(/\| `q` `ctrl\+c` \| [A-Z].*\. \| `quit` \|/);
});

test("a bar in a cell does not end it", () => {
	const [binding] = BINDINGS;
	if (binding === undefined) throw new Error("no binding");
	expect(keysDocument([{ ...binding, keys: ["|"], help: "a | b" }])).toContain("| `\\|` | a \\| b |");
});

/** What the first column of a document's tables has in code style. */
function firstCells(name: string): readonly string[] {
	const text = readFileSync(`${import.meta.dirname}/../../src/reference/${name}`, "utf8");
	return [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell = ""]) => cell);
}

test("findings.md has a line for every code, in their order", () => {
	expect(firstCells("findings.md")).toEqual(FINDING_CODES);
});

test("lint.md has a line for every check, in their order", () => {
	expect(firstCells("lint.md")).toEqual(RULES.map(({ code }) => code));
});
