import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { singleFile } from "../../src/record/file.ts";
import { readRecord } from "../../src/record/reader.ts";
import { Recorder } from "../../src/record/recorder.ts";
import { type ConsoleState, createConsoleStore } from "../../src/store/console-store.ts";
import { giveInput } from "../../src/store/store-input.ts";
import { PracticeConsole } from "../support/practice.ts";
import { mutateBytes, numbersFrom, SEED } from "../support/random.ts";
import { NOW } from "../support/records.ts";

let directory = "";

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	directory = mkdtempSync(join(tmpdir(), "record-"));
});

afterEach(() => {
	vi.useRealTimers();
	rmSync(directory, { recursive: true });
});

const BY = {
	version: "1",
	cluster: "practice calm",
	who: "alice",
	sshOff: null,
	isReadOnly: false,
	thresholds: {},
};

/** The states of a console on a practice cluster whose primary dies, and its record. */
async function incident(seconds = 60): Promise<{ readonly states: ConsoleState[]; readonly path: string }> {
	const path = join(directory, "record");
	const recorder = new Recorder(singleFile(path), BY, (text) => text);
	const states: ConsoleState[] = [];
	const practice = new PracticeConsole("calm", 1, (store) => {
		states.push(store.getState());
		store.subscribe((state) => states.push(state));
		return recorder.observe(store);
	});
	await practice.seconds(10);
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(seconds - 10);
	practice.close();
	recorder.close();
	expect(recorder.problem).toBeNull();
	return { states, path };
}

function replayed(path: string): readonly ConsoleState[] {
	const { value: record } = readRecord([path]);
	if (record === undefined) throw new Error("no record");
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

test("played back, a record makes the same states again, one by one", async () => {
	const { states, path } = await incident();
	const again = replayed(path);
	expect(states.some(({ snapshot }) => snapshot.severity === "critical")).toBe(true);
	expect(again.length).toBe(states.length);
	for (const [index, state] of states.entries()) {
		const other = again[index];
		if (JSON.stringify(other) === JSON.stringify(state)) continue;
		expect(other).toEqual(state);
	}
});

test("a record that is cut off at any byte opens, with all that is whole in it", async () => {
	const { path } = await incident(30);
	const bytes = readFileSync(path);
	const whole = [...(readRecord([path]).value?.entries() ?? [])];
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
		const entries = [...(record?.entries() ?? [])];
		// Right behind a second nothing is missing.
		if (entries.length <= most) expect(record?.problems).toHaveLength(1);
		expect(entries).toEqual(whole.slice(0, entries.length));
		expect(entries.length).toBeGreaterThanOrEqual(most);
		most = entries.length;
	}
	expect(most).toBeGreaterThan(whole.length * 0.8);
});

test("a damaged record never fails, and shows nothing that was not recorded", async () => {
	const { path } = await incident(30);
	const bytes = readFileSync(path);
	const random = numbersFrom(SEED);
	const damaged = join(directory, "damaged");
	for (let round = 0; round < 100; round++) {
		writeFileSync(damaged, mutateBytes(random, bytes));
		const read = readRecord([damaged]);
		expect(read.problems ?? [...(read.value?.entries() ?? [])]).toBeDefined();
	}
	writeFileSync(damaged, "#!/bin/sh\n");
	expect(readRecord([damaged]).problems?.[0]?.message).toBe(`"${damaged}" is no record`);
});
