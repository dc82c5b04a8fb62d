/**
 * How much longer than on a quick machine of its own a test waits for what has to come. What comes is never waited for
 * longer than it takes; a bound is there for what never does.
 */
export const PATIENCE = 3;
