import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/model/intent.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import type { Changes } from "../../support/worlds.ts";

const ask = (intent: Intent, surveys: Readonly<Record<number, SurveyChanges>> = {}, changes: Changes = {}) =>
	request(intent, factsOf(surveys, changes));

describe("restart", () => {
	test("of a primary pauses repmgrd meanwhile, and needs its name", () => {
		const { plan } = ask({ kind: "restart", nodeId: 1 });
		expect(plan?.steps.map(({ key }) => key)).toEqual([
			...[1, 2, 3, 4].map((id) => `pause-${id}`),
			...["restart", "in-place"],
			...[1, 2, 3, 4].map((id) => `unpause-${id}`),
		]);
		expect(plan?.confirmation).toEqual({ kind: "name", name: "node1" });
	});

	test("of a standby ends when it answers; a further step watches it stream again", () => {
		const { plan } = ask({ kind: "restart", nodeId: 2 });
		expect(plan?.steps.map(({ key, expects }) => [key, ...expects])).toEqual([
			["restart", { kind: "restarted", nodeId: 2 }],
			["in-place", { kind: "streaming", nodeId: 2, fromNodeId: 1 }],
		]);
	});
});
