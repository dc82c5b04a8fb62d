/** Of the instance that the tests use; another name of the run lets two people run the tests on one machine. */
export const PREFIX = process.env.REPMGR_CONSOLE_TEST_PREFIX || "test";
