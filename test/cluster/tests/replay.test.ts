import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { createElement } from "react";
import { expect, test } from "vitest";
import type { ClusterRecord } from "../../../src/record/reader.ts";
import { replaySession } from "../../../src/session/replay-session.ts";
import { createConsoleStore } from "../../../src/store/console-store.ts";
import { giveInput } from "../../../src/store/store-input.ts";
import { App } from "../../../src/ui/app.tsx";
import { BINDINGS } from "../../../src/ui/screens/index.ts";
import { THEMES } from "../../../src/ui/theme/theme.ts";
import { frameAt } from "../../support/frame.tsx";
import { recordAt } from "../../support/recorded.ts";
import type { Terminal } from "../../support/terminal.ts";
import { PASSWORDS } from "../settings.ts";
import { clusterForFile, conninfoOf, NO_FAILOVER } from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

/** frameAt draws 24 lines. */
const SIZE = { columns: 110, rows: 24 };
/** Header and body; the last line is the footer. */
const SHOWN = SIZE.rows - 1;

test("a recorded incident, replayed, shows frame by frame what was shown live; the record survives a killed console", async () => {
	await cluster.waitHealthy();
	const directory = await bastion.directory();
	const path = join(directory, "incident.record");
	const live = await bastion.terminal(["-d", conninfoOf("node3"), "--record", path], SIZE);
	await live.waitFor(/^OK /m, 30_000);
	const seen = new Frames(live);
	await cluster.fault("kill-postgres", "node2");
	try {
		await live.waitFor(/standby "node2" is down .*STANDBY_DOWN/, 40_000);
	} finally {
		await cluster.heal("kill-postgres", "node2");
	}
	await live.waitFor(/^OK /m, 60_000);
	await live.quiet(1500).catch(() => {});
	const frames = seen.stop();
	live.kill("SIGKILL");
	const killedAt = Date.now();
	await live.exit;

	expect(statSync(path).mode & 0o777).toBe(0o600);
	const record = recordAt(path);
	expect(record.problems).toEqual([]);
	const last = record.chapters.at(-1)?.to ?? 0;
	expect(killedAt - last).toBeLessThan(2500);

	const drawn = framesOf(record);
	expect(frames.length).toBeGreaterThan(15);
	expect(frames.some((frame) => frame.includes("STANDBY_DOWN"))).toBe(true);
	let from = 0;
	for (const frame of frames) {
		const place = drawn.indexOf(frame, from);
		expect(
			place,
			`not in the replay from ${from} of ${drawn.length} on:\n${frame}\nThe nearest:\n${nearest(frame, drawn)}`,
		).toBeGreaterThan(-1);
		from = place;
	}

	expectNoSecrets(record);
	expectCutsOpen(path, join(directory, "cut.record"));

	// The real screen of the replay, at the finding's beginning.
	const replay = await bastion.terminal(["replay", path], { ...SIZE, rows: SIZE.rows + 1 });
	await replay.waitFor(/REPLAY/, 30_000);
	// Others may have opened before it, as notices of the first reading.
	for (let count = 0; count < 10 && !replay.text().includes("STANDBY_DOWN"); count++) {
		replay.press(">");
		await replay.quiet();
	}
	await replay.waitFor(/STANDBY_DOWN/);
	await replay.quiet();
	const shown = shownOn(replay);
	expect(drawn).toContain(shown);
	replay.press("s");
	await replay.waitFor(/this is a replay/);
	replay.press("\u0003");
	expect((await replay.exit).exitCode).toBe(0);
});

/** Without the blanks at the ends of lines: the selected line has some. */
const shownOn = (terminal: Terminal): string =>
	terminal
		.lines()
		.slice(0, SHOWN)
		.map((line) => line.trimEnd())
		.join("\n");

/** The frames that stand on a terminal, each once, in their order. */
class Frames {
	readonly #terminal: Terminal;
	readonly #frames: string[] = [];
	#isOver = false;

	constructor(terminal: Terminal) {
		this.#terminal = terminal;
		void this.#watch();
	}

	async #watch(): Promise<void> {
		while (!this.#isOver) {
			// A frame that is being written is none yet.
			const isQuiet = await this.#terminal.quiet(30, 5000).then(
				() => true,
				() => false,
			);
			const frame = shownOn(this.#terminal);
			if (isQuiet && frame !== this.#frames.at(-1)) this.#frames.push(frame);
		}
	}

	stop(): readonly string[] {
		this.#isOver = true;
		return this.#frames;
	}
}

/** The frame with the most lines in common. */
function nearest(frame: string, drawn: readonly string[]): string {
	const lines = frame.split("\n");
	const common = (other: string) => other.split("\n").filter((line, index) => line === lines[index]).length;
	return [...drawn].sort((one, other) => common(other) - common(one))[0] ?? "";
}

/** What the screen shows of each state that the record makes again. */
function framesOf(record: ClusterRecord): readonly string[] {
	const { header } = record;
	const store = createConsoleStore({ name: header.cluster, sshOff: null, now: header.startedAt, known: [] });
	const session = replaySession(store);
	const frames: string[] = [];
	for (const entry of record.entries()) {
		if (entry.kind === "keyframe" && !entry.isContinued) store.restore(entry.memory);
		if (entry.kind !== "input") continue;
		giveInput(store, entry.input);
		const tree = createElement(App, { session, themes: THEMES, themeName: "dark", bindings: BINDINGS });
		const lines = stripVTControlCharacters(frameAt(SIZE.columns, tree)).split("\n");
		frames.push(Array.from({ length: SHOWN }, (_, line) => (lines[line] ?? "").trimEnd()).join("\n"));
	}
	return frames;
}

function expectNoSecrets(record: ClusterRecord): void {
	const text = JSON.stringify([...record.entries()], (_, value: unknown) =>
		value instanceof Map ? [...value] : value,
	);
	for (const password of Object.values(PASSWORDS)) expect(text).not.toContain(password);
	expect(text).not.toMatch(/password=(?!\*{8})/);
}

function expectCutsOpen(path: string, cut: string): void {
	const bytes = readFileSync(path);
	let most = 0;
	for (let size = 0; size < bytes.length; size += 997) {
		writeFileSync(cut, bytes.subarray(0, size));
		const { chapters } = recordAt(cut);
		const entries = chapters.reduce((sum, chapter) => sum + [...chapter.entries()].length, 0);
		expect(entries).toBeGreaterThanOrEqual(most);
		most = entries;
	}
	expect(most).toBeGreaterThan(0);
}
