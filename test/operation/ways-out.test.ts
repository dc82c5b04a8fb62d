import { expect, test } from "vitest";
import type { RunState } from "../../src/operation/run-state.ts";
import { waysOut } from "../../src/operation/ways-out.ts";
import { factsOf, type SurveyChanges } from "../support/facts.ts";
import type { Changes } from "../support/worlds.ts";

const RUN = {} as RunState;

/** node2 was promoted at 0/5000100; node1 is down. */
const PROMOTED: Changes = {
	1: { fault: { kind: "refused" } },
	2: {
		server: {
			inRecovery: false,
			timeline: 2,
			walReceiver: null,
			currentLsn: "0/6000000",
			forks: [{ timeline: 1, endLsn: "0/5000100" }],
		},
	},
};

const stopped = (checkpointLsn: string): SurveyChanges => ({
	look: {
		postmaster: false,
		controlData: { state: "shut down", timeline: 1, checkpointLsn, systemIdentifier: "7" },
	},
});

test("an old primary that was left behind is rejoined, and rewound only where it has something of its own", () => {
	const wayOf = (lsn: string) => waysOut(RUN, factsOf({ 1: stopped(lsn) }, PROMOTED)).ways[0]?.command;
	expect(wayOf("0/5000088")).toBe("rejoin node1");
	expect(wayOf("0/5000180")).toBe("rejoin node1 --force-rewind");
});

test("of two primaries one has to go", () => {
	const both = waysOut(RUN, factsOf({}, { 2: PROMOTED[2] ?? {} }));
	expect(both.state).toContain("2 primaries");
	expect(both.ways.at(-1)?.command).toBe("rejoin NODE --stop-first --force-rewind");
});

test("a primary that was shut down, and nobody promoted, is started again", () => {
	const { ways } = waysOut(RUN, factsOf({ 1: stopped("0/5000088") }, { 1: { fault: { kind: "refused" } } }));
	expect(ways[0]?.command).toBe("start node1");
});
