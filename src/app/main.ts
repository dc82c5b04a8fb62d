import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { distrust } from "../config/own-file.ts";
import { cacheDirectory, thisClient } from "../config/paths.ts";

// Only what is loaded after this is kept compiled, so everything else is imported then.
keepCompiledCode();
await import("./program.ts");

/** Saves a third of the start-up time. Not in /tmp, Node's default, where others could plant code. */
function keepCompiledCode(): void {
	try {
		const directory = cacheDirectory(thisClient());
		mkdirSync(directory, { recursive: true, mode: 0o700 });
		if (distrust(directory) === null) enableCompileCache(directory);
	} catch {
		// A read-only home costs only some milliseconds.
	}
}
