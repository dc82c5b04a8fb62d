import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { FORMAT } from "../../src/record/entry.ts";
import { frame, framesOf, MAGIC } from "../../src/record/frames.ts";
import { readRecord } from "../../src/record/reader.ts";
import { type ConsoleState, createConsoleStore } from "../../src/store/console-store.ts";
import { giveInput } from "../../src/store/store-input.ts";
import { mutateBytes, numbersFrom, SEED } from "../support/random.ts";
import { incident, recordAt } from "../support/recorded.ts";
import { NOW } from "../support/records.ts";

let directory = "";

let recorded: Awaited<ReturnType<typeof incident>>;

beforeAll(async () => {
	vi.useFakeTimers({ now: NOW });
	directory = mkdtempSync(join(tmpdir(), "record-"));
	recorded = await incident(directory);
	vi.useRealTimers();
}, 60_000);

afterAll(() => rmSync(directory, { recursive: true }));

function replayed(path: string): readonly ConsoleState[] {
	const record = recordAt(path);
	const { header } = record;
	const store = createConsoleStore({ name: header.cluster, sshOff: null, now: header.startedAt, known: [] });
	const states: ConsoleState[] = [];
	store.subscribe((state) => states.push(state));
	for (const entry of record.entries()) {
		if (entry.kind === "keyframe" && !entry.isContinued) store.restore(entry.memory);
		if (entry.kind === "input") giveInput(store, entry.input);
	}
	return states;
}

/** A record's entries, as text: comparing them as values takes longer than reading them. */
const textsOf = (path: string): readonly string[] =>
	[...recordAt(path).entries()].map((entry) => JSON.stringify(entry));

test("played back, a record makes the same states again, one by one", () => {
	const { states, path } = recorded;
	const again = replayed(path);
	expect(states.some(({ snapshot }) => snapshot.severity === "critical")).toBe(true);
	expect(again.length).toBe(states.length);
	for (const [index, state] of states.entries()) {
		const other = again[index];
		if (JSON.stringify(other) === JSON.stringify(state)) continue;
		expect(other).toEqual(state);
	}
});

test("a record that is cut off at any byte opens, with all that is whole in it", () => {
	const { path } = recorded;
	const bytes = readFileSync(path);
	const whole = textsOf(path);
	const cut = join(directory, "cut");
	let most = 0;
	const end = Array.from({ length: 40 }, (_, n) => bytes.length - 1 - n * 37);
	const sizes = [
		...Array(40).keys(),
		...end,
		...Array.from({ length: bytes.length / 997 }, (_, n) => n * 997),
	];
	for (const size of sizes.toSorted((a, b) => a - b)) {
		writeFileSync(cut, bytes.subarray(0, size));
		const { value: record } = readRecord([cut]);
		const entries = [...(record?.entries() ?? [])].map((entry) => JSON.stringify(entry));
		// Right behind a second nothing is missing.
		if (entries.length <= most) expect(record?.problems).toHaveLength(1);
		expect(entries).toEqual(whole.slice(0, entries.length));
		expect(entries.length).toBeGreaterThanOrEqual(most);
		most = entries.length;
	}
	expect(most).toBeGreaterThan(whole.length * 0.8);
});

test("a damaged record never fails, and shows nothing that was not recorded", () => {
	const { path } = recorded;
	const bytes = readFileSync(path);
	const random = numbersFrom(SEED);
	const damaged = join(directory, "damaged");
	const whole = new Set(textsOf(path));
	for (let round = 0; round < 100; round++) {
		writeFileSync(damaged, mutateBytes(random, bytes));
		const entries = [...(readRecord([damaged]).value?.entries() ?? [])];
		const foreign = entries.map((entry) => JSON.stringify(entry)).filter((text) => !whole.has(text));
		expect(foreign).toEqual([]);
	}
	writeFileSync(damaged, "#!/bin/sh\n");
	expect(readRecord([damaged]).problems?.[0]?.message).toBe(`"${damaged}" is no record`);
});

test("a record of another version is no empty record", () => {
	const { path } = recorded;
	const [first, ...others] = framesOf(readFileSync(path).subarray(MAGIC.length)).frames;
	const header = { ...JSON.parse(first?.payload.toString() ?? ""), format: FORMAT + 1 };
	const foreign = join(directory, "foreign");
	const frames = [
		frame("H", Buffer.from(JSON.stringify(header))),
		...others.map(({ kind, payload }) => frame(kind, payload)),
	];
	writeFileSync(foreign, Buffer.concat([MAGIC, ...frames]));
	const { value, problems } = readRecord([foreign]);
	expect(value).toBeUndefined();
	expect(problems?.[0]?.message).toBe(`the header of "${foreign}" can't be read`);
	// Among others it is left out.
	const both = readRecord([foreign, path]).value;
	expect([both?.chapters.length, both?.problems.length]).toEqual([
		readRecord([path]).value?.chapters.length,
		1,
	]);
});

test("a record that would unfold into too much memory is left out", () => {
	const { path } = recorded;
	const { frames } = framesOf(readFileSync(path).subarray(MAGIC.length));
	const begin = frames.slice(0, 2).map(({ kind, payload }) => frame(kind, payload));
	const bomb = frame("B", deflateRawSync(Buffer.alloc(64 * 2 ** 20)));
	const file = join(directory, "bomb");
	writeFileSync(file, Buffer.concat([MAGIC, ...begin, bomb, bomb, bomb, bomb]));
	expect(readRecord([file]).value).toMatchObject({
		chapters: [],
		problems: [expect.stringContaining("is left out")],
	});
	// Memory that is touched for the first time is slow on a busy virtual machine.
}, 300_000);

test("a record with times that no clock shows is left out", () => {
	const { path } = recorded;
	const { frames } = framesOf(readFileSync(path).subarray(MAGIC.length));
	const begin = frames.slice(0, 2).map(({ kind, payload }) => frame(kind, payload));
	const line = frame("B", deflateRawSync(Buffer.from('["m",99999999999999999,{"of":"change"}]\n')));
	const file = join(directory, "timeless");
	writeFileSync(file, Buffer.concat([MAGIC, ...begin, line]));
	expect(readRecord([file]).value?.problems).toEqual([expect.stringContaining("an impossible time")]);
});
