import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pause } from "../../src/probe/timing.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: 10_000 });
});
afterEach(() => {
	vi.useRealTimers();
});

/** When the pause ends, in ms from now; null while it lasts. */
function watch(pause: Promise<void>): () => number | null {
	const from = Date.now();
	let ended: number | null = null;
	void pause.then(() => {
		ended = Date.now() - from;
	});
	return () => ended;
}

test("waits for its time", async () => {
	const ended = watch(new Pause().for(500));
	await vi.advanceTimersByTimeAsync(499);
	expect(ended()).toBeNull();
	await vi.advanceTimersByTimeAsync(1);
	expect(ended()).toBe(500);
});

test.each([
	[0, 1000, 1000],
	[1, 1000, 999],
	[999, 1000, 1],
	[300, 2000, 1700],
])("at %i ms past, an aligned pause of %i ends after %i", async (past, interval, expected) => {
	vi.setSystemTime(10_000 + past);
	const ended = watch(new Pause().aligned(interval));
	await vi.advanceTimersByTimeAsync(5000);
	expect(ended()).toBe(expected);
});

test("ends at once on wake(), without a timer left", async () => {
	const pause = new Pause();
	const ended = watch(pause.for(60_000));
	await vi.advanceTimersByTimeAsync(100);
	pause.wake();
	await vi.advanceTimersByTimeAsync(0);
	expect(ended()).toBe(100);
	expect(vi.getTimerCount()).toBe(0);
});

test("ends the next pause, and only that one, after an early wake()", async () => {
	const pause = new Pause();
	pause.wake();
	pause.wake();
	expect(watch(pause.for(1000))()).toBeNull();
	await vi.advanceTimersByTimeAsync(0);
	const second = watch(pause.for(1000));
	await vi.advanceTimersByTimeAsync(999);
	expect(second()).toBeNull();
	await vi.advanceTimersByTimeAsync(1);
	expect(second()).toBe(1000);
});
