import { describe, expect, test } from "vitest";
import type { PromoteIntent } from "../../../src/model/intent.ts";
import { request } from "../../../src/operation/request.ts";
import { impactLines } from "../../../src/presentation/plan-report.ts";
import { factsOf, type SurveyChanges } from "../../support/facts.ts";
import { receiver, SYSTEM_IDENTIFIER } from "../../support/records.ts";
import type { Changes } from "../../support/worlds.ts";

const INTENT: PromoteIntent = { kind: "promote", nodeId: 2, siblingsFollow: true, acceptLesser: false };

/** The primary does not answer, and the other nodes have not seen it for a minute. */
const LOST: Changes = {
	1: { fault: { kind: "unreachable" } },
	2: { server: { walReceiver: null, receiveLsn: "0/5000000", repmgrd: unseen(2) } },
	3: { server: { walReceiver: null, receiveLsn: "0/5000000", repmgrd: unseen(3) } },
	4: { server: { repmgrd: unseen(4) } },
};

function unseen(nodeId: number) {
	return {
		running: true,
		pid: 9,
		paused: false,
		upstreamLastSeenSeconds: 60,
		localNodeId: nodeId,
		upstreamNodeId: 1,
	};
}

const DOWN: SurveyChanges = {
	look: { postmaster: false, controlData: controlData("shut down", "0/5000100") },
};

function controlData(state: string, checkpointLsn: string) {
	return { state, timeline: 1, checkpointLsn, systemIdentifier: SYSTEM_IDENTIFIER };
}

const promote = (
	surveys: Readonly<Record<number, SurveyChanges>> = { 1: DOWN },
	changes: Changes = LOST,
	intent: Partial<PromoteIntent> = {},
) => request({ ...INTENT, ...intent }, factsOf(surveys, changes));

describe("the plan of a promotion", () => {
	test("pauses repmgrd, and makes a checkpoint for pg_rewind", () => {
		const { plan } = promote();
		expect(plan?.steps.map(({ key }) => key)).toEqual([
			"dry-run",
			...["pause-2", "pause-3", "pause-4"],
			"promote",
			...["follow-3", "witness-4", "checkpoint"],
			...["unpause-2", "unpause-3", "unpause-4"],
		]);
	});

	test("in a cascade also attaches the candidate's former upstream", () => {
		// node1 → node3 → node2.
		const changes: Changes = {
			...LOST,
			2: {
				server: {
					walReceiver: receiver({ senderHost: "node3" }),
					receiveLsn: "0/5000000",
					repmgrd: unseen(2),
				},
				registered: { upstreamNodeId: 3 },
			},
		};
		const stale = { ...changes, 2: { ...changes[2], server: { ...changes[2]?.server, walReceiver: null } } };
		const { plan } = promote({ 1: DOWN }, stale);
		const steps = plan?.steps ?? [];
		expect(steps.find(({ key }) => key === "promote")?.expects).toEqual([{ kind: "primary", nodeId: 2 }]);
		const attach = steps.find(({ key }) => key === "follow-3");
		expect(attach?.title).toBe('attach "node3" to "node2"');
		expect(attach?.command).toMatchObject({
			nodeId: 3,
			argv: ["repmgr", "-f", "/etc/repmgr.conf", "standby", "follow", "--upstream-node-id=2"],
		});
		expect(attach?.expects).toEqual([{ kind: "streaming", nodeId: 3, fromNodeId: 2 }]);
		expect(plan?.prerequisites.find(({ title }) => title === "the other nodes follow")?.found).toMatch(
			/^"node3" and "node4" are attached by steps of their own; what repmgr says about sibling nodes/,
		);
	});

	test("keeps a standby attached that receives from the candidate, and watches it", () => {
		const changes: Changes = {
			...LOST,
			2: {
				server: {
					walReceiver: receiver({ senderHost: "node3", lastMessageSeconds: 60 }),
					receiveLsn: "0/5000000",
					repmgrd: unseen(2),
				},
			},
		};
		const steps = promote({ 1: DOWN }, changes, { nodeId: 3 }).plan?.steps ?? [];
		const kept = steps.find(({ key }) => key === "kept-2");
		expect(kept).toMatchObject({ by: "this console", title: 'keep "node2" attached to "node3"' });
		expect(steps.some(({ key }) => key === "follow-2")).toBe(false);
	});

	test("does not fence the upstream in a cascade if no primary is registered", () => {
		const changes: Changes = {
			...LOST,
			1: { ...LOST[1], registered: { active: false } },
			2: { ...LOST[2], registered: { upstreamNodeId: 3 } },
		};
		const steps = promote({}, changes).plan?.steps ?? [];
		expect(steps.filter(({ key, command }) => key === "fence" && command.nodeId === 3)).toEqual([]);
	});

	test("asks for the number of bytes that may be lost", () => {
		const { plan } = promote();
		expect(plan?.blastRadius.lossBytes).toBe(0x100);
		expect(plan?.confirmation).toEqual({ kind: "name and loss", name: "node2", lossBytes: 0x100 });
	});

	test("says that more may be lost if the primary wrote after it was last seen", () => {
		const seen = promote(
			{ 1: { hostFault: { kind: "unreachable", message: "no answer" } } },
			{
				...LOST,
				1: { fault: { kind: "unreachable" }, server: { currentLsn: "0/5000000" } },
			},
		).plan;
		const shutDown = promote().plan;
		if (!seen || !shutDown) throw new Error("no plan");
		const text = (plan: typeof seen) => impactLines(plan).join("\n");
		if (seen.blastRadius.lossBytes !== null) {
			expect(text(seen)).toContain("and what was written since");
			expect(text(seen)).not.toContain("at most");
		}
		expect(text(shutDown)).toContain("256 B at most");
	});

	test("says that the loss is unknown if the primary was never seen", () => {
		expect(
			promote({ 1: { hostFault: { kind: "unreachable", message: "no answer" } } }).plan?.blastRadius
				.lossBytes,
		).toBe(null);
	});

	test("stops a hanging postmaster first", () => {
		const { plan } = promote({ 1: { look: { postmaster: { pid: 1, state: "S" } } } });
		const command = plan?.steps.find(({ key }) => key === "fence")?.command;
		expect(command?.nodeId).toBe(1);
		// It may hang as well.
		expect(command?.shown?.[0]).toMatch(/^timeout 90 repmgr /);
	});
});

describe("a promotion is refused", () => {
	test("while a primary answers", () => {
		const { refusal } = request(INTENT, factsOf());
		expect(refusal?.message).toMatch(/"node1" is a primary, and answers/);
		expect(refusal?.hint).toBe("switchover --to node2");
	});

	test("while a standby receives from the primary", () => {
		const changes: Changes = { ...LOST, 3: { server: { receiveLsn: "0/5000000" } } };
		expect(promote({}, changes).refusal?.message).toMatch(/no node sees the primary/);
	});

	test.each([
		[20, {}, "refused"],
		[34, { wal_receiver_timeout: "60000" }, "refused"],
		[36, { wal_receiver_timeout: "60000" }, "planned"],
		[11, { wal_receiver_timeout: "10000" }, "planned"],
		[600, { wal_receiver_timeout: "0" }, "refused"],
	] as const)(
		"while a standby that heard nothing for %i s may still hear: %j: %s",
		(silence, settings, expected) => {
			const walReceiver = receiver({ lastMessageSeconds: silence });
			const changes: Changes = {
				...LOST,
				3: { server: { walReceiver, settings, receiveLsn: "0/5000000", repmgrd: unseen(3) } },
			};
			const { refusal } = promote({}, changes);
			const isRefused = refusal !== undefined && /no node sees the primary/.test(refusal.message);
			expect(isRefused ? "refused" : "planned").toBe(expected);
		},
	);

	test("while a standby receives from a postmaster stopped by SIGSTOP, with a hint how to continue it", () => {
		const changes: Changes = { ...LOST, 3: { server: { receiveLsn: "0/5000000" } } };
		const { refusal } = promote({ 1: { look: { postmaster: { pid: 77, state: "T" } } } }, changes);
		expect(refusal?.hint).toMatch(/kill -CONT 77\..*pkill -KILL -P 77; kill -KILL 77$/);
	});

	test("while a repmgrd sees the primary", () => {
		const changes: Changes = {
			...LOST,
			4: { server: { repmgrd: { ...unseen(4), upstreamLastSeenSeconds: 1 } } },
		};
		expect(promote({}, changes).refusal?.detail).toMatch(/"node4" saw it 1 s ago/);
	});

	test("of a standby with less WAL, unless that is accepted", () => {
		const changes: Changes = {
			...LOST,
			3: { server: { walReceiver: null, receiveLsn: "0/6000000", repmgrd: unseen(3) } },
		};
		expect(promote({ 1: DOWN }, changes).refusal?.hint).toMatch(/promote node3/);
		expect(promote({ 1: DOWN }, changes, { acceptLesser: true }).plan).toBeDefined();
	});

	test("of a witness", () => {
		expect(promote({ 1: DOWN }, LOST, { nodeId: 4 }).refusal?.message).toMatch(/not seen as a standby/);
	});
});
