import { describe, expect, test } from "vitest";
import type { Intent } from "../../src/model/intent.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../support/facts.ts";
import { detached, failedOver, IN_A_RECORD, stopped as stoppedHost } from "../support/reach.ts";
import type { Changes } from "../support/worlds.ts";

const ask = (intent: Intent, surveys: Readonly<Record<number, SurveyChanges>> = {}, changes: Changes = {}) =>
	request(intent, factsOf(surveys, changes));

describe("follow", () => {
	test("makes a dry run first", () => {
		const { plan } = ask({ kind: "follow", nodeId: 3, upstreamNodeId: 2 });
		expect(plan?.steps.map(({ key }) => key)).toEqual(["dry-run", "follow"]);
		expect(plan?.steps[1]?.command.argv.slice(3)).toEqual(["standby", "follow", "--upstream-node-id=2"]);
	});

	describe("with the beginning of a record past the fork, which repmgr refuses", () => {
		const held: Changes = {
			1: { fault: { kind: "refused" } },
			...failedOver(stoppedHost("in production")),
			3: { registered: { upstreamNodeId: 1 }, ...detached(0, IN_A_RECORD) },
		};
		const follow: Intent = { kind: "follow", nodeId: 3, upstreamNodeId: 2 };

		test("restarts the server first, with repmgrd paused", () => {
			const { plan } = ask(follow, {}, held);
			const all = ["pause-3", "restart", "trial", "follow", "unpause-3"];
			expect(plan?.steps.map(({ key }) => key)).toEqual(all);
			expect(plan?.blastRadius.restarts).toEqual([3]);
			expect(plan?.pausedBefore).toEqual([{ nodeId: 3, isPaused: false }]);
		});

		test("ignores the attempts of that node's repmgrd, but not those on other nodes", () => {
			const busy: SurveyChanges = { look: { repmgrCommands: ["standby follow"] } };
			expect(ask(follow, { 3: busy }, held).plan).toBeDefined();
			expect(ask(follow, { 2: busy }, held).refusal?.detail).toMatch(
				/"repmgr standby follow" runs on "node2"/,
			);
		});
	});

	test("is refused for a cycle, for the primary, and where it streams already", () => {
		expect(ask({ kind: "follow", nodeId: 2, upstreamNodeId: 2 }).refusal?.message).toMatch(
			/does not receive from/,
		);
		expect(ask({ kind: "follow", nodeId: 1, upstreamNodeId: 2 }).refusal?.message).toMatch(
			/not seen as a standby/,
		);
		expect(ask({ kind: "follow", nodeId: 2, upstreamNodeId: 1 }).refusal?.message).toMatch(
			/streams from "node1" already/,
		);
	});
});
