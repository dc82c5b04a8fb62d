const RUN = process.env.REPMGR_CONSOLE_TEST_PREFIX || "test";

/** So many files run at the same time, each worker with a cluster of its own: most of a test is waiting. */
export const WORKERS = 2;

/** Of a worker's instance; another name of the run lets two people run the tests on one machine. */
const prefixOf = (worker: string): string => `${RUN}${worker}`;

/** Of this worker's. */
export const PREFIX = prefixOf(process.env.VITEST_POOL_ID || "1");

/** Of all that a run may have up. */
export const ALL_PREFIXES: readonly string[] = Array.from({ length: WORKERS }, (_, index) =>
	prefixOf(String(index + 1)),
);
