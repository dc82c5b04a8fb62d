import { describe, expect, test } from "vitest";
import {
	beginCrosscheck,
	type Crosscheck,
	type CrosscheckReport,
	hostsDone,
	type LinkResult,
	recordReport,
	resultsOf,
	summarise,
} from "../../src/model/crosscheck.ts";
import { link } from "../support/crosschecks.ts";
import { NOW } from "../support/records.ts";

const fault = { kind: "unreachable", message: "no route" } as const;
const reported = (...reports: readonly CrosscheckReport[]): Crosscheck =>
	reports.reduce(recordReport, beginCrosscheck([1, 2], NOW));

const everything = (fromNodeId: number): readonly LinkResult[] => [
	link("sql", 1),
	link("sql", 2),
	link("ssh", 3 - fromNodeId),
	link("repmgr", 3 - fromNodeId),
];

const done = (fromNodeId: number, results = everything(fromNodeId)): CrosscheckReport => ({
	fromNodeId,
	asked: { state: "done" },
	results,
});

test("knows nothing at the beginning", () => {
	const begun = beginCrosscheck([1, 2], NOW);
	expect(begun).toMatchObject({ startedAt: NOW, endedAt: null, isCancelled: false });
	expect(hostsDone(begun)).toBe(0);
	expect(summarise(begun)).toEqual({ tried: 0, failed: 0, silent: 2 });
});

test("collects reports in any order; a later result replaces an earlier one", () => {
	const crosscheck = reported(
		{ fromNodeId: 2, results: [link("ssh", 1, "failed")] },
		{ fromNodeId: 1, asked: { state: "asking" } },
		{ fromNodeId: 2, asked: { state: "asking" }, results: [link("ssh", 1), link("sql", 2), link("sql", 1)] },
		{ fromNodeId: 9, results: [link("sql", 1)] },
	);
	expect(crosscheck.rows.map(({ asked }) => asked.state)).toEqual(["asking", "asking"]);
	const [, second] = crosscheck.rows;
	if (second === undefined) throw new Error("no second row");
	expect(resultsOf(second).map(({ way, toNodeId, state }) => `${way} ${toNodeId} ${state}`)).toEqual([
		"sql 1 ok",
		"ssh 1 ok",
		"sql 2 ok",
	]);
});

describe("summary", () => {
	test.each<[string, Crosscheck, ReturnType<typeof summarise>]>([
		[
			"all well, a way by SSH and the repmgr at its end counted once",
			reported(done(1), done(2)),
			{ tried: 6, failed: 0, silent: 0 },
		],
		[
			"one way fails",
			reported(
				done(1),
				done(2, [link("sql", 1, "failed"), link("sql", 2), link("ssh", 1), link("repmgr", 1)]),
			),
			{ tried: 6, failed: 1, silent: 0 },
		],
		[
			"a host that can't be asked",
			reported(done(1), { fromNodeId: 2, asked: { state: "silent", fault } }),
			{ tried: 3, failed: 0, silent: 1 },
		],
		[
			"a host that did not come to its end counts as not asked, and for what it found",
			reported(done(1), {
				fromNodeId: 2,
				asked: { state: "silent", fault },
				results: [link("sql", 1, "failed")],
			}),
			{ tried: 4, failed: 1, silent: 1 },
		],
		[
			"a host without psql",
			reported(done(1), done(2, [link("ssh", 1), link("sql", 1, "unknown")])),
			{ tried: 4, failed: 0, silent: 1 },
		],
		[
			"a host that says it is through, and told nothing",
			reported(done(1), done(2, [])),
			{ tried: 3, failed: 0, silent: 1 },
		],
	])("%s", (_, crosscheck, expected) => {
		expect(summarise(crosscheck)).toEqual(expected);
	});

	test("counts hosts that are done or can't be asked", () => {
		expect(hostsDone(reported(done(1), { fromNodeId: 2, asked: { state: "asking" } }))).toBe(1);
		expect(hostsDone(reported(done(1), { fromNodeId: 2, asked: { state: "silent", fault } }))).toBe(2);
	});
});
