/**
 * How many times longer than on a fast, idle machine a test waits for something to happen. It costs nothing where the event comes:
 * it bounds the wait for one that never does.
 */
export const PATIENCE = 3;

/** How busy the code under test believes this machine is. Unit tests of deadlines hold however busy it really is. */
export const machine = { slowness: 1 };
