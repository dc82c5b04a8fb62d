import { expect, test } from "vitest";
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
