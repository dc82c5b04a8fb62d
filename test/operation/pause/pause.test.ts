import { describe, expect, test } from "vitest";
import type { Intent } from "../../../src/model/intent.ts";
import { request } from "../../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { repmgrd, SYSTEM_IDENTIFIER } from "../../support/records.ts";
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

	test("write on every host who pauses, why and until when, before they pause it", () => {
		const until = "2026-11-23T06:00Z";
		const { plan } = ask({ kind: "pause", reason: "patching", until });
		const { argv, shown } = plan?.steps[0]?.command ?? { argv: [] };
		expect(argv.slice(0, 2)).toEqual(["sh", "-c"]);
		expect(argv[2]).toMatch(/^umask 077; .* && shift 2 && exec "\$@"$/);
		expect(argv[4]).toBe(`pause-${SYSTEM_IDENTIFIER}-1.json`);
		expect(JSON.parse(argv[5] ?? "")).toMatchObject({
			nodeId: 1,
			reason: "patching",
			until: Date.parse(until),
		});
		expect(shown?.at(-1)).toContain("repmgrd_pause(true)");
		expect(JSON.stringify(plan?.prerequisites)).toContain("From 06:00 UTC on every console reminds");
	});

	test.each([
		["at six", '"at six" is neither a time nor a duration'],
		["2026-11-23T04:00Z", "its end, 04:00 UTC, is over"],
	])("end at a time to come: %s", (until, message) => {
		expect(ask({ kind: "pause", reason: "", until }).refusal?.message).toContain(message);
	});

	test("renew only what the hosts say where all are paused already", () => {
		const paused = { server: { repmgrd: repmgrd({ paused: true }) } };
		const everywhere = { 1: paused, 2: paused, 3: paused, 4: paused };
		expect(ask({ kind: "pause", reason: "" }, {}, everywhere).refusal?.message).toMatch(/paused everywhere/);
		const { plan } = ask({ kind: "pause", reason: "more time" }, {}, everywhere);
		expect(plan?.steps.map(({ key }) => key)).toEqual(["note-1", "note-2", "note-3", "note-4"]);
		const undone = ask({ kind: "unpause", reason: "" }, {}, everywhere).plan?.steps[0]?.command.argv ?? [];
		expect(undone[2]).toBe(
			'name=$1; shift; "$@" && set -- "$name" && rm -f "$HOME/.local/state/repmgr-console/$1"',
		);
		expect(undone.at(-1)).toContain("repmgrd_pause(false)");
	});

	test("are refused where they would change nothing", () => {
		expect(ask({ kind: "unpause", reason: "" }).refusal?.message).toBe("repmgrd is paused nowhere already");
	});
});
