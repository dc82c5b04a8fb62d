import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/model/intent.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import type { Changes } from "../../support/worlds.ts";

const ask = (intent: Intent, surveys: Readonly<Record<number, SurveyChanges>> = {}, changes: Changes = {}) =>
	request(intent, factsOf(surveys, changes));

describe("pause and unpause", () => {
	test("need psql to log in on every host without a password prompt", () => {
		const logins = (said: string | null) => new Map([1, 2, 3, 4].map((id) => [id, id === 3 ? said : null]));
		const asked = (said: string | null) =>
			request({ kind: "pause", reason: "" }, { ...factsOf(), psqlLogins: logins(said) });
		expect(asked(null).plan).toBeDefined();
		const failure = asked("fe_sendauth: no password supplied").refusal?.prerequisites.find(
			({ state }) => state === "failed",
		);
		expect(failure).toMatchObject({ title: 'psql logs in on "node3"' });
		expect(failure?.found).toContain("no password supplied");
		expect(failure?.fix).toContain('"node3:5432:repmgr:repmgr:PASSWORD" into ~/.pgpass of postgres');
	});

	test("change only the nodes that need it, and restore nothing", () => {
		const { plan } = ask({ kind: "pause", reason: "patching" });
		expect(plan?.steps.map(({ key, runs }) => [key, runs])).toEqual(
			[1, 2, 3, 4].map((id) => [`pause-${id}`, "in order"]),
		);
		expect(plan?.pausedBefore).toEqual([]);
	});

	test("are refused where they would change nothing", () => {
		expect(ask({ kind: "unpause", reason: "" }).refusal?.message).toBe("repmgrd is paused nowhere already");
	});
});
