import { describe, expect, test } from "vitest";
import type { JournalEntry, JournalEvent } from "../../src/execution/journal.ts";
import { pastRun } from "../../src/execution/past-run.ts";
import type { Plan } from "../../src/operation/plan/plan.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf } from "../support/facts.ts";
import { NOW } from "../support/records.ts";

const PLAN = request(
	{ kind: "switchover", nodeId: 2, siblingsFollow: true, forceRewind: false, acceptLostSlots: false },
	factsOf(),
).plan as Plan;

const who = { osUser: "anna", host: "bastion", sshFrom: null, pid: 42 };
const of = { schema: 1, operationId: "op-1", cluster: "prod", systemIdentifier: "7", who } as const;

/** As they come back from the file, one second apart. */
function entries(...events: readonly JournalEvent[]): readonly JournalEntry[] {
	return events.map((event, position) => ({
		...of,
		...(JSON.parse(JSON.stringify(event)) as JournalEvent),
		at: new Date(NOW + position * 1000).toISOString(),
	}));
}

const started = (step: string): JournalEvent => ({
	event: "started",
	step,
	nodeId: 2,
	user: "postgres",
	argv: [],
});
const ended = (event: "done" | "failed", step: string, output = ""): JournalEvent => ({
	event,
	step,
	exitCode: event === "done" ? 0 : 18,
	output,
	notes: event === "done" ? [] : ["it ended with 18"],
});

test("is put together from the journal: steps with their times, output and notes, and the end", () => {
	const [first, second] = PLAN.steps.map(({ key }) => key) as [string, string];
	const { value } = pastRun(
		entries(
			{ event: "approved", plan: PLAN },
			started(first),
			ended("done", first, "INFO: fine"),
			started(second),
			ended("failed", second),
			{ event: "ended", outcome: "failed", notes: ["the lock on node 3 could not be released"] },
		),
		"op-1",
	);
	expect(value).toMatchObject({
		outcome: "failed",
		endedAt: NOW + 5000,
		run: {
			operationId: "op-1",
			who: "anna on bastion",
			startedAt: NOW,
			notes: ["the lock on node 3 could not be released"],
		},
	});
	const [one, two, three] = value?.run.steps ?? [];
	expect(one).toMatchObject({
		status: "done",
		startedAt: NOW + 1000,
		endedAt: NOW + 2000,
		output: "INFO: fine",
	});
	expect(two).toMatchObject({ status: "failed", exitCode: 18, notes: ["it ended with 18"] });
	expect(three).toMatchObject({ status: "waiting", startedAt: null });
	expect(value?.run.plan.steps.map(({ title }) => title)).toEqual(PLAN.steps.map(({ title }) => title));
});

test("keeps what ran, and takes the steps that were planned on the way", () => {
	const [first] = PLAN.steps.map(({ key }) => key) as [string];
	const later = { ...(PLAN.steps[0] as (typeof PLAN.steps)[0]), key: "rejoin", title: "rejoin it" };
	const { value } = pastRun(
		entries(
			{ event: "approved", plan: PLAN },
			started(first),
			ended("done", first),
			{ event: "looked again", steps: [later] },
			started("rejoin"),
		),
		"op-1",
	);
	expect(value?.outcome).toBe("interrupted");
	expect(value?.run.steps.map(({ step, status }) => [step.key, status])).toEqual([
		[first, "done"],
		["rejoin", "running"],
	]);
});

describe("is not shown", () => {
	test("if the journal does not have it", () => {
		expect(pastRun(entries({ event: "approved", plan: PLAN }), "op-2").fault?.message).toMatch(
			/begun elsewhere/,
		);
	});

	test("if its plan can't be understood; other entries that can't be are left out", () => {
		const plan = { ...PLAN, steps: [{ ...PLAN.steps[0], command: "rm -rf" }] } as unknown as Plan;
		expect(pastRun(entries({ event: "approved", plan }), "op-1").fault?.message).toMatch(/another version/);
		const odd = { event: "done", step: 7, output: {} } as unknown as JournalEvent;
		const { value } = pastRun(entries({ event: "approved", plan: PLAN }, odd), "op-1");
		expect(value?.run.steps.every(({ status }) => status === "waiting")).toBe(true);
	});
});
