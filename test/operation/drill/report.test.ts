import { describe, expect, test } from "vitest";
import { outageOf } from "../../../src/execution/write-probe.ts";
import { type DrillMaterial, drillReport, type Measured } from "../../../src/operation/drill/report.ts";
import { drillReportMarkdown, drillReportText } from "../../../src/presentation/drill-report.ts";
import { NOW } from "../../support/records.ts";
import { foreseen } from "../../support/worlds.ts";

const snapshot = foreseen();

const MEASURED: Measured = {
	acknowledged: 300,
	lastBefore: NOW + 1000,
	successorSeen: NOW + 5400,
	firstAfter: { at: NOW + 5500, nodeId: 2 },
	longestPauseMs: 40,
	longestSilenceMs: 60,
	missing: 0,
};

const report = (measured: Partial<Measured> = {}, more: Partial<DrillMaterial> = {}) =>
	drillReport({
		intent: { kind: "drill", nodeId: 1, how: "stop" },
		cluster: "prod",
		beganAt: NOW,
		forecast: snapshot.forecast,
		measured: { ...MEASURED, ...measured },
		moments: [{ at: NOW + 5500, by: "this console", text: "the first write after" }],
		events: [],
		isHealthy: true,
		snapshot,
		...more,
	});

describe("a drill's report", () => {
	test("counts from the last write acknowledged before the outage", () => {
		const { came, timeline } = report();
		expect(came).toMatchObject({
			winner: "node2",
			secondsToPrimary: 4.4,
			writeOutageSeconds: 4.5,
			lostWrites: 0,
		});
		expect(timeline).toEqual([
			{ at: NOW + 5500, by: "this console", text: "the first write after", seconds: 4.5 },
		]);
	});

	test("has no figures for what did not happen", () => {
		const { came, advice } = report({ successorSeen: null, firstAfter: null, missing: null });
		expect(came).toMatchObject({
			winner: null,
			secondsToPrimary: null,
			writeOutageSeconds: null,
			lostWrites: null,
		});
		expect(advice[0]).toMatch(/^No standby was promoted, although node2 was forecast/);
		const text = drillReportText(report({ successorSeen: null, firstAfter: null, missing: null }));
		expect(text).toMatch(/new primary +node2 +none/);
		expect(text).toMatch(/write outage +.* not seen/);
		expect(text).toMatch(/lost +.* not measured/);
		expect(text).not.toMatch(/null|NaN|undefined/);
	});

	test("advises on lost writes, an unexpected winner, and a slow election", () => {
		expect(report({ missing: 3 }).advice.join()).toMatch(/3 acknowledged writes are lost/);
		const other = report({ firstAfter: { at: NOW + 5500, nodeId: 3 } });
		expect(other.advice[0]).toMatch(/^node3 was promoted, not node2/);
		const most = snapshot.forecast?.seconds?.crash.most ?? 0;
		const slow = report({ successorSeen: NOW + 1000 + (most + 5) * 1000 });
		expect(slow.advice.join()).toMatch(/It took 5\.0 s longer than forecast/);
		expect(report().advice.join()).not.toMatch(/longer than forecast|lost/);
	});

	test("calls its times upper bounds and blames no node if no server answered the console", () => {
		const blind = report({
			successorSeen: NOW + 60_000,
			firstAfter: { at: NOW + 60_100, nodeId: 2 },
			longestSilenceMs: 50_000,
		});
		expect(drillReportText(blind)).toMatch(/write outage +.* 59\.10 s at most/);
		expect(drillReportText(blind)).toMatch(/No server answered this console for 50\.00 s/);
		expect(blind.advice.join()).not.toMatch(/longer than forecast/);
		expect(drillReportText(report())).not.toMatch(/at most$|upper bounds/m);
	});

	test("leaves out earlier events, and keeps the Markdown table intact", () => {
		const entry = { source: "repmgr", nodeId: 2, event: "standby_promote", successful: true } as const;
		const at = (ms: number) => new Date(NOW + ms).toISOString().replace("Z", "000Z");
		const events = [
			{ ...entry, timestamp: at(-5000), details: "long ago" },
			{ ...entry, timestamp: at(6000), details: "a | b" },
		];
		const text = drillReportMarkdown(report({}, { events }));
		expect(text).toContain("+5.00 s  repmgr: node2: standby_promote: a | b");
		expect(text).not.toContain("long ago");
		expect(text).toContain("| write outage |");
	});
});

describe("the outage", () => {
	const write = (at: number, nodeId: number) => ({ id: at, nodeId, at });

	test("lies between writes to two servers; the longest other pause is reported apart", () => {
		const { before, after, longestPauseMs } = outageOf(
			[write(0, 1), write(20, 1), write(90, 1), write(4000, 2), write(4100, 2)],
			1,
		);
		expect([before?.at, after?.at, longestPauseMs]).toEqual([90, 4000, 100]);
	});

	test("is unknown without a write before and after it", () => {
		expect(outageOf([], 1)).toEqual({ before: undefined, after: undefined, longestPauseMs: 0 });
		expect(outageOf([write(0, 1)], 1)).toMatchObject({ before: write(0, 1), after: undefined });
		expect(outageOf([write(0, 2)], 1)).toMatchObject({ before: undefined, after: write(0, 2) });
	});
});
