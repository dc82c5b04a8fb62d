import { expect, test } from "vitest";
import type { Host } from "../../src/execution/host.ts";
import {
	heldRecords,
	isBelieved,
	type OperationRecord,
	parseRecord,
	recordOf,
} from "../../src/execution/operation-record.ts";
import type { Expectation, Plan } from "../../src/operation/plan/plan.ts";
import { request } from "../../src/operation/request.ts";
import { factsOf } from "../support/facts.ts";
import { SWITCHOVER } from "../support/fake-cluster.ts";
import { FakeShell } from "../support/fake-shell.ts";

/** As released versions have written it. */
const STORED = `{"operationId":"20261123T112439-switchover-1f3a","title":"switchover to \\"node2\\"","who":"alice on bastion",
"startedAt":1795433079000,"pausedBefore":[{"nodeId":1,"isPaused":false}],"drilledNodeId":null,"steps":[
{"key":"dry-run","title":"repmgr tries it","nodeId":2,"expects":[],"settleSeconds":0,"rejoinLogOn":null},
{"key":"switchover","title":"switch","nodeId":2,"expects":[{"kind":"primary","nodeId":2},
{"kind":"streaming","nodeId":1,"fromNodeId":2}],"settleSeconds":60,"rejoinLogOn":2},
{"key":"follows-4","title":"see it follow","nodeId":4,"expects":[{"kind":"watching","nodeId":4,"upstreamNodeId":2}],
"settleSeconds":60,"rejoinLogOn":null,"by":"this console","together":true}]}`;

test("a stored record is read whole", () => {
	expect(parseRecord(STORED)).toEqual(JSON.parse(STORED));
});

test("a record from before drills has no drilled node", () => {
	const { drilledNodeId: _, ...old } = JSON.parse(STORED);
	expect(parseRecord(JSON.stringify(old))).toMatchObject({ drilledNodeId: null });
});

const EXPECTATIONS: { readonly [Kind in Expectation["kind"]]: Extract<Expectation, { kind: Kind }> } = {
	primary: { kind: "primary", nodeId: 1 },
	streaming: { kind: "streaming", nodeId: 1, fromNodeId: 2 },
	watching: { kind: "watching", nodeId: 1, upstreamNodeId: 2 },
	paused: { kind: "paused", nodeId: 1, isPaused: true },
	repmgrd: { kind: "repmgrd", nodeId: 1, isRunning: true },
	registered: { kind: "registered", nodeId: 1, as: "primary", upstreamNodeId: null },
	unregistered: { kind: "unregistered", nodeId: 1 },
	stopped: { kind: "stopped", nodeId: 1 },
	"shut down": { kind: "shut down", nodeId: 1 },
	masked: { kind: "masked", nodeId: 1, isMasked: true },
	"read-only": { kind: "read-only", nodeId: 1, isReadOnly: true },
	restarted: { kind: "restarted", nodeId: 1 },
	succeeded: { kind: "succeeded", nodeId: 1 },
	"one primary": { kind: "one primary", nodeId: 1 },
};

function recordWith(expectation: object): string {
	const record = JSON.parse(STORED);
	return JSON.stringify({ ...record, steps: [{ ...record.steps[0], expects: [expectation] }] });
}

test.each(Object.values(EXPECTATIONS))("an expectation is read as it was written: %o", (expectation) => {
	expect(parseRecord(recordWith(expectation))?.steps[0]?.expects).toEqual([expectation]);
});

test.each([
	{ kind: "unheard of", nodeId: 1 },
	{ kind: "primary" },
	{ kind: "streaming", nodeId: 1 },
	{ kind: "paused", nodeId: 1, isPaused: "no" },
	{ kind: "registered", nodeId: 1, as: "ghost", upstreamNodeId: null },
])("a record with an expectation that can't be judged is not read: %o", (expectation) => {
	expect(parseRecord(recordWith(expectation))).toBeNull();
});

test("the record of a plan is read as it was made", () => {
	const plan = request(SWITCHOVER, factsOf()).plan as Plan;
	const record = recordOf("op-1", plan, "alice", 1.7e12);
	expect(record.steps.map(({ key }) => key)).toEqual(["dry-run", "switchover", "follows-3", "follows-4"]);
	expect(parseRecord(JSON.stringify(record))).toEqual(record);
});

/** Hosts with their locks' records, by node id; null: no lock. */
function hostsWith(
	records: readonly (OperationRecord | null)[],
): readonly (Host & { readonly shell: FakeShell })[] {
	return records.map((record, index) => {
		const shell = new FakeShell();
		const stdout = record === null ? "" : Buffer.from(JSON.stringify(record)).toString("base64");
		shell.onRun = () => ({ value: { exitCode: 0, stdout, stderr: "" } });
		return { nodeId: index + 1, shell, user: "postgres", configFile: "" };
	});
}

test("hosts that hold the same record are counted together; more than half of all are believed", async () => {
	const one = JSON.parse(STORED);
	const { held, faults } = await heldRecords(
		hostsWith([one, { ...one, title: "forged" }, one, null, one]),
		"7",
	);
	expect(held.map(({ nodeIds, record }) => [nodeIds, record.title])).toEqual([
		[[1, 3, 5], 'switchover to "node2"'],
		[[2], "forged"],
	]);
	expect(held.map((record) => isBelieved(record, 5))).toEqual([true, false]);
	expect(faults.size).toBe(0);
});

test("a slow host delays no other one, and no more than 32 are asked at once", async () => {
	const hosts = hostsWith(Array(400).fill(null));
	let [asked, most] = [0, 0];
	const slow = Promise.withResolvers<void>();
	for (const { nodeId, shell } of hosts) {
		const run = shell.run.bind(shell);
		shell.run = async (argv, options) => {
			most = Math.max(most, ++asked);
			if (nodeId === 1) await slow.promise;
			const outcome = await run(argv, options);
			asked -= 1;
			if (nodeId === 400) slow.resolve();
			return outcome;
		};
	}
	expect((await heldRecords(hosts, "7")).held).toEqual([]);
	expect(hosts.every(({ shell }) => shell.runs.length === 1)).toBe(true);
	expect(most).toBe(32);
});
