import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "../../src");

/** Every source file by its path within src/, with what it imports, types included. */
const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(
	readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
		.filter((file) => /\.tsx?$/.test(file))
		.map((file) => [file, importsOf(file)]),
);

function importsOf(file: string): readonly string[] {
	const text = readFileSync(join(SOURCE, file), "utf8");
	const specifiers = text.matchAll(
		/^(?:import |(?:import|export)\b[^;"=]*? from )"([^"]+)"|\bimport\("([^"]+)"\)/gm,
	);
	return [...specifiers].map(([, still, late]) => {
		const specifier = still ?? late ?? "";
		return specifier.startsWith(".") ? normalize(join(dirname(file), specifier)) : specifier;
	});
}

/** The rooms of src/README.md's table, with what each may import. */
const ROOMS: ReadonlyMap<string, readonly string[]> = new Map(
	[...readFileSync(join(SOURCE, "README.md"), "utf8").matchAll(/^\| `(\w+)\/` \|.*\| ([^|]+) \|$/gm)].map(
		([, room = "", allowed = ""]) => [room, allowed === "nothing" ? [] : allowed.split(", ")],
	),
);

const roomOf = (path: string): string | undefined => path.split("/")[0];

function isAllowed(room: string, imported: string, allowed: readonly string[]): boolean {
	// themes/ and package.json are data, which the bundle takes in.
	if (imported.endsWith(".json") || allowed.includes("everything") || roomOf(imported) === room) return true;
	if (imported.startsWith("node:") && allowed.includes("node:")) return true;
	// A package may be imported by a part of it: "react/jsx-runtime".
	return allowed.some((one) => imported === one || imported.startsWith(`${one}/`));
}

describe("the rooms of src/", () => {
	test("are the table of src/README.md; beside them are only that README and the documents of reference/", () => {
		expect(readdirSync(SOURCE).sort()).toEqual(["README.md", "reference", ...ROOMS.keys()].sort());
		expect(readdirSync(join(SOURCE, "reference")).filter((file) => !/\.(md|1)$/.test(file))).toEqual([]);
	});

	test("stand on each other: each imports only rooms above it in the table", () => {
		const order = [...ROOMS.keys()];
		const upward = [...ROOMS].flatMap(([room, allowed]) =>
			allowed
				.map((one) => roomOf(one) ?? "")
				.filter((one) => order.indexOf(one) > order.indexOf(room))
				.map((one) => `${room} imports ${one}`),
		);
		expect(upward).toEqual([]);
	});

	test.each([...ROOMS])("%s imports what its row names", (room, allowed) => {
		const files = [...IMPORTS].filter(([file]) => roomOf(file) === room);
		expect(files).not.toEqual([]);
		const strange = files.flatMap(([file, imports]) =>
			imports.filter((one) => !isAllowed(room, one, allowed)).map((one) => `${file} imports ${one}`),
		);
		expect(strange).toEqual([]);
	});

	test.each([...ROOMS].filter(([, allowed]) => !allowed.includes("everything")))(
		"Biome knows the row of %s",
		(room, allowed) => {
			const configuration = readFileSync(join(SOURCE, "../.biome.json"), "utf8");
			expect(configuration).toContain(
				`"${room}/ may import ${allowed.join(", ") || "nothing"} (src/README.md)."`,
			);
		},
	);
});

test("no file imports itself through others, types included", () => {
	const done = new Set<string>();
	const circles: string[] = [];
	function visit(file: string, way: readonly string[]): void {
		if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
		if (done.has(file) || way.includes(file)) return;
		for (const imported of IMPORTS.get(file) ?? []) visit(imported, [...way, file]);
		done.add(file);
	}
	for (const file of IMPORTS.keys()) visit(file, []);
	expect(circles).toEqual([]);
});

test("what the tests above read is there", () => {
	expect(IMPORTS.size).toBeGreaterThan(400);
	expect(IMPORTS.get("app/run-cluster.ts")).toContain(relative(SOURCE, join(SOURCE, "session/session.ts")));
	expect(ROOMS.size).toBeGreaterThan(10);
});
