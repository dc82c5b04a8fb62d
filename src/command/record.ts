import { setTimeout } from "node:timers/promises";
import type { Recorder } from "../record/recorder.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { errorText, type Output } from "./terminal.ts";

const LOOK_MS = 1000;

/** Records until it is interrupted; says when it can't write, and when it can again. */
export async function recordCommand(
	recorder: Pick<Recorder, "problem"> | null,
	cluster: string,
	{ out, err }: Output,
	until: AbortSignal,
): Promise<number> {
	const problem = (): string | null =>
		recorder === null ? "the configuration says that nothing is recorded" : recorder.problem;
	let told = problem();
	if (told !== null) {
		err(errorText({ message: "could not record", detail: `${told}.` }));
		return EXIT_CODE.output;
	}
	out(`recording cluster ${cluster}`);
	while (!until.aborted) {
		await setTimeout(LOOK_MS, undefined, { signal: until }).catch(() => {});
		const now = problem();
		if (now !== null && told === null) err(`WARNING:  ${now}`);
		if (now === null && told !== null) err("recording again");
		told = now;
	}
	return problem() === null ? EXIT_CODE.ok : EXIT_CODE.output;
}
