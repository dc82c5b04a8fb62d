import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { singleFile } from "../../src/record/file.ts";
import { Recorder, type RecordFiles } from "../../src/record/recorder.ts";
import { Ring } from "../../src/record/ring.ts";
import { settled } from "../support/fake-cluster.ts";
import { PracticeConsole } from "../support/practice.ts";
import { BY, recordAt } from "../support/recorded.ts";
import { NOW } from "../support/records.ts";

let directory = "";
let practice: PracticeConsole;
let recorder: Recorder;
let isFull = false;
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	isFull = false;
});
afterEach(() => {
	practice.close();
	vi.useRealTimers();
	rmSync(directory, { recursive: true });
});

/** On a disk that may be full. */
function onDisk(files: RecordFiles): RecordFiles {
	return {
		needsIdentity: files.needsIdentity,
		begin(at, identity) {
			const sink = files.begin(at, identity);
			return (bytes) => {
				if (isFull)
					throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
				sink(bytes);
			};
		},
		isDue: (at, identity) => files.isDue(at, identity),
		keep: (at) => files.keep(at),
		close: () => files.close(),
	};
}

async function watch(files: RecordFiles): Promise<void> {
	recorder = new Recorder(onDisk(files), BY, (text) => text);
	practice = new PracticeConsole("calm", 1, (store) => recorder.observe(store));
	await settled(practice.session.firstPicture());
	await practice.seconds(5);
}

const told = (): readonly string[] =>
	practice.session.store
		.getState()
		.log.filter(({ event }) => event.startsWith("recording_"))
		.map(({ event, details, successful }) => `${successful ? "" : "! "}${event}: ${details}`);

test("a full disk is said at once, and when there is room again, recording goes on in the same file", async () => {
	const path = join(directory, "record");
	await watch(singleFile(path));
	isFull = true;
	await practice.seconds(2);
	expect(told()).toEqual([expect.stringMatching(/^! recording_stopped: nothing is recorded: .*space/i)]);
	await practice.fault("kill-postgres", "node2");
	await practice.seconds(31);
	expect(told()).toHaveLength(1);
	isFull = false;
	await practice.seconds(12);
	expect(told()).toEqual([
		expect.anything(),
		expect.stringMatching(/^recording_goes_on: recording again; the \S+ s before are missing$/),
	]);
	expect(recorder.problem).toBeNull();
	await practice.seconds(3);
	recorder.close();
	const record = recordAt(path);
	expect(record.problems).toEqual([]);
	const [before, after] = record.chapters;
	expect(record.chapters).toHaveLength(2);
	expect((after?.from ?? 0) - (before?.to ?? 0)).toBeGreaterThan(30_000);
	expect(JSON.stringify(after?.marks)).toContain("recording_goes_on");
	const [keyframe] = [...(after?.entries() ?? [])];
	expect(JSON.stringify(keyframe?.kind === "keyframe" && keyframe.memory.log)).toContain("STANDBY_DOWN");
});

test("a ring on a full disk leaves no row of empty files", async () => {
	isFull = true;
	await watch(new Ring(join(directory, "ring"), { bytes: 1e9, ms: 1e9 }));
	await practice.seconds(60);
	expect(told()).toHaveLength(1);
	expect(readdirSync(join(directory, "ring"))).toHaveLength(1);
	isFull = false;
	await practice.seconds(12);
	expect(told()).toHaveLength(2);
	recorder.close();
	const [name = ""] = readdirSync(join(directory, "ring"));
	expect(recordAt(join(directory, "ring", name)).chapters).toHaveLength(1);
});

test("a directory that can't be made is tried again", async () => {
	writeFileSync(join(directory, "ring"), "");
	await watch(new Ring(join(directory, "ring"), { bytes: 1e9, ms: 1e9 }));
	expect(told()).toHaveLength(1);
	rmSync(join(directory, "ring"));
	mkdirSync(join(directory, "ring"), { mode: 0o700 });
	await practice.seconds(12);
	expect(told()).toHaveLength(2);
	expect(readdirSync(join(directory, "ring"))).toHaveLength(1);
});

test("a disk that is full at the end is a problem; once closed, nothing is tried any more", async () => {
	await watch(new Ring(join(directory, "ring"), { bytes: 1e9, ms: 1e9 }));
	isFull = true;
	await practice.fault("kill-postgres", "node2");
	recorder.close();
	expect(recorder.problem).toMatch(/^nothing is recorded: .*space/i);
	practice.close();
	isFull = false;
	await watch(singleFile(join(directory, "record")));
	recorder.close();
	await practice.seconds(30);
	expect(recorder.problem).toBeNull();
});
