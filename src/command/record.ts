import { setTimeout } from "node:timers/promises";
import type { Recorder } from "../record/recorder.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { errorText, type Output } from "./terminal.ts";

const LOOK_MS = 1000;

/** Until a file is begun, which may wait for the cluster's identity. */
const BEGIN_LOOK_MS = 50;

/** Records until it is interrupted; says when it can't write, and when it can again, and fails where the end could not be written. */
export async function recordCommand(
	recorder: Pick<Recorder, "problem" | "isRecording" | "close"> | null,
	cluster: string,
	{ out, err }: Output,
	until: AbortSignal,
): Promise<number> {
	if (recorder === null) return couldNot("the configuration says that nothing is recorded", err);
	const pass = (ms: number): Promise<unknown> => setTimeout(ms, undefined, { signal: until }).catch(() => {});
	while (!recorder.isRecording && recorder.problem === null && !until.aborted) await pass(BEGIN_LOOK_MS);
	let told = recorder.problem;
	if (told !== null) return couldNot(told, err);
	if (!recorder.isRecording) return couldNot("it was interrupted before its file was begun", err);
	out(`recording cluster ${cluster}`);
	while (!until.aborted) {
		await pass(LOOK_MS);
		const now = recorder.problem;
		if (now !== null && told === null) err(`WARNING:  ${now}`);
		if (now === null && told !== null) err("recording again");
		told = now;
	}
	recorder.close();
	return recorder.problem === null ? EXIT_CODE.ok : couldNot(recorder.problem, err);
}

function couldNot(why: string, err: Output["err"]): number {
	err(errorText({ message: "could not record", detail: `${why}.` }));
	return EXIT_CODE.output;
}
