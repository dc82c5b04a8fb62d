import {
	chmodSync,
	closeSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FORMAT } from "../../src/record/entry.ts";
import { frame, MAGIC } from "../../src/record/frames.ts";
import { Ring, type RingLimits, recordsIn } from "../../src/record/ring.ts";
import { RecordWriter } from "../../src/record/writer.ts";
import { createConsoleStore } from "../../src/store/console-store.ts";
import { BY } from "../support/recorded.ts";
import { NOW } from "../support/records.ts";

let directory = "";

beforeEach(() => {
	vi.useFakeTimers({
		now: NOW,
		toFake: ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "Date"],
	});
	directory = join(mkdtempSync(join(tmpdir(), "ring-")), "prod");
});

afterEach(() => {
	vi.useRealTimers();
	rmSync(join(directory, ".."), { recursive: true });
});

const LIMITS: RingLimits = { bytes: 100 * 2 ** 20, ms: 14 * 86_400_000 };

test("only the owner may read a record, and what others may write is not touched", () => {
	const ring = new Ring(directory, LIMITS);
	ring.begin(NOW);
	ring.close();
	const [name = ""] = readdirSync(directory);
	expect(statSync(directory).mode & 0o777).toBe(0o700);
	expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
	chmodSync(directory, 0o777);
	expect(() => new Ring(directory, LIMITS).begin(NOW + 1)).toThrow("may be written by others");
	chmodSync(directory, 0o700);
	chmodSync(join(directory, name), 0o666);
	expect(recordsIn(directory)).toEqual([]);
});

test("a critical finding keeps the ten minutes before and after it in full detail", async () => {
	const ring = new Ring(directory, LIMITS, 0);
	const minute = (count: number): number => NOW + 60_000 * count;
	ring.begin(minute(0));
	ring.begin(minute(10));
	ring.begin(minute(20));
	ring.keep(minute(21));
	ring.begin(minute(30));
	ring.begin(minute(40));
	ring.close();
	await ring.tidied();
	expect(
		readdirSync(directory)
			.toSorted()
			.map((name) => name.split(".")[1]),
	).toEqual(["full", "kept", "kept", "kept", "full"]);
});

test("the oldest files go when there are too many bytes, or when they are too old", async () => {
	const ring = new Ring(directory, { bytes: 2500, ms: 3_600_000 }, 0);
	for (let count = 0; count < 5; count++) {
		ring.begin(NOW + count)(Buffer.alloc(1000));
		ring.close();
	}
	const fresh = new Ring(directory, { bytes: 2500, ms: 3_600_000 }, 0);
	fresh.begin(NOW + 5);
	await fresh.tidied();
	fresh.close();
	expect(readdirSync(directory)).toHaveLength(3);
	expect(readFileSync(recordsIn(directory)[0] ?? "")).toHaveLength(1000);
	for (const path of recordsIn(directory)) utimesSync(path, NOW / 1000, NOW / 1000);
	const next = new Ring(directory, { bytes: 2500, ms: 3_600_000 }, 0);
	next.begin(NOW + 7_200_000);
	await next.tidied();
	next.close();
	expect(readdirSync(directory)).toHaveLength(1);
});

/** Tidies, as a console that begins two hours later, or some milliseconds after that. */
async function tidied(limits = LIMITS, more = 0): Promise<void> {
	const ring = new Ring(directory, limits, 0);
	ring.begin(NOW + 7_200_000 + more);
	await ring.tidied();
	ring.close();
}

const named = (kind: string): string => join(directory, `20260101T000000000Z-1.${kind}.record`);

function old(path: string, bytes: Buffer): void {
	mkdirSync(directory, { recursive: true, mode: 0o700 });
	writeFileSync(path, bytes, { mode: 0o600 });
	utimesSync(path, NOW / 1000, NOW / 1000);
}

test("an older record is thinned; one that can't be read stays as it is", async () => {
	const header = { format: FORMAT, ...BY, recording: "1", startedAt: NOW, detail: "full" } as const;
	const { snapshot: _, ...memory } = createConsoleStore({
		...{ name: BY.cluster, sshOff: null, now: NOW, known: [] },
	}).memory();
	const written: Buffer[] = [];
	const writer = new RecordWriter(
		(bytes) => written.push(bytes),
		header,
		(text) => text,
	);
	writer.keyframe({ at: NOW, isContinued: false, memory, run: null });
	old(named("full"), Buffer.concat(written));
	await tidied();
	expect(recordsIn(directory)[0]).toBe(named("calm"));

	rmSync(named("calm"));
	const [, keyframe = Buffer.alloc(0)] = written;
	const other = Buffer.from(JSON.stringify({ ...header, format: FORMAT + 1 }));
	for (const [index, bytes] of [
		Buffer.concat([MAGIC, frame("H", other), keyframe]),
		Buffer.concat([...written, Buffer.from("damage")]),
	].entries()) {
		old(named("full"), bytes);
		await tidied(LIMITS, 1 + index);
		expect(readFileSync(named("full"))).toEqual(bytes);
	}
});

test("what can't be removed, and what another console has removed, ends no recording", async () => {
	mkdirSync(named("calm"), { recursive: true });
	chmodSync(directory, 0o700);
	await expect(tidied({ bytes: 0, ms: 1 })).resolves.toBeUndefined();

	const ring = new Ring(directory, LIMITS, 0);
	ring.begin(NOW);
	ring.begin(NOW + 1);
	for (const path of recordsIn(directory)) rmSync(path, { recursive: true });
	ring.keep(NOW + 2);
	ring.begin(NOW + 3);
	ring.close();
	expect(recordsIn(directory).map((path) => path.split(".").at(-2))).toEqual(["kept"]);
});

test("at a beginning nothing is thinned yet: the screen goes first", () => {
	old(named("calm"), Buffer.alloc(10));
	const ring = new Ring(directory, { bytes: 1, ms: 1 });
	ring.begin(NOW);
	ring.close();
	expect(recordsIn(directory)).toHaveLength(2);
});

test("a next file that can't be made is tried again, and no descriptor is closed twice", () => {
	const ring = new Ring(directory, LIMITS);
	ring.begin(NOW)(Buffer.from("first"));
	const later = NOW + 600_000;
	const taken = join(
		directory,
		`${new Date(later).toISOString().replaceAll(/[-:.]/g, "")}-${process.pid}.full.record`,
	);
	mkdirSync(taken);
	expect(() => ring.begin(later)).toThrow("EEXIST");
	// It gets the number that the first file had.
	const other = openSync(join(directory, "other"), "w");
	expect(() => ring.begin(later)).toThrow("EEXIST");
	ring.close();
	writeSync(other, "still open");
	closeSync(other);
	rmSync(taken, { recursive: true });
	ring.begin(later)(Buffer.from("second"));
	ring.close();
	ring.close();
	expect(recordsIn(directory).map((path) => readFileSync(path, "utf8"))).toEqual(["first", "second"]);
});

test("a closed file takes no more bytes: its descriptor may be another file's", () => {
	const ring = new Ring(directory, LIMITS);
	const append = ring.begin(NOW);
	ring.close();
	const path = join(directory, "other");
	const other = openSync(path, "w");
	expect(() => append(Buffer.from("bytes"))).toThrow("the record is closed");
	closeSync(other);
	expect(readFileSync(path)).toHaveLength(0);
});
