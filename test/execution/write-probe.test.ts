import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WriteProbe } from "../../src/execution/write-probe.ts";
import type { Query, QuerySession } from "../../src/transport/ports.ts";
import { fault, parametersOf } from "../support/fake-query.ts";

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

const REFUSED = fault("refused");

/** Two servers with a table each that may be the primary, or down; who writes to a standby fails the test. */
class Pair {
	primary: string | null = "node1";
	readonly down = new Set<string>();
	readonly rows = new Set<number>();
	readonly #open: { host: string; lose: () => void }[] = [];

	readonly query: Query = {
		knock: () => Promise.reject(new Error("nobody knocks here")),
		connect: ({ host }) => Promise.resolve(this.down.has(host) ? REFUSED : { value: this.#session(host) }),
	};

	stop(host: string): void {
		this.down.add(host);
		if (this.primary === host) this.primary = null;
		for (const session of this.#open) if (session.host === host) session.lose();
	}

	#session(host: string): QuerySession {
		let lost = (): void => {};
		this.#open.push({ host, lose: () => lost() });
		return {
			query: (statement, values) => {
				if (this.down.has(host)) return Promise.resolve(REFUSED);
				if (statement.text.includes("pg_is_in_recovery")) {
					return Promise.resolve({ value: [{ is_primary: this.primary === host }] });
				}
				if (statement.text.startsWith("INSERT")) {
					if (this.primary !== host) throw new Error("a write to a standby");
					this.rows.add(Number(values[0]));
					return Promise.resolve({ value: [] });
				}
				const ids = String(values[0]).slice(1, -1).split(",").map(Number);
				return Promise.resolve({
					value: ids.filter((id) => !this.rows.has(id)).map((id) => ({ id })),
				});
			},
			onLost: (listener) => {
				lost = () => listener(REFUSED.fault);
			},
			close: () => {},
		};
	}
}

function open(pair: Pair): WriteProbe {
	return new WriteProbe(pair.query, [
		{ nodeId: 1, parameters: { value: parametersOf("node1") } },
		{ nodeId: 2, parameters: { value: parametersOf("node2") } },
	]);
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("follows the primary, measures the time without one, and counts what is missing", async () => {
	const pair = new Pair();
	const probe = open(pair);
	probe.start(1);
	await pass(1000);
	expect(probe.count(1).by).toBeGreaterThan(20);
	pair.stop("node1");
	await pass(4000);
	expect(probe.measured).toMatchObject({ successorSeen: null, firstAfter: null });
	pair.primary = "node2";
	await pass(1000);
	const { lastBefore, firstAfter, successorSeen, longestPauseMs } = probe.measured;
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

test("that can't write says why, and acknowledges nothing", async () => {
	const pair = new Pair();
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
