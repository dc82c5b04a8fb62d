import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Client } from "../../src/config/paths.ts";

/** A directory with the given files (mode 0600), removed when the test ends. */
export function temporaryDirectory(files: Readonly<Record<string, string>> = {}): string {
	const directory = mkdtempSync(join(tmpdir(), "config-test-"));
	onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(dirname(join(directory, name)), { recursive: true });
		writeFileSync(join(directory, name), text, { mode: 0o600 });
	}
	return directory;
}

/** A client whose home is such a directory, with only the variables given. */
export function client(
	environment: Client["environment"] = {},
	files: Readonly<Record<string, string>> = {},
): Client {
	return { environment, home: temporaryDirectory(files), osUser: "alice" };
}
