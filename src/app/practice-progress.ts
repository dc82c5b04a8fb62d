import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { distrust } from "../config/own-file.ts";
import { type Client, stateDirectory } from "../config/paths.ts";
import { systemCode, systemMessage } from "../text/message.ts";

/** When each scenario was solved first (ISO 8601, UTC), by its name. */
const PROGRESS = z.strictObject({ solved: z.record(z.string(), z.iso.datetime()) });
type Progress = z.output<typeof PROGRESS>;

const pathOf = (client: Client): string => join(stateDirectory(client), "practice.json");

/** What was solved; `problem`: why that can't be read, as a sentence without its full stop. */
export function readProgress(client: Client): {
	readonly solved: Progress["solved"];
	readonly problem?: string;
} {
	const path = pathOf(client);
	const reason = distrust(path);
	if (reason !== null) return { solved: {}, problem: reason };
	try {
		return PROGRESS.parse(JSON.parse(readFileSync(path, "utf8")));
	} catch (error) {
		if (systemCode(error) === "ENOENT") return { solved: {} };
		const why =
			error instanceof z.ZodError || error instanceof SyntaxError ? "it is broken" : systemMessage(error);
		return { solved: {}, problem: `"${path}" can't be read: ${why}` };
	}
}

/** Notes that a scenario was solved. @returns why that was not possible, or null. */
export function noteSolved(client: Client, name: string): string | null {
	const { solved, problem } = readProgress(client);
	if (problem !== undefined) return problem;
	if (solved[name] !== undefined) return null;
	const path = pathOf(client);
	const next = `${path}.${process.pid}`;
	const text = JSON.stringify({ solved: { ...solved, [name]: new Date().toISOString() } }, null, "\t");
	try {
		mkdirSync(stateDirectory(client), { recursive: true, mode: 0o700 });
		// Whole, or not at all.
		writeFileSync(next, `${text}\n`, { mode: 0o600, flag: "wx" });
		renameSync(next, path);
		return null;
	} catch (error) {
		return `"${path}" can't be written: ${systemMessage(error)}`;
	}
}
