import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { TimeSlicer } from "../../src/probe/time-slicer.ts";

test("lets a few go on at once, the others in order, with a turn of the event loop between slices", async () => {
	const slices = new TimeSlicer();
	const done: number[] = [];
	const counts: number[] = [];
	const work = Array.from({ length: 20 }, (_, number) => slices.turn().then(() => done.push(number)));
	for (let turn = 0; turn < 4; turn++) {
		await setImmediate();
		counts.push(done.length);
	}
	await Promise.all(work);
	expect(done).toEqual(Array.from({ length: 20 }, (_, number) => number));
	expect(counts.at(-1)).toBe(20);
	// Never more than a slice between two turns of the loop.
	const steps = [0, ...counts].map((count, index, all) => count - (all[index - 1] ?? 0));
	expect(Math.max(...steps.slice(2))).toBeLessThanOrEqual(8);
	expect(new Set(counts).size).toBeGreaterThan(1);
});

test("makes no caller wait when there is little to do", async () => {
	const slices = new TimeSlicer();
	let isDone = false;
	void slices.turn().then(() => {
		isDone = true;
	});
	await Promise.resolve();
	expect(isDone).toBe(true);
});
