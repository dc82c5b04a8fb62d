/**
 * On two slow cores all incidents, elections and some operations take longer than CI allows. A run takes every second one, randomly
 * those at even or at odd places in their file, and skips the others. REPMGR_CONSOLE_TEST_HALF: 0, 1, or "all".
 */
const HALF = process.env.REPMGR_CONSOLE_TEST_HALF ?? "all";

export const isInThisHalf = (place: number): boolean => HALF === "all" || place % 2 === Number(HALF);
