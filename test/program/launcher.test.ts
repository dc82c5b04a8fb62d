import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../config/directory.ts";

const LAUNCHER = fileURLToPath(new URL("../../bin/repmgr-console", import.meta.url));

function program(path: string, says: string): void {
	mkdirSync(dirname(path), { recursive: true });
	// The launcher asks a node of the system's whether it is new enough.
	writeFileSync(path, `#!/bin/sh\n[ "$1" = -e ] || echo ${says}\n`);
	chmodSync(path, 0o755);
}

/** Which Node runs the program that is unpacked at `path`, with a `.bin/node` in the directory above. */
function nodeFor(path: string): string {
	const directory = temporaryDirectory({});
	const root = join(directory, path);
	mkdirSync(join(root, "bin"), { recursive: true });
	mkdirSync(join(root, "dist"));
	writeFileSync(join(root, "dist/main.mjs"), "");
	copyFileSync(LAUNCHER, join(root, "bin/repmgr-console"));
	program(join(root, "../.bin/node"), "above");
	program(join(directory, "system/node"), "system");
	const env = { ...process.env, PATH: `${join(directory, "system")}:${process.env.PATH}` };
	return execFileSync("sh", [join(root, "bin/repmgr-console")], { env, encoding: "utf8" }).trim();
}

test.each([
	["a package that npm installed has npm's Node", "node_modules/repmgr-console", "above"],
	["unpacked elsewhere, what lies in the directory above is not run", "repmgr-console", "system"],
])("%s", (_, path, node) => {
	expect(nodeFor(path)).toBe(node);
});
