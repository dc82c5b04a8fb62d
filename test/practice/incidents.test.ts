import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BASTION } from "../../src/practice/cluster/state.ts";
import { settled } from "../support/fake-cluster.ts";
import { PracticeConsole } from "../support/practice.ts";
import { NOW } from "../support/records.ts";

/**
 * What test/cluster/tests/incidents-*.test.ts state of the real cluster: the same fault gives the same findings, and on the way
 * to them no others than there.
 */
interface Incident {
	readonly name: string;
	/** Before the console looks. */
	readonly before?: readonly (readonly [fault: string, node: string])[];
	readonly faults: readonly (readonly [fault: string, node: string])[];
	/** In this order; the last ones stay. */
	readonly finds: readonly (readonly string[])[];
	/** Codes that are true for a moment. */
	readonly onTheWay?: readonly string[];
	readonly primary?: number | null;
}

const PAUSED = [1, 2, 3, 4].map((id) => ["pause-repmgrd", `node${id}`] as const);
const BEFORE_SSH = ["PRIMARY_DOWN", "PRIMARY_UNREACHABLE_FROM_HERE"];
const PAUSE_FOUND = "warning REPMGRD_PAUSED cluster";

const INCIDENTS: readonly Incident[] = [
	{ name: "nothing", faults: [], finds: [[]], primary: 1 },
	{
		name: "the primary is killed while repmgrd is paused",
		faults: [...PAUSED, ["kill-postgres", "node1"]],
		finds: [["critical PRIMARY_DOWN node1", PAUSE_FOUND]],
		onTheWay: BEFORE_SSH,
	},
	{
		name: "the primary is cut off from all nodes while repmgrd is paused",
		faults: [...PAUSED, ["cut", "node1"]],
		finds: [["critical PRIMARY_DOWN node1", PAUSE_FOUND]],
		onTheWay: BEFORE_SSH,
	},
	{
		name: "the primary is frozen while repmgrd is paused",
		faults: [...PAUSED, ["freeze-postgres", "node1"]],
		finds: [["critical PRIMARY_HUNG node1", PAUSE_FOUND]],
	},
	{
		name: "the primary is killed where failover is manual",
		before: [
			["manual-failover", "node2"],
			["manual-failover", "node3"],
		],
		faults: [["kill-postgres", "node1"]],
		finds: [["critical PRIMARY_DOWN node1"]],
		onTheWay: ["FAILOVER_NOT_READY", ...BEFORE_SSH],
	},
	{
		name: "a switchover that died half way",
		faults: [...PAUSED, ["stop-postgres", "node1"]],
		finds: [["critical PRIMARY_DOWN node1", "critical SWITCHOVER_LEFT_INCOMPLETE node1"]],
		onTheWay: ["REPMGRD_PAUSED", ...BEFORE_SSH],
	},
	{
		name: "the primary is killed, and repmgrd fails over",
		faults: [["kill-postgres", "node1"]],
		finds: [["critical FAILOVER_IN_PROGRESS node1"], ["warning STANDBY_DOWN node1"]],
		primary: 2,
	},
	{
		name: "a standby is promoted beside the primary",
		faults: [["promote", "node2"]],
		finds: [["critical SPLIT_BRAIN cluster"]],
	},
	{
		name: "a standby is killed",
		faults: [["kill-postgres", "node2"]],
		finds: [["warning STANDBY_DOWN node2"]],
		primary: 1,
	},
	{
		name: "the witness is stopped cleanly",
		faults: [["stop-postgres", "node4"]],
		finds: [["warning WITNESS_DOWN node4"]],
	},
	{
		name: "a standby is frozen",
		faults: [["freeze-postgres", "node2"]],
		finds: [["warning STANDBY_HUNG node2"]],
	},
	{
		name: "no node reaches a standby",
		faults: [["cut", "node2"]],
		finds: [["unknown STANDBY_UNREACHABLE_FROM_HERE node2"], ["warning STANDBY_UNREACHABLE_FROM_HERE node2"]],
	},
	{
		name: "no standby is left",
		faults: [
			["stop-postgres", "node2"],
			["stop-postgres", "node3"],
		],
		finds: [["warning NO_REDUNDANCY cluster", "warning STANDBY_DOWN node2", "warning STANDBY_DOWN node3"]],
		onTheWay: ["FAILOVER_NOT_READY", "STANDBY_DOWN"],
	},
	{
		name: "the slot of a standby is gone, and the repmgrd of another is stopped",
		faults: [
			["drop-slot", "node3"],
			["stop-repmgrd", "node2"],
		],
		finds: [["warning REPMGRD_NOT_RUNNING node2", "warning SLOT_MISSING node3"]],
		onTheWay: ["STANDBY_DETACHED", "METADATA_VIEWS_DISAGREE", "REPMGRD_NOT_RUNNING"],
	},
];

let practice: PracticeConsole;
beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
	practice = new PracticeConsole();
});
afterEach(() => {
	practice.close();
	vi.useRealTimers();
});

/** Waits for each of them in turn, second by second; nothing else may be found on the way. */
async function finds(
	wanted: readonly (readonly string[])[],
	onTheWay: readonly string[] = [],
): Promise<void> {
	const expected = [...wanted.flat(), ...onTheWay];
	for (const findings of wanted) {
		const sorted = findings.toSorted();
		for (let seconds = 0; practice.findings().join() !== sorted.join(); seconds++) {
			const strange = practice.findings().filter((one) => !expected.some((known) => one.includes(known)));
			expect(strange).toEqual([]);
			if (seconds > 120) expect(practice.findings()).toEqual(sorted);
			await practice.seconds(1);
		}
	}
	await practice.seconds(15);
	expect(practice.findings()).toEqual(wanted.at(-1)?.toSorted());
}

test.each(INCIDENTS)(
	"$name: the findings are those of the real cluster",
	async ({ before = [], faults, ...incident }) => {
		for (const [fault, node] of before) await practice.fault(fault, node);
		await settled(practice.session.firstPicture());
		await practice.seconds(5);
		expect(practice.findings().filter((one) => !one.includes("FAILOVER_NOT_READY"))).toEqual([]);
		for (const [fault, node] of faults) await practice.fault(fault, node);
		await finds(incident.finds, incident.onTheWay);
		if (incident.primary !== undefined)
			expect(practice.session.store.getState().snapshot.cluster.primaryNodeId).toBe(incident.primary);
	},
);

describe("what only this machine can't reach", () => {
	test("the primary: the others prove that it runs", async () => {
		await settled(practice.session.firstPicture());
		practice.cluster.cut(BASTION, 1, true);
		await finds([["warning PRIMARY_UNREACHABLE_FROM_HERE node1"]], ["PRIMARY_UNREACHABLE_FROM_HERE"]);
	});

	test("a standby: the primary sends to it", async () => {
		await settled(practice.session.firstPicture());
		practice.cluster.cut(BASTION, 2, true);
		await finds([["unknown STANDBY_UNREACHABLE_FROM_HERE node2"]]);
	});

	test("every node", async () => {
		await settled(practice.session.firstPicture());
		for (const id of [1, 2, 3, 4]) practice.cluster.cut(BASTION, id, true);
		await finds([["unknown ALL_UNREACHABLE cluster"]], ["UNREACHABLE_FROM_HERE"]);
	});
});

test("a standby that alone has lost the primary asks the others first, where its repmgr.conf says so", async () => {
	const [primary, standby] = [practice.cluster.node(1), practice.cluster.node(2)];
	standby.conf.set("primary_visibility_consensus", "true");
	practice.cluster.cut(primary.nodeId, standby.nodeId, true);
	await practice.seconds(30);
	expect(standby.data.isStandby).toBe(true);
	expect(standby.logs.repmgrd.join("\n")).toContain("some nodes can still see the primary");
});
