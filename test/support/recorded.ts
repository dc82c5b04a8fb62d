import { join } from "node:path";
import { DEFAULT_THRESHOLDS } from "../../src/model/thresholds.ts";
import { singleFile } from "../../src/record/file.ts";
import { type ClusterRecord, readRecord } from "../../src/record/reader.ts";
import { Recorder } from "../../src/record/recorder.ts";
import type { ConsoleState } from "../../src/store/console-store.ts";
import { PracticeConsole } from "./practice.ts";

export const BY = {
	version: "1",
	cluster: "practice calm",
	who: "alice",
	sshOff: null,
	isReadOnly: false,
	// As every console has them: several are null.
	thresholds: DEFAULT_THRESHOLDS,
};

/** The states of a console on a practice cluster whose primary dies, and its record. */
export async function incident(
	directory: string,
	seconds = 35,
): Promise<{ readonly states: readonly ConsoleState[]; readonly path: string }> {
	const path = join(directory, "record");
	const recorder = new Recorder(singleFile(path), BY, (text) => text, 10_000);
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
	if (recorder.problem !== null) throw new Error(recorder.problem);
	return { states, path };
}

export function recordAt(path: string): ClusterRecord {
	const { value: record, problems } = readRecord([path]);
	if (record === undefined) throw new Error(JSON.stringify(problems));
	return record;
}
