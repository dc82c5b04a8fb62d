import { describe, expect, test } from "vitest";
import { incidentOf } from "../../src/assess/incident.ts";
import { withoutTime } from "../../src/assess/incident-entries.ts";
import { watchedOf } from "../../src/assess/watched.ts";
import { walReplayPaused } from "../../src/diagnosis/rules/wal-replay-paused.ts";
import { findingKey } from "../../src/model/finding.ts";
import type { FoundLine } from "../../src/model/found-lines.ts";
import type { IncidentMaterial } from "../../src/model/incident.ts";
import { repmgrEntry } from "../../src/model/log-entry.ts";
import type { ClusterSnapshot } from "../../src/model/snapshot.ts";
import { incidentReport } from "../../src/presentation/incident-report.ts";
import { AFTER_FAILOVER, EVENTS, FAILED_OVER, readingsOf, timelinesIn } from "../support/timelines.ts";
import { judge, worldOf } from "../support/worlds.ts";

const at = (time: string): number => Date.parse(`2026-11-30T${time}Z`);
const line = (of: FoundLine["of"], time: string, text: string): FoundLine => ({ of, at: at(time), text });

const { snapshot } = worldOf({});

function material(changes: Partial<IncidentMaterial> = {}): IncidentMaterial {
	return {
		madeAt: at("08:00:00"),
		range: { from: at("07:00:30"), to: at("07:30:00") },
		snapshot,
		timelines: timelinesIn(FAILED_OVER, readingsOf(AFTER_FAILOVER)),
		events: EVENTS.map(repmgrEntry),
		logs: [],
		operations: [],
		watched: null,
		unread: [],
		...changes,
	};
}

/** The snapshot with the clock of a node so many seconds ahead. */
function withClock(nodeId: number, seconds: number, of: ClusterSnapshot = snapshot): ClusterSnapshot {
	return {
		...of,
		nodes: of.nodes.map((node) => {
			const value = node.state.server.good?.value;
			if (value === undefined) return node;
			const clockOffsetMs = node.nodeId === nodeId ? 1000 * seconds : 0;
			const server = {
				good: { value: { ...value, clockOffsetMs, roundTripMs: 2 }, at: of.takenAt },
				fault: null,
			};
			return { ...node, state: { ...node.state, server } };
		}),
	};
}

describe("the entries", () => {
	const logs = [
		{
			nodeId: 2,
			found: {
				value: {
					lines: [
						line(
							"postgresql",
							"07:00:40",
							"FATAL:  terminating connection due to unexpected postmaster exit",
						),
					],
					notes: [],
				},
			},
		},
		{
			nodeId: 3,
			found: {
				value: {
					lines: [line("repmgrd", "07:00:50", "[NOTICE] promotion candidate is x")],
					notes: ["repmgrd's log begins at 06:00"],
				},
			},
		},
	];

	test("are in one order by this machine's clock: what a host's clock is ahead is taken off", () => {
		const told = incidentOf(material({ logs, snapshot: withClock(3, 15) })).entries.filter(
			({ by }) => by !== "repmgr.events" && by !== "history file",
		);
		expect(told.map(({ nodeId, at: time, movedMs }) => [nodeId, time, movedMs])).toEqual([
			[3, at("07:00:35"), 15_000],
			[2, at("07:00:40"), 0],
		]);
	});

	test("say what a line means, and which host's clock is not known", () => {
		const [first] = incidentOf(
			material({ logs: logs.slice(0, 1), snapshot: { ...snapshot, nodes: [] } }),
		).entries.filter(({ by }) => by === "PostgreSQL");
		expect(first).toMatchObject({
			movedMs: null,
			isTrouble: true,
			meaning: expect.stringContaining("it was killed"),
		});
	});

	test("are told once where the same comes again and again", () => {
		const lines = [10, 15, 20].map((second) =>
			line(
				"postgresql",
				`07:01:${second}`,
				`FATAL:  could not connect to the primary server: port 543${second}`,
			),
		);
		const found = { value: { lines, notes: [] } };
		const { entries } = incidentOf(material({ logs: [{ nodeId: 3, found }] }));
		expect(entries.filter(({ by }) => by === "PostgreSQL")).toMatchObject([
			{ at: at("07:01:10"), until: at("07:01:20"), count: 3 },
		]);
	});

	test("what could not be read is said, with its node", () => {
		const fault = { kind: "timeout", message: "no answer" } as const;
		const { unread } = incidentOf(material({ logs: [...logs, { nodeId: 4, found: { fault } }] }));
		expect(unread.join("\n")).toMatch(
			/node3: repmgrd's log begins at 06:00\n.*its logs can't be read: no answer/,
		);
	});
});

test("a failover: from the node that the events name, by repmgrd, with its outage by the logs of both", () => {
	const found = (...lines: readonly FoundLine[]) => ({ value: { lines, notes: [] } });
	const { changes } = incidentOf(
		material({
			logs: [
				{ nodeId: 2, found: found(line("postgresql", "07:00:35", "LOG:  received fast shutdown request")) },
				{
					nodeId: 1,
					found: found(
						line("postgresql", "07:00:42.5", "LOG:  database system is ready to accept connections"),
					),
				},
			],
		}),
	);
	expect(changes).toMatchObject([
		{ fromNodeId: 2, toNodeId: 1, promotion: { cause: "failover" }, outages: [{ how: "logs", ms: 7500 }] },
	]);
});

test.each([
	["2026-11-30 15:42:47.663 UTC [26] LOG:  received", "LOG:  received"],
	["[2026-11-30 15:42:43] [WARNING] unable", "[WARNING] unable"],
	["2026-11-30 15:42:47 -03 [26] LOG:  x", "LOG:  x"],
	["no time at all", "no time at all"],
])("%j without its time", (text, rest) => {
	expect(withoutTime(text)).toBe(rest);
});

test("nothing that was read can form the report: names, events and lines are text", () => {
	const evil = "x | <img src=a> [a](b) `c`\n# head\x1b[31m";
	const named = { ...snapshot, nodes: snapshot.nodes.map((node) => ({ ...node, nodeName: evil })) };
	const told = material({
		snapshot: { ...named, cluster: { ...named.cluster, name: evil } },
		events: [{ ...repmgrEntry(EVENTS[0] as (typeof EVENTS)[number]), details: evil, event: evil }],
		logs: [
			{
				nodeId: 1,
				found: {
					value: {
						lines: [line("repmgrd", "07:01:00", `[NOTICE] election cancelled ${evil}`)],
						notes: [evil],
					},
				},
			},
		],
	});
	const text = incidentReport(told, incidentOf(told));
	expect(text).not.toContain("\x1b");
	expect(text).not.toMatch(/^# head/m);
	expect(text.replaceAll(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "")).not.toMatch(/<img|(?<!\\)\[a\]/);
	for (const row of text.split("\n").filter((one) => one.startsWith("| 2026")))
		expect(row.replaceAll("\\|", "").split("|")).toHaveLength(6);
});

describe("what a console saw", () => {
	test("a finding has its beginning, its worst severity and its end; one from before says so", () => {
		const [finding] = worldOf({}).snapshot.findings;
		const seen = (second: number, severities: readonly ("warning" | "critical")[]): ClusterSnapshot => ({
			...snapshot,
			takenAt: at("07:00:00") + 1000 * second,
			findings: severities.map((severity, node) => ({
				...{ code: "STANDBY_DOWN" as const, severity, nodeId: node + 2, message: `node ${node + 2} is down` },
				...{ detail: "", hint: "", evidence: [], remedy: null, doNot: null },
				...finding,
			})),
		});
		const watched = watchedOf(
			[
				seen(0, ["warning"]),
				seen(10, ["warning", "warning"]),
				seen(11, ["warning", "critical"]),
				seen(20, ["warning"]),
			],
			() => [],
		);
		expect(watched?.findings).toMatchObject([
			{ nodeId: 2, severity: "warning", since: at("07:00:00"), isExact: false, until: null },
			{ nodeId: 3, severity: "critical", since: at("07:00:10"), isExact: true, until: at("07:00:20") },
		]);
	});

	test("a finding goes on while another one explains it; one that can't be read any more has no seen end", () => {
		const paused = judge(walReplayPaused, worldOf({ 2: { server: { replayPaused: true } } }));
		const unread = worldOf({ 2: { fault: {} } }).snapshot.nodes;
		const steps: readonly Partial<ClusterSnapshot>[] = [
			{ findings: paused },
			{ explained: paused.map(findingKey), nodes: unread },
			{ nodes: unread },
		];
		const watched = watchedOf(
			steps.map((step, second) => ({ ...snapshot, takenAt: at("07:00:00") + 1000 * second, ...step })),
			() => [],
		);
		expect(watched?.findings).toMatchObject([
			{ code: "WAL_REPLAY_PAUSED", until: at("07:00:02"), unread: ["node2"] },
		]);
		expect(incidentReport(material({ watched }), incidentOf(material({ watched })))).toContain(
			"07:00:02.000 (2.0 s): end not seen, node2 unread",
		);
	});

	test("nothing, without a snapshot", () => {
		expect(watchedOf([], () => [])).toBeNull();
	});
});
