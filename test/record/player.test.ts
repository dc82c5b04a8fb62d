import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { FORMAT } from "../../src/record/entry.ts";
import { Player } from "../../src/record/player.ts";
import type { ConsoleState } from "../../src/store/console-store.ts";
import { incident, recordAt } from "../support/recorded.ts";
import { NOW } from "../support/records.ts";

let directory = "";

let recorded: Awaited<ReturnType<typeof incident>>;

beforeAll(async () => {
	vi.useFakeTimers({ now: NOW });
	directory = mkdtempSync(join(tmpdir(), "player-"));
	recorded = await incident(directory);
}, 60_000);

afterAll(() => {
	vi.useRealTimers();
	rmSync(directory, { recursive: true });
});

test("goes on and back, jumps, and plays, and always shows what was there at that time", async () => {
	const { states, path } = recorded;
	const player = new Player(recordAt(path));
	const { from, to } = player.state();
	expect([from, to]).toEqual([NOW, NOW + 35_000]);
	/** The last state of the console until then. */
	const stateAt = (time: number): ConsoleState | undefined => states.findLast(({ now }) => now <= time);

	// The end of a second: the reports of one arrive after its beginning.
	for (const second of [5, 12.9, 25.9, 11.9, 34.9, 20.9, 0.5, 29.9]) {
		player.seek(NOW + 1000 * second);
		expect(comparable(player.store.getState()), `${second} s`).toEqual(
			comparable(stateAt(NOW + 1000 * second)),
		);
	}

	player.seek(from);
	const opened = player.jump("finding", 1);
	expect(opened).toMatch(/^(critical|warning): [A-Z_]+: /);
	const first = player.state().at;
	expect(player.store.getState().snapshot.findings).not.toEqual([]);
	player.step(1);
	expect(player.state().at).toBeGreaterThan(first);
	player.step(-1);
	expect(player.state().at).toBe(first);
	expect(player.jump("finding", -1)).toBeNull();
	expect(player.jump("event", 1)).not.toBeNull();

	player.seek(from + 500);
	player.setSpeed(10);
	player.toggle();
	expect(player.state().isPlaying).toBe(true);
	await vi.advanceTimersByTimeAsync(2000);
	expect(player.state().at).toBe(from + 20_500);
	await vi.advanceTimersByTimeAsync(2000);
	// It stops at the end.
	expect(player.state()).toMatchObject({ at: to, isPlaying: false });
	player.toggle();
	await vi.advanceTimersByTimeAsync(100);
	expect(player.state().at).toBe(from + 1000);
	player.close();
});

/** A keyframe has no reading of events: they are in the log. */
function comparable(state: ConsoleState | undefined): unknown {
	return JSON.parse(
		JSON.stringify(state, (key, value: unknown) =>
			key === "events" ? null : value instanceof Map ? [...value] : value,
		),
	);
}

test("a step back makes exactly the state that was there before", () => {
	const { path } = recorded;
	const player = new Player(recordAt(path));
	const before: [number, ConsoleState][] = [];
	for (let at = -1; at !== player.state().at; ) {
		at = player.state().at;
		before.push([at, player.store.getState()]);
		player.step(1);
	}
	expect(before.length).toBeGreaterThan(8);
	for (const [at, state] of before.toReversed()) {
		if (at !== player.state().at) player.step(-1);
		expect(player.state().at).toBe(at);
		expect(comparable(player.store.getState())).toEqual(comparable(state));
	}
});

test("where nothing was recorded, it says of which time the picture is", () => {
	const { path } = recorded;
	const record = recordAt(path);
	const HOUR = 3_600_000;
	const later = record.chapters.map((chapter) => ({
		...{ ...chapter, recording: "2", from: chapter.from + HOUR, to: chapter.to + HOUR },
		*entries() {
			for (const entry of chapter.entries()) yield { ...entry, at: entry.at + HOUR };
		},
	}));
	const player = new Player({ ...record, chapters: [...record.chapters, ...later] });
	const end = record.chapters.at(-1)?.to;
	player.seek(NOW + 600_000);
	expect(player.state()).toMatchObject({ at: NOW + 600_000, shownAt: end });
	player.seek(NOW + HOUR + 5000);
	expect(player.state().shownAt).toBeGreaterThan(NOW + HOUR + 3000);
});

test("a record without anything in it can be shown", () => {
	const { header } = { header: { cluster: "prod", startedAt: NOW, thresholds: {}, sshOff: null } };
	const player = new Player({
		header: {
			...header,
			format: FORMAT,
			version: "",
			recording: "",
			who: "",
			isReadOnly: false,
			detail: "full",
		},
		chapters: [],
		problems: [],
		*entries() {},
	});
	player.step(1);
	player.jump("finding", -1);
	player.toggle();
	player.close();
	expect(player.state()).toMatchObject({ at: NOW, from: NOW, to: NOW });
});
