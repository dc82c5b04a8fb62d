/**
 * How many times longer than on a fast, idle machine a test waits for something to happen. It costs nothing where the event comes:
 * it bounds the wait for one that never does.
 */
export const PATIENCE = 3;

/** How busy the code under test believes this machine is. Unit tests of deadlines hold however busy it really is. */
export const machine = { slowness: 1 };

/** Work of milliseconds is done within this many ms, however busy the machine. Wrong, it takes minutes, or never ends. */
export const DONE_MS = 20_000;
