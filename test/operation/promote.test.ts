import { describe, expect, test } from "vitest";
import type { PromoteIntent } from "../../src/cluster/intent.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf, type SurveyChanges } from "../support/facts.ts";
import type { Changes } from "../support/worlds.ts";

const INTENT: PromoteIntent = { kind: "promote", nodeId: 2, siblingsFollow: true, acceptLesser: false };

/** The primary does not answer; the others have not heard of it for a minute. */
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
	return { state, timeline: 1, checkpointLsn, systemIdentifier: "7" };
}

const promote = (
	surveys: Readonly<Record<number, SurveyChanges>> = { 1: DOWN },
	changes: Changes = LOST,
	intent: Partial<PromoteIntent> = {},
) => request({ ...INTENT, ...intent }, factsOf(surveys, changes));

describe("the plan of a promotion", () => {
	test("keeps repmgrd out of it, and makes a checkpoint so that a rewind can work", () => {
		const { plan } = promote();
		expect(plan?.steps.map(({ key }) => key)).toEqual([
			"dry-run",
			...["pause-2", "pause-3", "pause-4"],
			"promote",
			"checkpoint",
			...["unpause-2", "unpause-3", "unpause-4"],
		]);
	});

	test("says what was written and is not here, and wants it typed", () => {
		const { plan } = promote();
		expect(plan?.blastRadius.lossBytes).toBe(0x100);
		expect(plan?.confirmation).toEqual({ kind: "name and loss", name: "node2", lossBytes: 0x100 });
	});

	test("of a primary that was never seen, what is lost is not known", () => {
		expect(
			promote({ 1: { hostFault: { kind: "unreachable", message: "no answer" } } }).plan?.blastRadius
				.lossBytes,
		).toBe(null);
	});

	test("stops a postmaster that hangs, first", () => {
		const { plan } = promote({ 1: { look: { postmaster: { pid: 1, state: "S" } } } });
		const command = plan?.steps.find(({ key }) => key === "fence")?.command;
		expect(command?.nodeId).toBe(1);
		// It may hang as well.
		expect(command?.argv.slice(0, 2)).toEqual(["timeout", "90"]);
	});
});

describe("a promotion is refused", () => {
	test("beside a primary that answers", () => {
		const { refusal } = request(INTENT, factsOf());
		expect(refusal?.message).toMatch(/"node1" is a primary, and answers/);
		expect(refusal?.hint).toBe("switchover --to node2");
	});

	test("while a standby receives from the primary", () => {
		const changes: Changes = { ...LOST, 3: { server: { receiveLsn: "0/5000000" } } };
		expect(promote({}, changes).refusal?.message).toMatch(/nobody sees the primary/);
	});

	test("while its postmaster stands still, and a standby receives from it: how to wake it up is said", () => {
		const changes: Changes = { ...LOST, 3: { server: { receiveLsn: "0/5000000" } } };
		const { refusal } = promote({ 1: { look: { postmaster: { pid: 77, state: "T" } } } }, changes);
		expect(refusal?.hint).toMatch(/kill -CONT 77\..*pkill -KILL -P 77; kill -KILL 77$/);
	});

	test("while a repmgrd sees it", () => {
		const changes: Changes = {
			...LOST,
			4: { server: { repmgrd: { ...unseen(4), upstreamLastSeenSeconds: 1 } } },
		};
		expect(promote({}, changes).refusal?.detail).toMatch(/"node4" saw it 1 s ago/);
	});

	test("of a standby that has less, unless that is accepted", () => {
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
