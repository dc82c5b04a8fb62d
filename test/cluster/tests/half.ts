/**
 * On two slow cores all incidents, elections and some operations take longer than CI may. A run takes every second one, by chance those
 * with an even or an odd place in their file; the others are told as skipped. REPMGR_CONSOLE_TEST_HALF: 0, 1, or "all".
 */
const HALF = process.env.REPMGR_CONSOLE_TEST_HALF ?? "all";

export const isInThisHalf = (place: number): boolean => HALF === "all" || place % 2 === Number(HALF);
