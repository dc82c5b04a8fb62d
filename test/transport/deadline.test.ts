import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deadline, silence } from "../../src/transport/deadline.ts";
import { machine } from "../support/patience.ts";

beforeEach(() => {
	vi.useFakeTimers();
	machine.slowness = 1;
});
afterEach(() => {
	vi.useRealTimers();
});

const silent = { kind: "unreachable", message: "no answer from node1:5432" } as const;

function watch(ms: number) {
	const started = performance.now();
	const over = vi.fn(() => performance.now() - started);
	return { over, cancel: deadline(ms, over) };
}

test("expires on time on an idle machine", () => {
	const { over } = watch(1500);
	vi.advanceTimersByTime(1499);
	expect(over).not.toHaveBeenCalled();
	vi.advanceTimersByTime(2);
	expect(over).toHaveBeenCalledOnce();
});

test("is up to five times longer on a busy machine", () => {
	machine.slowness = 3;
	const { over } = watch(1000);
	vi.advanceTimersByTime(2999);
	expect(over).not.toHaveBeenCalled();
	vi.advanceTimersByTime(10);
	expect(over).toHaveBeenCalledOnce();
	machine.slowness = 100;
	const { over: later } = watch(1000);
	vi.advanceTimersByTime(5010);
	expect(later).toHaveBeenCalledOnce();
});

test("does not count time in which this process was stopped, as after a SIGSTOP", () => {
	const { over } = watch(1000);
	// The clock goes on, and no timer runs.
	const before = performance.now.bind(performance);
	vi.spyOn(performance, "now").mockImplementation(() => 60_000 + before());
	vi.advanceTimersByTime(1999);
	expect(over).not.toHaveBeenCalled();
	vi.advanceTimersByTime(10);
	expect(over).toHaveBeenCalledOnce();
	vi.restoreAllMocks();
});

test("does not expire once cancelled", () => {
	const { over, cancel } = watch(1000);
	vi.advanceTimersByTime(999);
	cancel();
	vi.advanceTimersByTime(10_000);
	expect(over).not.toHaveBeenCalled();
});

test("silence is evidence unless this machine is too busy to hear", () => {
	expect(silence(silent)).toBe(silent);
	machine.slowness = 20;
	expect(silence(silent)).toEqual({
		kind: "timeout",
		code: "TOO_BUSY",
		message: "no answer from node1:5432, but this machine is too busy to judge",
	});
});
