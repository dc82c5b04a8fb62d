import { test } from "vitest";

/** Of so many turns each run takes one. */
const TURNS = 5;

/**
 * On two slow cores all of the long tests take longer than CI allows: they take turns. A run takes every fifth one of a file's, and
 * reports the others as skipped. REPMGR_CONSOLE_TEST_TURN: 0 to 4, or "all", which is the default; `npm test` takes one at random.
 */
const TURN = process.env.REPMGR_CONSOLE_TEST_TURN || "all";

/** The place of the next test in its file: Vitest loads this module again for each file. */
let next = 0;

/** `test`, but four runs of five skip it. */
export function testInTurn(name: string, body: () => Promise<void>): void {
	test.skipIf(!isInThisTurn(next++))(name, body);
}

export const isInThisTurn = (place: number): boolean => TURN === "all" || place % TURNS === Number(TURN);
