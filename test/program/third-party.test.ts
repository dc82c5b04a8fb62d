import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { licences } from "../../.build/third-party.ts";
import { temporaryDirectory } from "../config/directory.ts";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

/** By the comments that esbuild writes above what comes from a file. */
function packagesInBundle(): readonly string[] {
	const code = readdirSync(DIST)
		.filter((file) => file.endsWith(".mjs"))
		.map((file) => readFileSync(`${DIST}/${file}`, "utf8"));
	const names = code.flatMap((text) =>
		[...text.matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(
			([, name = ""]) => name,
		),
	);
	return [...new Set([...names, "ink-table"])];
}

test("the licence of every bundled package is delivered with the bundle", () => {
	const text = readFileSync(`${DIST}/THIRD-PARTY-LICENSES.txt`, "utf8");
	const parts = new Map(
		text.split(/^-{78}$/m).map((part) => [part.trim().split(" ")[0], part.split("\n").slice(3).join("\n")]),
	);
	const packages = packagesInBundle();
	expect(packages).toContain("ssh2");
	expect(packages.filter((name) => !/copyright|unencumbered/i.test(parts.get(name) ?? ""))).toEqual([]);
});

test("a package without one fails the build; a section of its README will do", () => {
	const directory = temporaryDirectory({
		"none/package.json": '{"name": "none", "version": "1.0.0", "license": "MIT"}',
		"none/README.md": "# none\n\n## License\n\nMIT\n",
		"section/package.json": '{"name": "section", "version": "1.0.0"}',
		"section/README.md": "# a\n## License\nPermission is hereby granted, so.\n\n## Thanks\nto all\n",
	});
	expect(() => licences([`${directory}/none`])).toThrow(
		'package "none" is bundled and has no text of its licence',
	);
	expect(licences([`${directory}/section`])).toBe("section 1.0.0\n\nPermission is hereby granted, so.\n");
});
