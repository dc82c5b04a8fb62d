/** The prefix of the tests' instance; different run names let two people run the tests on one machine. */
export const PREFIX = process.env.REPMGR_CONSOLE_TEST_PREFIX || "test";
