import { expect, test, vi } from "vitest";
import { recordCommand } from "../../src/command/record.ts";
import { recordOutput } from "../support/fake-session.ts";

const FULL = "nothing is recorded: No space left on device";

const recorderOf = () => ({ problem: null as string | null, isRecording: true, close() {} });

test("record says on standard error when it can't write, and when it can again", async () => {
	const recorder = recorderOf();
	const { output, err, out } = recordOutput();
	const stop = new AbortController();
	const command = recordCommand(recorder, "prod", output, stop.signal);
	recorder.problem = FULL;
	await vi.waitFor(() => expect(err).toEqual([`WARNING:  ${FULL}`]), 5000);
	recorder.problem = null;
	await vi.waitFor(() => expect(err.at(-1)).toBe("recording again"), 5000);
	stop.abort();
	expect([await command, out]).toEqual([0, ["recording cluster prod"]]);
});

test("what can't be recorded at the beginning, or at the end, is an error", async () => {
	const { output, err, out } = recordOutput();
	const stop = new AbortController();
	expect(
		await recordCommand({ ...recorderOf(), isRecording: false, problem: FULL }, "prod", output, stop.signal),
	).toBe(74);
	expect([out, err.join()]).toEqual([[], expect.stringContaining(`DETAIL:  ${FULL}.`)]);
	const recorder = recorderOf();
	const command = recordCommand(recorder, "prod", output, stop.signal);
	recorder.problem = FULL;
	stop.abort();
	expect(await command).toBe(74);
});

test("record says that it records once its file is begun", async () => {
	const recorder = { ...recorderOf(), isRecording: false };
	const { output, out } = recordOutput();
	const stop = new AbortController();
	const command = recordCommand(recorder, "prod", output, stop.signal);
	await new Promise((resolve) => setTimeout(resolve, 120));
	expect(out).toEqual([]);
	recorder.isRecording = true;
	await vi.waitFor(() => expect(out).toEqual(["recording cluster prod"]));
	stop.abort();
	expect(await command).toBe(0);
});

test("an end that can't be written is an error", async () => {
	const recorder = recorderOf();
	recorder.close = () => {
		recorder.problem = FULL;
	};
	const { output, err } = recordOutput();
	const stop = new AbortController();
	const command = recordCommand(recorder, "prod", output, stop.signal);
	stop.abort();
	expect([await command, err.join()]).toEqual([74, expect.stringContaining(FULL)]);
});

test("what ends before its file is begun has recorded nothing, which is an error", async () => {
	const { output, err, out } = recordOutput();
	const stop = new AbortController();
	const command = recordCommand({ ...recorderOf(), isRecording: false }, "prod", output, stop.signal);
	stop.abort();
	expect([await command, out, err.join()]).toEqual([74, [], expect.stringContaining("before its file")]);
});
