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

const stopped = (checkpointLsn: string, state = "shut down"): SurveyChanges => ({
	look: { postmaster: false, controlData: { state, timeline: 1, checkpointLsn, systemIdentifier: "7" } },
});

test("an old primary that was left behind is rejoined, and rewound only where it has something of its own", () => {
	const wayOf = (lsn: string) => waysOut(RUN, factsOf({ 1: stopped(lsn) }, PROMOTED)).ways[0]?.command;
	expect(wayOf("0/5000088")).toBe("rejoin node1");
	expect(wayOf("0/5000180")).toBe("rejoin node1 --force-rewind");
	const crashed = waysOut(RUN, factsOf({ 1: stopped("0/5000000", "in production") }, PROMOTED));
	expect(crashed.state).toContain('"node1", which was a primary, ended without a shutdown');
	expect(crashed.ways[0]?.command).toBe("rejoin node1 --force-rewind");
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

test("a standby is started, attached or rewound, as it needs", () => {
	const gone = { fault: { kind: "refused" } } as const;
	const wayOf = (survey: SurveyChanges, changes: Changes) =>
		waysOut(RUN, factsOf({ 3: survey }, changes)).ways.map(({ command }) => command);
	expect(wayOf(stopped("0/5000000", "shut down in recovery"), { 3: gone })).toEqual(["start node3"]);
	const alone = { 1: { server: { walSenders: [] } }, 3: { server: { walReceiver: null } } };
	expect(wayOf({}, alone)).toEqual(["follow node3"]);
	const parted = {
		1: { server: { walSenders: [], timeline: 2, forks: [{ timeline: 1, endLsn: "0/4000000" }] } },
		2: { server: { timeline: 2 } },
		3: { server: { walReceiver: null } },
	};
	expect(wayOf({}, parted)).toContain("rejoin node3 --stop-first --force-rewind");
	expect(wayOf({}, {})).toEqual([]);
});
