import {
	chmodSync,
	existsSync,
	readFileSync,
	realpathSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import type { Inventory } from "../model/inventory.ts";
import { systemMessage } from "../text/message.ts";
import { consoleLines } from "./files.ts";
import type { Situation } from "./situation.ts";

/** The lines that this user's password file lacks for the console's role. */
export function missingLines({ inventory, passwords }: Situation, path: string): readonly string[] {
	const known = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
	return inventory.nodes
		.flatMap(({ host }) => consoleLines(inventory, host, passwords.console))
		.filter((line) => !known.includes(line));
}

/** Adds them before all others, of which the first that matches counts. @returns why that failed, or null. */
export function addLines(situation: Situation, path: string): string | null {
	try {
		const lines = missingLines(situation, path);
		if (lines.length === 0) return null;
		const places = lines.map((line) => line.slice(0, line.lastIndexOf(":") + 1));
		rewrite(path, (known) => [
			...lines,
			...known.filter((line) => !places.some((place) => line.startsWith(place))),
		]);
		return null;
	} catch (error) {
		return systemMessage(error);
	}
}

/** Takes the lines of the console's role away, whatever their passwords; a file that is empty then goes. @returns why that failed, or null. */
export function removeLines(inventory: Inventory, path: string): string | null {
	const places = inventory.nodes.flatMap(({ host }) => consoleLines(inventory, host, ""));
	try {
		if (!existsSync(path)) return null;
		const isOurs = (line: string) => places.some((place) => line.startsWith(place));
		if (!readFileSync(path, "utf8").split("\n").some(isOurs)) return null;
		rewrite(path, (known) => known.filter((line) => !isOurs(line)));
		// Never a link, which whoever made it would miss.
		if (readFileSync(path, "utf8").trim() === "") rmSync(realpathSync(path));
		return null;
	} catch (error) {
		return systemMessage(error);
	}
}

/** Replaces the file as a whole; a link to it stays one. */
function rewrite(path: string, change: (lines: readonly string[]) => readonly string[]): void {
	const target = existsSync(path) ? realpathSync(path) : path;
	const known = existsSync(target) ? readFileSync(target, "utf8").split("\n") : [];
	const next = `${target}.${process.pid}`;
	writeFileSync(next, change(known).join("\n").replace(/\n*$/, "\n"), { mode: 0o600, flag: "wx" });
	chmodSync(next, 0o600);
	renameSync(next, target);
}
