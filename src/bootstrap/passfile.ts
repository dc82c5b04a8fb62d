import { chmodSync, existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
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
		const target = existsSync(path) ? realpathSync(path) : path;
		const others = existsSync(target) ? readFileSync(target, "utf8") : "";
		const places = lines.map((line) => line.slice(0, line.lastIndexOf(":") + 1));
		const kept = others.split("\n").filter((line) => !places.some((place) => line.startsWith(place)));
		const next = `${target}.${process.pid}`;
		writeFileSync(next, [...lines, ...kept].join("\n").replace(/\n*$/, "\n"), { mode: 0o600, flag: "wx" });
		chmodSync(next, 0o600);
		renameSync(next, target);
		return null;
	} catch (error) {
		return systemMessage(error);
	}
}
