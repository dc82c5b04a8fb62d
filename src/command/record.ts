import { setTimeout } from "node:timers/promises";
import type { Recorder } from "../record/recorder.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { errorText, type Output } from "./terminal.ts";

const LOOK_MS = 1000;

/** Records until it is interrupted, or can't write any more. */
export async function recordCommand(
	recorder: Pick<Recorder, "problem"> | null,
	cluster: string,
	{ out, err }: Output,
	until: AbortSignal,
): Promise<number> {
	const problem = (): string | null =>
		recorder === null ? "the configuration says that nothing is recorded" : recorder.problem;
	if (problem() === null) out(`recording cluster ${cluster}`);
	while (!until.aborted && problem() === null)
		await setTimeout(LOOK_MS, undefined, { signal: until }).catch(() => {});
	if (problem() === null) return EXIT_CODE.ok;
	err(errorText({ message: "could not record", detail: `${problem()}.` }));
	return EXIT_CODE.output;
}
