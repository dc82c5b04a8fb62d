import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Turnstile } from "../../src/probe/turnstile.ts";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

/** Enters, and says so in the list. */
function visit(turnstile: Turnstile, name: string, entered: string[]): Promise<() => void> {
	return turnstile.enter().then((leave) => {
		entered.push(name);
		return leave;
	});
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("the first go in at once, each next one when one leaves, in order", async () => {
	const turnstile = new Turnstile(2, 1000);
	const entered: string[] = [];
	const [a, b] = [visit(turnstile, "a", entered), visit(turnstile, "b", entered)];
	const c = visit(turnstile, "c", entered);
	void visit(turnstile, "d", entered);
	await pass(0);
	expect(entered).toEqual(["a", "b"]);
	(await b)();
	await pass(0);
	expect(entered).toEqual(["a", "b", "c"]);
	(await c)();
	(await a)();
	await pass(0);
	expect(entered).toEqual(["a", "b", "c", "d"]);
});

test("who stays too long keeps nobody out, and leaves no second place when it goes at last", async () => {
	const turnstile = new Turnstile(1, 300);
	const entered: string[] = [];
	const slow = visit(turnstile, "slow", entered);
	void visit(turnstile, "second", entered);
	void visit(turnstile, "third", entered);
	await pass(299);
	expect(entered).toEqual(["slow"]);
	await pass(1);
	expect(entered).toEqual(["slow", "second"]);
	(await slow)();
	await pass(0);
	expect(entered).toEqual(["slow", "second"]);
	await pass(300);
	expect(entered).toEqual(["slow", "second", "third"]);
});
