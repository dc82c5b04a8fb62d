import { test } from "vitest";

/**
 * On two slow cores all of the long tests take longer than CI allows: a run takes every second one of a file's, randomly those at even
 * or at odd places, and reports the others as skipped. REPMGR_CONSOLE_TEST_HALF: 0, 1, or "all", which is the default; `npm test` takes
 * one of the two.
 */
const HALF = process.env.REPMGR_CONSOLE_TEST_HALF || "all";

/** The place of the next test in its file: Vitest loads this module again for each file. */
let next = 0;

/** `test`, but every second run skips it. */
export function testInHalf(name: string, body: () => Promise<void>): void {
	test.skipIf(!isInThisHalf(next++))(name, body);
}

export const isInThisHalf = (place: number): boolean => HALF === "all" || place % 2 === Number(HALF);
