import { describe, expect, test } from "vitest";
import { acknowledge, type FindingPeriods, recordFindings } from "../../src/assess/finding-periods.ts";
import { type Finding, findingKey } from "../../src/model/finding.ts";
import type { ClusterSnapshot } from "../../src/model/snapshot.ts";
import { stopped } from "../support/reach.ts";
import { NOW, primaryReading, read, silentNode, snapshotOf, standbyReading } from "../support/records.ts";
import { since } from "../support/worlds.ts";

const STARTED = NOW - 60_000;

const WELL = snapshotOf(read(1, primaryReading()), read(2, standbyReading())).nodes;
const SILENT = snapshotOf(read(1, primaryReading()), silentNode(2)).nodes;

function finding(changes: Partial<Finding> = {}): Finding {
	return {
		code: "STANDBY_LAGGING",
		severity: "warning",
		nodeId: 2,
		message: 'standby "node2" lags',
		detail: "",
		hint: "",
		evidence: [{ nodeId: 2, at: NOW, by: "sql", text: "replay_lag" }],
		remedy: null,
		doNot: null,
		...changes,
	};
}

const KEY = findingKey(finding());

/** A diagnosis of a standby that can be read. */
function diagnosis(
	findings: readonly Finding[],
	changes: Partial<Pick<ClusterSnapshot, "explained" | "nodes">> = {},
) {
	return { findings, explained: [], nodes: WELL, ...changes };
}

/** What was found at each of these seconds after NOW. */
function watch(...looks: readonly (readonly [number, readonly Finding[]])[]) {
	let periods: FindingPeriods = new Map();
	const said: string[] = [];
	for (const [second, findings] of looks) {
		const next = recordFindings(periods, diagnosis(findings), NOW + second * 1000, STARTED);
		periods = next.periods;
		for (const { nodeId, event, successful, details } of next.entries)
			said.push(`${nodeId} ${event} ${successful} ${details}`);
	}
	return { periods, said };
}

describe("the event log", () => {
	test("records the beginning and end of a finding, with its duration", () => {
		const { said, periods } = watch([0, [finding()]], [12, [finding({ message: "lags more" })]], [24, []]);
		expect(said).toEqual([
			'2 STANDBY_LAGGING false standby "node2" lags',
			"2 STANDBY_LAGGING true over after 24 s: lags more",
		]);
		expect(periods.size).toBe(0);
	});

	test("records a finding that gets worse, but not one that gets better", () => {
		const critical = finding({ severity: "critical" });
		expect(watch([0, [finding()]], [1, [critical]], [2, [finding()]]).said.slice(1)).toEqual([
			'2 STANDBY_LAGGING false now critical: standby "node2" lags',
		]);
	});

	test("records notices and findings about the whole cluster", () => {
		const notice = finding({ severity: "notice", nodeId: null });
		expect(watch([0, [notice]]).said).toEqual(['null STANDBY_LAGGING null standby "node2" lags']);
	});

	test("does not record findings of the first reading, whose beginning is unknown", () => {
		const first = recordFindings(new Map(), diagnosis([finding()]), STARTED + 1000, STARTED);
		expect(first.entries).toEqual([]);
		expect(first.periods.get(KEY)).toMatchObject({ since: STARTED + 1000, isExact: false });
		expect(recordFindings(first.periods, diagnosis([]), STARTED + 2000, STARTED).entries).toEqual([]);
		const [entry] = recordFindings(first.periods, diagnosis([]), NOW, STARTED).entries;
		expect(entry?.details).toBe('over after at least 59 s: standby "node2" lags');
	});
});

describe("a finding that is not seen any more", () => {
	const { periods } = watch([0, [finding()]]);
	const unseen = (changes: Parameters<typeof diagnosis>[1]) =>
		recordFindings(periods, diagnosis([], changes), NOW + 12_000, STARTED);

	test("goes on while another one explains it", () => {
		const { periods: next, entries } = unseen({ explained: [KEY], nodes: SILENT });
		expect(entries).toEqual([]);
		expect(next.get(KEY)?.since).toBe(NOW);
	});

	test("is not said to be over while its evidence can't be read", () => {
		const { periods: next, entries } = unseen({ nodes: SILENT });
		expect(entries).toMatchObject([
			{ successful: null, details: 'not seen any more, with node2 unread: standby "node2" lags' },
		]);
		expect(next.size).toBe(0);
	});

	test("is over when the host shows that the server was stopped: a fenced primary is no second one any more", () => {
		const { nodes } = since(5, { 2: stopped("shut down in recovery") }).snapshot;
		expect(nodes[1]?.observed.status).toBe("stopped");
		expect(unseen({ nodes }).entries).toMatchObject([{ successful: true }]);
	});

	test("is over when the node answers again whose silence was the evidence", () => {
		const silent = recordFindings(new Map(), diagnosis([finding()], { nodes: SILENT }), NOW, STARTED);
		const { entries } = recordFindings(silent.periods, diagnosis([]), NOW + 5000, STARTED);
		expect(entries).toMatchObject([{ successful: true, details: 'over after 5 s: standby "node2" lags' }]);
	});
});

test("returns the same value when nothing changed", () => {
	const { periods } = watch([0, [finding()]]);
	expect(recordFindings(periods, diagnosis([finding()]), NOW + 5000, STARTED).periods).toBe(periods);
});

describe("acknowledging", () => {
	const known = acknowledge(watch([0, [finding()]]).periods, KEY, "Anna rebuilds it", NOW);
	const knownAfter = (findings: readonly Finding[]) =>
		recordFindings(known, diagnosis(findings), NOW + 9000, STARTED).periods.get(KEY)?.acknowledgement;

	test("stays with its note while the finding exists", () => {
		const expected = { note: "Anna rebuilds it", at: NOW, severity: "warning" };
		expect(knownAfter([finding({ message: "lags more" })])).toEqual(expected);
	});

	test.each([
		["it worsens", [finding({ severity: "critical" })], null],
		["it is over", [], undefined],
	])("ends when %s", (_, findings, expected) => {
		expect(knownAfter(findings)).toBe(expected);
	});

	test("can be withdrawn; an unknown finding is ignored", () => {
		expect(acknowledge(known, KEY, null, NOW).get(KEY)?.acknowledgement).toBeNull();
		expect(acknowledge(known, "SPLIT_BRAIN ", "", NOW)).toBe(known);
	});
});
