import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CopyWatch } from "../../src/execution/copy-progress.ts";
import type { Outcome } from "../../src/model/fault.ts";
import type { Query } from "../../src/transport/ports.ts";
import { fault, parametersOf } from "../support/fake-query.ts";

const MB = 1024 ** 2;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that gives these answers, one after the other. */
function watchOf(...answers: readonly Outcome<readonly Record<string, unknown>[]>[]) {
	const left = answers.values();
	const asked: unknown[] = [];
	const query: Query = {
		connect: () => {
			asked.push("connect");
			return Promise.resolve({
				value: {
					query: (_, values) => {
						asked.push(values);
						return Promise.resolve(left.next().value ?? fault("timeout"));
					},
					onLost: () => {},
					close: () => asked.push("close"),
				},
			});
		},
		ping: () => Promise.resolve(fault("timeout")),
	};
	return { copy: new CopyWatch(query, { value: parametersOf("node1") }, "mine"), asked };
}

const row = (phase: string, bytes: number | null, total: number | null = null) => ({
	value: [{ phase, bytes, total }],
});

test("says what is waited for, then how fast it is and how long it will take", async () => {
	const { copy } = watchOf(
		row("waiting for checkpoint to finish", null),
		row("streaming database files", 0, 100 * MB),
		row("streaming database files", 20 * MB, 100 * MB),
		row("streaming database files", 120 * MB, 100 * MB),
	);
	const read = async () => {
		vi.advanceTimersByTime(2000);
		return await copy.read();
	};
	expect(await read()).toEqual({
		phase: "waits for the checkpoint of the source",
		...{ bytes: 0, totalBytes: null, bytesPerSecond: null, secondsLeft: null },
	});
	await read();
	expect(await read()).toEqual({
		phase: "copies",
		...{ bytes: 20 * MB, totalBytes: 100 * MB, bytesPerSecond: 5 * MB, secondsLeft: 16 },
	});
	// The total is an estimate.
	expect(await read()).toMatchObject({ bytes: 120 * MB, secondsLeft: 0 });
});

test("asks for the backup of that name alone, and connects again after a fault", async () => {
	const { copy, asked } = watchOf({ value: [] }, fault("timeout"), row("streaming database files", 1, 2));
	expect(await copy.read()).toBeNull();
	expect(await copy.read()).toBeNull();
	expect(await copy.read()).toMatchObject({ bytes: 1 });
	copy.close();
	expect(asked).toEqual(["connect", ["mine"], ["mine"], "close", "connect", ["mine"], "close"]);
});

test("an answer of another shape is none", async () => {
	const { copy } = watchOf({ value: [{ phase: 3, bytes: "many" }] });
	expect(await copy.read()).toBeNull();
});
