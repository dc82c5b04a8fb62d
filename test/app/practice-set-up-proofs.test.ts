import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ComposedPractice, composePractice } from "../../src/app/practice.ts";
import { openFirstSetUp } from "../../src/app/practice-set-up.ts";
import type { NewClusterWork } from "../../src/session/new-cluster.ts";
import { settled } from "../support/fake-cluster.ts";
import { NOW } from "../support/records.ts";

let composed: ComposedPractice;
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
	const { value } = composePractice(client, "first-set-up", 10);
	if (value === undefined) throw new Error("no scenario");
	composed = value;
});
afterEach(() => {
	composed.close();
	vi.useRealTimers();
	expect(composed.cluster.unknown).toEqual([]);
});

/** The work's end on a cluster that is made with these answers. */
async function ended(answers: Readonly<Record<string, string>>): Promise<NewClusterWork> {
	const cluster = openFirstSetUp(composed);
	for (const [key, answer] of Object.entries(answers)) expect(cluster.answer(key, answer), key).toBeNull();
	const until = async (isThere: (work: NewClusterWork) => boolean): Promise<void> => {
		for (let turn = 0; !isThere(cluster.store.getState().work); turn++) {
			if (turn > 1000) throw new Error(JSON.stringify(cluster.store.getState().work));
			await vi.advanceTimersByTimeAsync(100);
		}
	};
	cluster.survey();
	await until(({ state }) => state === "planned" || state === "refused");
	cluster.carryOut(false);
	await settled(cluster.settled());
	cluster.close();
	return cluster.store.getState().work;
}

test.each([
	{ what: "without TLS and with trust", more: { tls: "off", authentication: "trust" }, isSolved: true },
	{
		what: "with other names, other ids and failover by hand",
		more: {
			...{ names: "a b c w", ids: "11 12 13 14", "failover.mode": "manual" },
			...{ "repmgr.user": "rep", "repmgr.database": "meta", "console.user": "eye" },
		},
		isSolved: true,
	},
	{
		what: "of three of the hosts, another one first",
		more: { template: "two-and-witness", hosts: "pg3 pg2 witness" },
		isSolved: false,
	},
])("a cluster $what is proved by the console itself", async ({ more, isSolved }) => {
	const work = await ended({ template: "three-and-witness", hosts: "pg1 pg2 pg3 witness", ...more });
	if (work.state !== "ended") throw new Error(JSON.stringify(work));
	expect(work.proofs.filter(({ isOk }) => !isOk)).toEqual([]);
	expect(work.proofs.map(({ title }) => title)).toContain("configuration has no warning");
	expect(work.report).toContain("goes when the practice ends");
	expect(work.watchLine).toBeNull();
	expect(composed.practice.state().isSolved).toBe(isSolved);
});
