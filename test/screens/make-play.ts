import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Terminal } from "../support/terminal.ts";
import { calm, wordsOf } from "./calm.ts";
import { animatedSvgOf, type Scene } from "./svg.ts";

/** The animated picture of the README: a scenario of the built console that solves itself. */
const SCENARIO = "dead-primary";
const TITLE = "A primary dies, repmgrd fails over, and the console leads the old primary back, key by key";
const COLUMNS = 100;
const ROWS = 30;
/** A screen is part of the picture once nothing but times has changed for so long. */
const CALM_MS = 900;
const LEAST_SECONDS = 1;
const MOST_SECONDS = 6;
const LAST_SECONDS = 8;
const DEADLINE_MS = 180_000;

const directory = import.meta.dirname;
const console = join(directory, "../../bin/repmgr-console");
const terminal = new Terminal([console, "practice", SCENARIO, "--play"], {
	...{ columns: COLUMNS, rows: ROWS },
	env: { COLORTERM: "truecolor" },
});
try {
	await terminal.waitFor("PLAY");
	const scenes = await scenesOf();
	const svg = animatedSvgOf(scenes, TITLE);
	writeFileSync(join(directory, "play.svg"), svg);
	process.stdout.write(`play: ${scenes.length} screens, ${Math.round(svg.length / 1024)} kB\n`);
	// Killed, it would leave its directory behind.
	terminal.press("\u0003");
	await terminal.exit;
} finally {
	terminal.close();
}

/** Screens whose words stay for a moment, with the time until the next one. */
async function scenesOf(): Promise<readonly Scene[]> {
	const kept: { readonly lines: Scene["lines"]; readonly at: number; readonly said: string }[] = [];
	for (const end = Date.now() + DEADLINE_MS; !kept.at(-1)?.said.includes("the keys are yours"); ) {
		const at = await calm(terminal, CALM_MS, end - Date.now(), (said) => said !== kept.at(-1)?.said);
		if (at === null) break;
		kept.push({ lines: terminal.cells(), at, said: wordsOf(terminal) });
	}
	return kept.map(({ lines, at }, index) => {
		const next = kept[index + 1]?.at;
		const seconds = next === undefined ? LAST_SECONDS : (next - at) / 1000;
		return { lines, seconds: Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, seconds)) };
	});
}
