import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/model/intent.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { SYSTEM_IDENTIFIER } from "../../support/records.ts";
import type { Changes } from "../../support/worlds.ts";

const ask = (intent: Intent, surveys: Readonly<Record<number, SurveyChanges>> = {}, changes: Changes = {}) =>
	request(intent, factsOf(surveys, changes));

const stopped = (state: string, systemIdentifier = SYSTEM_IDENTIFIER): SurveyChanges => ({
	look: {
		postmaster: false,
		controlData: { state, timeline: 1, checkpointLsn: "0/5000000", systemIdentifier },
	},
});

describe("start", () => {
	const lost: Changes = { 1: { fault: { kind: "refused" } } };

	test("of a primary that was shut down brings it back as the primary", () => {
		const { plan } = ask({ kind: "start", nodeId: 1 }, { 1: stopped("shut down") }, lost);
		expect(plan?.steps.map(({ expects }) => expects)).toEqual([
			[{ kind: "restarted", nodeId: 1 }],
			[{ kind: "primary", nodeId: 1 }],
		]);
	});

	test("of a former primary is refused once another was promoted", () => {
		const changes: Changes = {
			...lost,
			2: { server: { inRecovery: false, walReceiver: null, currentLsn: "0/6000000" } },
		};
		// In a crash recovery, e.g. one that ends for want of disk space, is a primary only.
		for (const state of ["shut down", "in production", "in crash recovery", "shutting down"]) {
			const { refusal } = ask({ kind: "start", nodeId: 1 }, { 1: stopped(state) }, changes);
			expect(refusal?.message, state).toMatch(/no second primary/);
		}
	});

	test("of data of another cluster is refused, but a witness has its own", () => {
		const { refusal } = ask({ kind: "start", nodeId: 1 }, { 1: stopped("shut down", "42") }, lost);
		expect([refusal?.detail, refusal?.hint]).toEqual([
			expect.stringContaining("system identifier is 42"),
			"Clone it again: clone node1",
		]);
		const down: Changes = { 4: { fault: { kind: "refused" } } };
		expect(ask({ kind: "start", nodeId: 4 }, { 4: stopped("shut down", "42") }, down).plan).toBeDefined();
	});

	test("of a former primary is refused while a standby can't be asked", () => {
		const changes: Changes = { ...lost, 2: { fault: { kind: "unreachable" } } };
		const { refusal } = ask({ kind: "start", nodeId: 1 }, { 1: stopped("shut down") }, changes);
		expect(refusal?.detail).toMatch(/"node2" can't be asked/);
	});

	test("of a standby does not check the other nodes", () => {
		const { plan } = ask(
			{ kind: "start", nodeId: 3 },
			{ 3: stopped("shut down in recovery") },
			{ 3: { fault: { kind: "refused" } } },
		);
		expect(plan?.steps[1]?.expects).toEqual([{ kind: "streaming", nodeId: 3, fromNodeId: 1 }]);
	});

	test("of a running server is refused", () => {
		expect(ask({ kind: "start", nodeId: 2 }).refusal?.detail).toMatch(/It runs/);
	});
});
