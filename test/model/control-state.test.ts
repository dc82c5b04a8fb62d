import { expect, test } from "vitest";
import { wasStandby } from "../../src/model/control-state.ts";

/** All that pg_controldata prints, 13 to 18. */
test.each([
	["starting up", false],
	["shut down", false],
	["shut down in recovery", true],
	["shutting down", false],
	["in crash recovery", false],
	["in archive recovery", true],
	["in production", false],
])("a server whose control data say %s was a standby: %s", (state, expected) => {
	expect(wasStandby(state)).toBe(expected);
});
