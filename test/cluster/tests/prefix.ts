/** Of the instance that the tests use; another one lets two people run them on one machine. */
export const PREFIX = process.env.REPMGR_CONSOLE_TEST_PREFIX || "test";
