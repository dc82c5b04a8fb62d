import { test } from "vitest";

/**
 * On two slow cores all of the long tests take longer than CI allows: they take turns. A run takes every third one of a file's, and
 * reports the others as skipped. REPMGR_CONSOLE_TEST_TURN: 0 to 14, or "all", which is the default; `npm test` takes one at random.
 */
const TURN = process.env.REPMGR_CONSOLE_TEST_TURN || "all";

/** The place of the next test in its file: Vitest loads this module again for each file. */
let next = 0;

/** `test`, but two runs of three skip it. @param of 5: four runs of five. */
export function testInTurn(name: string, body: () => Promise<void>, of: 3 | 5 = 3): void {
	test.skipIf(!isInThisTurn(next++, of))(name, body);
}

export const isInThisTurn = (place: number, of: 3 | 5 = 3): boolean =>
	TURN === "all" || place % of === Number(TURN) % of;
