import { expect, test } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../support/facts.ts";
import { everybodyLostIt } from "../support/reach.ts";
import type { Changes } from "../support/worlds.ts";

const DAMAGED: SurveyChanges = { host: { damagedByRepmgr: ["log_line_prefix", "archive_command"] } };

const stoppedWell: SurveyChanges = { look: { postmaster: false } };

const follow: Intent = { kind: "follow", nodeId: 3, upstreamNodeId: 2 };
const switchover: Intent = {
	kind: "switchover",
	nodeId: 2,
	siblingsFollow: true,
	forceRewind: false,
	acceptLostSlots: false,
};

/** repmgr standby follow, node rejoin and standby clone write postgresql.auto.conf again, and escape nothing. */
test.each<[string, Intent, number]>([
	["a follow", follow, 3],
	["a switchover's old primary", switchover, 1],
	["a switchover's sibling", switchover, 3],
])("%s is refused where repmgr would damage settings", (_, intent, nodeId) => {
	const { refusal } = request(intent, factsOf({ [nodeId]: DAMAGED }));
	expect(refusal?.detail).toContain(`log_line_prefix and archive_command there have a quote or backslash`);
	expect(refusal?.hint).toContain(
		`in psql on "node${nodeId}": ALTER SYSTEM RESET log_line_prefix; ALTER SYSTEM RESET archive_command;`,
	);
	// It is that node's: of the one that becomes the primary nothing is written.
	const other = intent === switchover ? 2 : 4;
	expect(request(intent, factsOf({ [other]: DAMAGED })).refusal?.detail ?? "").not.toContain("quote");
});

test("a promotion warns of the standbys that are to follow", () => {
	const intent: Intent = { kind: "promote", nodeId: 2, siblingsFollow: true, acceptLesser: false };
	const changes: Changes = { ...everybodyLostIt(60), 1: { fault: { kind: "refused" } } };
	const { plan, refusal } = request(intent, factsOf({ 1: stoppedWell, 3: DAMAGED }, changes));
	expect(plan, JSON.stringify(refusal)).toBeDefined();
	expect(plan?.prerequisites.filter(({ state }) => state === "warning")).toContainEqual(
		expect.objectContaining({ found: expect.stringContaining("have a quote or backslash") }),
	);
});
