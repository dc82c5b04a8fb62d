import { describe, expect, test } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../support/facts.ts";
import type { Changes } from "../support/worlds.ts";

const ask = (intent: Intent, surveys: Readonly<Record<number, SurveyChanges>> = {}, changes: Changes = {}) =>
	request(intent, factsOf(surveys, changes));

describe("repmgrd", () => {
	test("is stopped by repmgr.conf's command only", () => {
		const conf = { repmgrd_service_stop_command: "sudo systemctl stop repmgrd" };
		const { plan } = ask({ kind: "repmgrd-stop", nodeId: 3 }, { 3: { look: { repmgrConf: conf } } });
		expect(plan?.steps[0]?.expects).toEqual([{ kind: "repmgrd", nodeId: 3, isRunning: false }]);
		expect(ask({ kind: "repmgrd-stop", nodeId: 3 }).refusal?.message).toMatch(
			/repmgrd_service_stop_command is set/,
		);
		expect(ask({ kind: "repmgrd-start", nodeId: 3 }).refusal?.message).toMatch(/runs already/);
	});
});
