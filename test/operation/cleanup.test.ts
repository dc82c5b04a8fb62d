import { describe, expect, test } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../support/facts.ts";
import type { Changes } from "../support/worlds.ts";

const ask = (intent: Intent, changes: Changes = {}, surveys: Readonly<Record<number, SurveyChanges>> = {}) =>
	request(intent, factsOf(surveys, changes));

const argvOf = (...asked: Parameters<typeof ask>) =>
	ask(...asked).plan?.steps.map(({ command: { nodeId, argv } }) => [nodeId, ...argv.slice(3)].join(" "));

const GONE = { fault: { kind: "refused" } } as const;

describe("cleanup", () => {
	test("has no dry run, which repmgr would carry out, and reads the table afterwards", () => {
		const { plan } = ask({ kind: "cleanup", keepDays: 30 });
		expect(plan?.steps.map(({ key }) => key)).toEqual(["cleanup", "look"]);
		expect(plan?.steps[0]?.command.argv.slice(3)).toEqual(["cluster", "cleanup", "--keep-history=30"]);
		expect(plan?.steps[1]?.command.argv.at(-1)).toContain("interval '30 days 1 hour'");
		expect(plan?.prerequisites.find(({ title }) => title.startsWith("the size"))?.found).toBe("10 MB.");
		expect(argvOf({ kind: "cleanup", keepDays: 0 })?.[0]).toBe("1 cluster cleanup");
	});

	test("is refused without a primary", () => {
		expect(ask({ kind: "cleanup", keepDays: 0 }, { 1: GONE }).refusal?.message).toMatch(/no primary is seen/);
	});
});
