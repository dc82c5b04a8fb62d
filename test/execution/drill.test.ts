import { appendFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Drill } from "../../src/execution/drill.ts";
import { DrillRecord, readDrillRecord } from "../../src/execution/drill-record.ts";
import { WriteProbe } from "../../src/execution/write-probe.ts";
import type { ElectionForecast } from "../../src/model/forecast.ts";
import type { LogEntry } from "../../src/model/log-entry.ts";
import type { RunState } from "../../src/operation/run/run-state.ts";
import { drillReportText } from "../../src/presentation/drill-report.ts";
import { factsOf } from "../support/facts.ts";
import { FakePair } from "../support/fake-pair.ts";
import { parametersOf } from "../support/fake-query.ts";
import { foreseen } from "../support/worlds.ts";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const snapshot = foreseen();
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

const TARGETS = [
	{ nodeId: 1, parameters: { value: parametersOf("node1") } },
	{ nodeId: 2, parameters: { value: parametersOf("node2") } },
];

/** Not recorded, and not resumed. */
const NEITHER = { record: null, resumed: null };

/** A drill on two servers, and its output; `approved` is the forecast of the plan. */
function drillOn(
	pair: FakePair,
	approved: ElectionForecast | null = snapshot.forecast,
	record: DrillRecord | null = null,
) {
	const lines: string[] = [];
	const probe = new WriteProbe(pair.query, TARGETS, record);
	const drill = new Drill({
		nodeId: 1,
		end: { pausedBefore: [], suffix: "" },
		watch: { snapshot: () => snapshot, until: () => Promise.resolve(snapshot) },
		facts: () => Promise.resolve(factsOf()),
		log: () => [],
		probe,
		planned: {
			intent: { kind: "drill", nodeId: 1, how: "stop" },
			forecast: approved,
			electionSeconds: 20,
		},
		...NEITHER,
		record,
	});
	const signal = new AbortController().signal;
	/** Does one of its local steps within some time. */
	const does = async (key: string, ms: number): Promise<boolean | "goes on" | undefined> => {
		let ended: boolean | "goes on" | undefined = "goes on";
		void drill
			.work(key)?.((line) => lines.push(line), signal)
			.then((isWell) => {
				ended = isWell;
			});
		await pass(ms);
		return ended;
	};
	return { drill, lines, does };
}

describe("before the primary is taken down", () => {
	test("writes must be acknowledged, and the forecast must be the approved one", async () => {
		const { does, lines, drill } = drillOn(new FakePair());
		expect(await does("writes", 3000)).toBe(true);
		expect(lines).toEqual([
			expect.stringMatching(/^\d+ writes are acknowledged$/),
			"the forecast is as it was",
		]);
		drill.close();
	});

	test("the drill fails if no writes are acknowledged, and says why", async () => {
		const pair = new FakePair();
		pair.down.add("node1");
		const { does, lines, drill } = drillOn(pair);
		expect(await does("writes", 16_000)).toBe(false);
		expect(lines.join()).toMatch(/too few writes.*A fault of kind refused/);
		drill.close();
	});

	test("the drill fails if another standby would be promoted by now", async () => {
		const other = snapshot.forecast && { ...snapshot.forecast, promotedNodeIds: [3] };
		const { does, lines, drill } = drillOn(new FakePair(), other);
		expect(await does("writes", 3000)).toBe(false);
		expect(lines.join()).toMatch(/the forecast has changed/);
		drill.close();
	});
});

describe("the election", () => {
	test("ends with the first write to another server", async () => {
		const pair = new FakePair();
		const { does, lines, drill } = drillOn(pair);
		await does("writes", 3000);
		pair.stop("node1");
		expect(await does("election", 5000)).toBe("goes on");
		pair.primary = "node2";
		await pass(500);
		expect(lines.at(-1)).toMatch(/^writes are acknowledged again, 5\.\d\d s after the last one$/);
		drill.close();
	});

	test("fails after its time", async () => {
		const pair = new FakePair();
		const { does, lines, drill } = drillOn(pair);
		await does("writes", 3000);
		pair.stop("node1");
		expect(await does("election", 19_000)).toBe("goes on");
		await pass(1500);
		expect(lines.at(-1)).toBe("no standby was promoted within 20 s");
		drill.close();
	});

	test("fails if the old primary comes back by itself", async () => {
		const pair = new FakePair();
		const { does, lines, drill } = drillOn(pair);
		await does("writes", 3000);
		pair.stop("node1");
		expect(await does("election", 6000)).toBe("goes on");
		pair.start("node1");
		await pass(1000);
		expect(lines.at(-1)).toMatch(/^the old primary acknowledges writes again/);
		drill.close();
	});
});

test("missing writes are counted on the present primary; without one there is no figure", async () => {
	const pair = new FakePair();
	const { does, lines, drill } = drillOn(pair);
	await does("writes", 3000);
	const [first = 0] = pair.rows;
	pair.rows.delete(first);
	expect(await does("measure", 1000)).toBe(true);
	expect(lines.at(-1)).toMatch(/^of \d+ acknowledged writes 1 are missing$/);
	drill.close();
});

test("a resumed drill measures nothing, and says so", async () => {
	const drill = new Drill({
		nodeId: 1,
		end: { pausedBefore: [], suffix: "-x" },
		watch: { snapshot: () => snapshot, until: () => Promise.resolve(snapshot) },
		facts: () => Promise.resolve(factsOf()),
		log: () => [],
		probe: null,
		planned: null,
		...NEITHER,
	});
	const lines: string[] = [];
	const work = drill.work("measure-x");
	expect(await work?.((line) => lines.push(line), new AbortController().signal)).toBe(true);
	expect(lines[0]).toMatch(/^not measured: .*this machine has no record/);
	expect(drill.work("writes")).toBeUndefined();
	expect((await drill.replan()).map(({ key }) => key)).toEqual([
		...["measure-x", "drop-probe-x", "health-x", "witness-4-x"],
	]);
});

test("the recovery waits for a while until every server that may be the primary answers", async () => {
	const gone = { fault: { kind: "refused" } } as const;
	const stopped = { 1: { look: { postmaster: false } } } as const;
	const halfSeen = factsOf(stopped, { 1: gone, 2: { fault: { kind: "unreachable" } } });
	const promoted = factsOf(stopped, {
		1: gone,
		2: { server: { inRecovery: false, walReceiver: null, currentLsn: "0/6000000", timeline: 2 } },
	});
	let looks = 0;
	const drill = new Drill({
		nodeId: 1,
		end: { pausedBefore: [], suffix: "" },
		watch: { snapshot: () => snapshot, until: () => Promise.resolve(snapshot) },
		facts: () => Promise.resolve(++looks < 4 ? halfSeen : promoted),
		log: () => [],
		probe: null,
		planned: null,
		...NEITHER,
	});
	expect((await drill.replan()).map(({ key }) => key)).toContain("rejoin");
	expect(looks).toBe(4);
	// It never answers: repmgrd is paused for a second reading, and then no server is started.
	looks = Number.NEGATIVE_INFINITY;
	expect((await drill.replan()).map(({ key }) => key)).toContain("second-look");
	expect(await drill.replan()).toEqual([]);
});

describe("a drill whose console is killed", () => {
	const INTENT = { kind: "drill", nodeId: 1, how: "stop" } as const;
	const STATE = {
		...{
			operationId: "op",
			who: "alice",
			startedAt: 0,
			outcome: "done",
			rejoinLogs: [],
			notes: [],
			steps: [],
		},
		plan: { cluster: "prod", nodes: [] },
	} as unknown as RunState;
	/** node2 is the primary now, and repmgr noted that. */
	const promoted = {
		...snapshot,
		cluster: { ...snapshot.cluster, primaryNodeId: 2 },
	};
	let directory: string;
	beforeEach(() => {
		directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
	});
	afterEach(() => rmSync(directory, { recursive: true }));

	function resumedOn(pair: FakePair, path: string, log: readonly LogEntry[] = []) {
		const past = readDrillRecord(path);
		const drill = new Drill({
			nodeId: 1,
			end: { pausedBefore: [], suffix: "-x" },
			watch: { snapshot: () => promoted, until: () => Promise.resolve(promoted) },
			facts: () => Promise.resolve(factsOf()),
			log: () => log,
			probe: past && WriteProbe.recorded(pair.query, TARGETS, past),
			planned: null,
			record: new DrillRecord(path),
			resumed: { intent: INTENT, past },
		});
		const measure = async (): Promise<void> => {
			await drill.work("measure-x")?.(() => {}, new AbortController().signal);
		};
		return { drill, measure };
	}

	test("leaves what it knew: lost writes are counted, and the outage is told as far as it was seen", async () => {
		const path = join(directory, "drill.jsonl");
		const pair = new FakePair();
		const { does } = drillOn(pair, snapshot.forecast, new DrillRecord(path));
		await does("writes", 3000);
		pair.stop("node1");
		const stoppedAt = Date.now();
		await does("election", 4000);
		// Killed: half a line is written, and it does nothing more.
		appendFileSync(path, "[99,1,");
		pair.primary = "node2";
		const [first = 0] = pair.rows;
		pair.rows.delete(first);

		const log = [
			{
				...({
					source: "repmgr",
					nodeId: 2,
					event: "standby_promote",
					successful: true,
					details: "",
				} as const),
				timestamp: new Date(stoppedAt + 6000).toISOString(),
			},
		];
		const { drill, measure } = resumedOn(pair, path, log);
		await measure();
		const report = drill.report(STATE);
		expect(report?.came).toMatchObject({ winner: "node2", lostWrites: 1, writeOutageSeconds: null });
		expect(report?.came.acknowledgedWrites).toBe(pair.rows.size + 1);
		expect(report?.came.secondsToPrimary).toBeCloseTo(6, 0);
		expect(report?.predicted.winner).toBe("node2");
		expect(report?.notKnown).toEqual([
			expect.stringMatching(
				/^How long no write was acknowledged: .* killed [34]\.\d s after the last one.*at least as long\. repmgr noted the promotion 6\.\d s after/,
			),
		]);
		expect(existsSync(path)).toBe(false);
		drill.close();
	});

	test("has the whole outage, if it was killed later", async () => {
		const path = join(directory, "drill.jsonl");
		const pair = new FakePair();
		const { does } = drillOn(pair, snapshot.forecast, new DrillRecord(path));
		await does("writes", 3000);
		pair.stop("node1");
		await does("election", 4000);
		pair.primary = "node2";
		await pass(500);
		const { drill, measure } = resumedOn(pair, path);
		await measure();
		const report = drill.report(STATE);
		expect(report?.came.writeOutageSeconds).toBeCloseTo(4, 0);
		expect(report).toMatchObject({ came: { winner: "node2", lostWrites: 0 }, notKnown: [] });
		drill.close();
	});

	test("without its record only the new primary is known, and that is said", async () => {
		const { drill, measure } = resumedOn(new FakePair(), join(directory, "none"));
		await measure();
		const report = drill.report(STATE);
		expect(report?.came).toMatchObject({ winner: "node2", acknowledgedWrites: null, lostWrites: null });
		expect(report?.notKnown?.join(" ")).toContain("only its machine has the record");
		const text = report === null ? "" : drillReportText(report);
		expect(text).toMatch(/Nothing was measured: .*this machine has no record/);
		expect(text).toMatch(/Not known:\n {2}- How long/);
	});
});
