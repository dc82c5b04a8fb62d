import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { reportCommand } from "../../src/command/report.ts";
import { singleFile } from "../../src/record/file.ts";
import { type Frame, frame, framesOf, MAGIC } from "../../src/record/frames.ts";
import { Player } from "../../src/record/player.ts";
import { readRecord } from "../../src/record/reader.ts";
import { Recorder } from "../../src/record/recorder.ts";
import { dictionaryAfter } from "../../src/record/writer.ts";
import { settled } from "../support/fake-cluster.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import { DONE_MS } from "../support/patience.ts";
import { PracticeConsole } from "../support/practice.ts";
import { numbersFrom, SEED } from "../support/random.ts";
import { BY } from "../support/recorded.ts";
import { NOW } from "../support/records.ts";
import { personsEnvironment, Terminal } from "../support/terminal.ts";

const CONSOLE = join(import.meta.dirname, "../../bin/repmgr-console");
const COUNT = 300;

let directory = "";
let frames: readonly Frame[] = [];
beforeAll(async () => {
	vi.useFakeTimers({ now: NOW });
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	const path = join(directory, "record");
	const recorder = new Recorder(singleFile(path), BY, (text) => text, 3000);
	const practice = new PracticeConsole("calm", 1, (store) => recorder.observe(store));
	await settled(practice.session.firstPicture());
	recorder.operation(await practice.operate({ kind: "pause", reason: "maintenance" }));
	await practice.fault("kill-postgres", "node2");
	await practice.seconds(2);
	practice.close();
	recorder.close();
	frames = framesOf(readFileSync(path).subarray(MAGIC.length)).frames;
	vi.useRealTimers();
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true }));

/** What no console writes, in the place of a value. */
const STRANGE: readonly unknown[] = [
	...[null, true, "", "x", -1, 0, 1.5, 1e300, -1e300, 8.64e15, 4_294_967_294, [], {}, [[]], [null]],
	...[{ a: 1 }, { "\u00a7map": [] }, { "\u00a7map": [[1, 2]] }, { "\u00a7map": 3 }, { length: 1e9 }],
	...[
		"\u001b[2J",
		"a".repeat(10_000),
		"99999999999999999999",
		"constructor",
		"__proto__",
		"2026-13-99T99:99:99",
	],
];

/** The whole of it, or parts of parts, become something else. */
function mutated(value: unknown, random: () => number): unknown {
	const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
	if (typeof value !== "object" || value === null || random() < 0.08) return oneOf(STRANGE);
	if (Array.isArray(value)) {
		const at = Math.floor(random() * (value.length + 1));
		if (random() < 0.15) return value.toSpliced(at, 1);
		if (random() < 0.15) return value.toSpliced(at, 0, oneOf(STRANGE));
		return value.map((item, index) => (index === at ? mutated(item, random) : item));
	}
	const entries = Object.entries(value);
	const at = Math.floor(random() * (entries.length + 1));
	if (random() < 0.15) return Object.fromEntries(entries.toSpliced(at, 1));
	return Object.fromEntries(
		entries.map(([key, item], index) => [key, index === at ? mutated(item, random) : item]),
	);
}

function mutatedLine(line: string, random: () => number): string {
	return line === "" ? line : (JSON.stringify(mutated(JSON.parse(line), random)) ?? "null");
}

/** A record whose frames and checksums are right, and whose content is not. */
function crafted(random: () => number): Buffer {
	const place = Math.floor(random() * random() * frames.length);
	let before: Buffer = Buffer.alloc(0);
	let newBefore: Buffer = Buffer.alloc(0);
	const made = frames.map(({ kind, payload }, index) => {
		const isMeant = index === place;
		const change = (text: string): string => {
			const lines = text.split("\n");
			const at = Math.floor(random() * lines.length);
			return lines.map((line, n) => (isMeant && n === at ? mutatedLine(line, random) : line)).join("\n");
		};
		if (kind === "H") return frame(kind, Buffer.from(change(payload.toString())));
		if (kind === "K") {
			before = newBefore = Buffer.alloc(0);
			return frame(kind, deflateRawSync(Buffer.from(change(inflateRawSync(payload).toString()))));
		}
		const bytes = inflateRawSync(payload, { dictionary: before });
		const changed = Buffer.from(change(bytes.toString()));
		const written = frame(kind, deflateRawSync(changed, { dictionary: newBefore }));
		before = dictionaryAfter(before, bytes);
		newBefore = dictionaryAfter(newBefore, changed);
		return written;
	});
	return Buffer.concat([MAGIC, ...made]);
}

test(`of ${COUNT} crafted records each makes a report or a plain error, soon`, async () => {
	const random = numbersFrom(SEED);
	const path = join(directory, "crafted");
	const session = fakeSession([], { kind: "refused", message: "connection refused" });
	const options = { file: path, from: undefined, to: undefined, out: undefined, isBundle: false };
	const codes = new Set<number>();
	for (let count = 0; count < COUNT; count++) {
		writeFileSync(path, crafted(random));
		const { output, err } = recordOutput();
		const beganAt = performance.now();
		const exitCode = await reportCommand(session, options, output).catch((error: unknown) => {
			throw new Error(`crafted record ${count} of seed ${SEED}`, { cause: error });
		});
		codes.add(exitCode);
		if (exitCode !== 0) expect(err.join("\n")).toMatch(/^(WARNING: .*\n)*repmgr-console: error: /m);
		expect(performance.now() - beganAt, `crafted record ${count}`).toBeLessThan(DONE_MS);
	}
	expect(codes).toEqual(new Set([0, 78]));
}, 600_000);

/** Records that can't be opened, whatever the screen would make of them. */
function unplayable(most: number): readonly Buffer[] {
	const random = numbersFrom(SEED + 1);
	const found: Buffer[] = [];
	const path = join(directory, "tried");
	for (let count = 0; count < COUNT && found.length < most; count++) {
		const bytes = crafted(random);
		writeFileSync(path, bytes);
		const { value: record } = readRecord([path]);
		try {
			if (record !== undefined) new Player(record).close();
		} catch {
			found.push(bytes);
		}
	}
	return found;
}

test("replay tells plainly of a record that can't be played", async () => {
	const records = unplayable(2);
	expect(records).toHaveLength(2);
	for (const [index, bytes] of records.entries()) {
		const path = join(directory, `unplayable-${index}`);
		writeFileSync(path, bytes);
		const terminal = new Terminal([CONSOLE, "replay", path], {
			env: personsEnvironment({ HOME: directory }),
		});
		const { exitCode } = await terminal.exit;
		const text = terminal.text();
		terminal.close();
		expect(text).toMatch(/"[^"]*unplayable-\d" can't be shown[\s\S]*DETAIL: {2}Something in it is not/);
		expect(exitCode).toBe(78);
	}
}, 120_000);
