import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WriteProbe } from "../../src/execution/write-probe.ts";
import { FakePair } from "../support/fake-pair.ts";
import { parametersOf } from "../support/fake-query.ts";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

function open(pair: FakePair): WriteProbe {
	return new WriteProbe(pair.query, [
		{ nodeId: 1, parameters: { value: parametersOf("node1") } },
		{ nodeId: 2, parameters: { value: parametersOf("node2") } },
	]);
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("writes to whichever server is the primary, measures the outage, and counts missing writes", async () => {
	const pair = new FakePair();
	const probe = open(pair);
	probe.start(1);
	await pass(1000);
	expect(probe.count(1).by).toBeGreaterThan(20);
	pair.stop("node1");
	await pass(4000);
	expect(probe.measured).toMatchObject({ successorSeen: null, firstAfter: null });
	pair.primary = "node2";
	await pass(1000);
	const { lastBefore, firstAfter, successorSeen, longestPauseMs, longestSilenceMs } = probe.measured;
	// The standby answered all the time.
	expect(longestSilenceMs).toBeLessThan(200);
	expect(firstAfter?.nodeId).toBe(2);
	const outage = (firstAfter?.at ?? 0) - (lastBefore ?? 0);
	expect(outage).toBeGreaterThanOrEqual(4000);
	expect(outage).toBeLessThan(4100);
	expect(successorSeen).toBeLessThanOrEqual(firstAfter?.at ?? 0);
	expect(longestPauseMs).toBeLessThan(200);

	const stopping = probe.stop();
	await pass(100);
	await stopping;
	const { acknowledged } = probe.measured;
	await pass(1000);
	expect(probe.measured.acknowledged).toBe(acknowledged);
	expect(probe.measured.missing).toBe(null);
	pair.rows.delete(2);
	pair.rows.delete(3);
	expect(await probe.countMissing(2)).toEqual({ value: 2 });
	expect(probe.measured.missing).toBe(2);
	probe.close();
});

test("has a fault and no acknowledged writes while it can't write", async () => {
	const pair = new FakePair();
	pair.down.add("node1");
	const probe = open(pair);
	probe.start(1);
	await pass(1000);
	expect(probe.count(1)).toEqual({ by: 0, byOthers: 0 });
	expect(probe.fault?.kind).toBe("refused");
	const stopping = probe.stop();
	await pass(100);
	await stopping;
	probe.close();
});
