import { expect, test } from "vitest";
import type { Intent, RejoinIntent, RollingIntent, SwitchoverIntent } from "../../src/model/intent.ts";
import { runningValue } from "../../src/practice/cluster/settings.ts";
import { settled } from "../support/fake-cluster.ts";
import { eachOnCalmPractice, type PracticeConsole } from "../support/practice.ts";

let practice: PracticeConsole;
eachOnCalmPractice((console) => {
	practice = console;
});

const switchover = (nodeId: number): SwitchoverIntent => ({
	...{ kind: "switchover", nodeId, siblingsFollow: true, forceRewind: false, acceptLostSlots: false },
});
const rejoin = (nodeId: number): RejoinIntent => ({
	kind: "rejoin",
	nodeId,
	forceRewind: true,
	stopFirst: false,
});

/** "node2 primary", "node3 standby of 2"; what the console sees. */
function roles(): readonly string[] {
	const { nodes } = practice.session.store.getState().snapshot;
	return nodes.map(({ nodeName, observed: { role, status, upstreamNodeId } }) =>
		upstreamNodeId === null ? `${nodeName} ${role ?? status}` : `${nodeName} ${role} of ${upstreamNodeId}`,
	);
}

/** Carries them out one after the other; each ends as it should. */
async function done(...intents: readonly Intent[]): Promise<void> {
	for (const intent of intents) {
		const { outcome, steps } = await practice.operate(intent);
		const ends = steps.map(({ step, status, output }) => `${step.key} ${status}: ${output}`);
		expect(outcome, ends.join("\n")).toBe("done");
	}
	await practice.seconds(15);
}

test("a switchover there and back: all nodes follow, and nothing is found afterwards", async () => {
	await done(switchover(2));
	expect(roles()).toEqual(["node1 standby of 2", "node2 primary", "node3 standby of 2", "node4 witness"]);
	await done(switchover(1));
	expect(roles()).toEqual(["node1 primary", "node2 standby of 1", "node3 standby of 1", "node4 witness"]);
	await practice.seconds(60);
	expect(practice.findings()).toEqual([]);
	expect(practice.cluster.nodes.map(({ isPaused }) => isPaused)).toEqual([false, false, false, false]);
});

test("a failover by repmgrd, and a rejoin of the old primary, which is recovered, saved and rewound", async () => {
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(25);
	await done(rejoin(1));
	expect(roles()).toEqual(["node1 standby of 2", "node2 primary", "node3 standby of 2", "node4 witness"]);
	expect(practice.findings()).toEqual([]);
});

test("a promotion by hand where failover is manual, with the other nodes attached", async () => {
	for (const name of ["node2", "node3"]) await practice.fault("manual-failover", name);
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(25);
	await done({ kind: "promote", nodeId: 2, siblingsFollow: true, acceptLesser: false }, rejoin(1));
	expect(roles()).toEqual(["node1 standby of 2", "node2 primary", "node3 standby of 2", "node4 witness"]);
});

test("a split brain: the wrong primary is fenced, rejoined, and its repmgrd is started; its own commits are counted", async () => {
	await practice.fault("promote", "node2");
	await practice.seconds(15);
	const fence = {
		kind: "fence",
		nodeId: 2,
		how: "stop",
		withoutMask: false,
		reason: "promoted by mistake",
	} as const;
	await done(fence, rejoin(2), { kind: "repmgrd-start", nodeId: 2 });
	expect(roles()).toEqual(["node1 primary", "node2 standby of 1", "node3 standby of 1", "node4 witness"]);
	expect(practice.findings()).toEqual([]);
	expect(practice.cluster.lostCommits).toBeGreaterThan(20);
});

test("everything else that changes a node", async () => {
	await done(
		{ kind: "pause", reason: "maintenance" },
		{ kind: "unpause", reason: "" },
		{ kind: "stop", nodeId: 3 },
		{ kind: "start", nodeId: 3 },
		{ kind: "restart", nodeId: 3 },
		{ kind: "follow", nodeId: 3, upstreamNodeId: 2 },
		{ kind: "follow", nodeId: 3, upstreamNodeId: 1 },
		{ kind: "register", nodeId: 3 },
		{ kind: "witness-register", nodeId: 4 },
		{ kind: "repmgrd-stop", nodeId: 3 },
		{ kind: "repmgrd-start", nodeId: 3 },
		{ kind: "cleanup", keepDays: 0 },
	);
	expect(practice.findings()).toEqual([]);
	await done({ kind: "unregister", nodeId: 3 });
	expect(roles()).toEqual(["node1 primary", "node2 standby of 1", "node4 witness"]);
});

test.each(["stop", "kill"] as const)(
	"a drill that ends with %s: repmgrd fails over, and the old primary is rejoined",
	async (how) => {
		await practice.seconds(20);
		await done({ kind: "drill", nodeId: 1, how });
		expect(roles()).toEqual(["node1 standby of 2", "node2 primary", "node3 standby of 2", "node4 witness"]);
		expect(practice.cluster.nodes.map(({ data }) => data.drillWrites)).toEqual([null, null, null, null]);
	},
);

const rolling = (setting: string, nodeId = 2, all = false): RollingIntent => ({
	...{
		kind: "rolling",
		what: setting === "" ? "restart" : "set",
		setting,
		nodeId,
		all,
		acceptLostSlots: false,
	},
});

const connections = () => practice.cluster.nodes.map((node) => runningValue(node, "max_connections"));

test("max_connections is raised by a switchover, lowered without one, and no standby refuses to start", async () => {
	await done(rolling("max_connections=200"));
	expect(roles()).toEqual(["node1 standby of 2", "node2 primary", "node3 standby of 2", "node4 witness"]);
	expect(connections()).toEqual(["200", "200", "200", "100"]);
	await done(rolling("max_connections=50", 1));
	expect(roles()[1]).toBe("node2 primary");
	expect(connections()).toEqual(["50", "50", "50", "100"]);
	await done(rolling("wal_keep_size=64", 1));
	expect(practice.findings()).toEqual([]);
	expect(practice.cluster.nodes.map(({ isPaused }) => isPaused)).toEqual([false, false, false, false]);
});

test("a removed standby is gone: its server stopped, no row, no slot; what followed it follows the primary", async () => {
	await done(
		{ kind: "follow", nodeId: 3, upstreamNodeId: 2 },
		{ kind: "remove", nodeId: 2, keepServer: false },
	);
	expect(roles()).toEqual(["node1 primary", "node3 standby of 1", "node4 witness"]);
	const [node1, node2] = practice.cluster.nodes;
	expect([node2?.server, node2?.daemon]).toEqual([null, null]);
	expect([...(node1?.data.slots.keys() ?? [])]).toEqual(["repmgr_slot_3"]);
	expect(practice.findings()).toEqual([]);
});

test("a rolling restart of all nodes restarts each of them once", async () => {
	const before = practice.cluster.nodes.map(({ server }) => server?.startedAt ?? 0);
	await done(rolling("", 3, true));
	expect(roles()).toEqual(["node1 standby of 3", "node2 standby of 3", "node3 primary", "node4 witness"]);
	expect(practice.cluster.nodes.every(({ server }, at) => (server?.startedAt ?? 0) > (before[at] ?? 0))).toBe(
		true,
	);
	expect(practice.findings()).toEqual([]);
});

test("a rolling upgrade is refused: practice has no packages", async () => {
	const operations = await practice.session.operations();
	const { refusal } = await settled(operations.request({ ...rolling(""), what: "upgrade" }));
	expect(refusal?.message).toContain('what "node1" has and is offered is known');
	expect(refusal?.detail).toContain("no apt");
});

test("a rolling restart stops after a standby that does not come back: no switchover, no further node", async () => {
	const [, , node3] = practice.cluster.nodes;
	if (node3 === undefined) throw new Error("no node3");
	const operations = await practice.session.operations();
	const { plan } = await settled(operations.request(rolling("", 2, true)));
	if (plan === undefined) throw new Error("refused");
	const { run } = await settled(operations.approve(plan));
	node3.isMasked = true;
	await settled(run?.finish() ?? Promise.reject());
	const ends = run?.state.steps.map(({ step, status }) => `${step.key} ${status}`);
	expect(ends).toEqual(
		expect.arrayContaining(["well-4 done", "restart-3 failed", "restart-2 skipped", "switchover skipped"]),
	);
	expect(run?.state.outcome).toBe("failed");
	expect(roles()[0]).toBe("node1 primary");
});

test("an operation refuses what it refuses of a real cluster: a promotion while the primary runs", async () => {
	const operations = await practice.session.operations();
	const intent: Intent = { kind: "promote", nodeId: 2, siblingsFollow: true, acceptLesser: false };
	const { refusal } = await settled(operations.request(intent));
	expect(refusal?.message).toMatch(/"node1" .*primary/);
});

test("an operation outlives its console: another one follows it to its end", async () => {
	const operations = await practice.session.operations();
	const { plan } = await settled(operations.request(switchover(2)));
	if (plan === undefined) throw new Error("refused");
	const { run } = await settled(operations.approve(plan));
	if (run === undefined) throw new Error("not started");
	const left = run.finish();
	await practice.seconds(2);
	run.detach();
	await settled(left);
	await practice.seconds(20);
	const { run: resumed } = await settled(operations.resume(run.state.operationId));
	if (resumed === undefined) throw new Error("not resumed");
	await settled(resumed.finish());
	expect(resumed.state.outcome).toBe("done");
	expect(roles()[1]).toBe("node2 primary");
});

const clone = (nodeId: number, upstreamNodeId: number): Intent => ({
	...{ kind: "clone", nodeId, upstreamNodeId, maxRate: "", discardOld: false },
});

test("a standby is cloned from another upstream: its copy is seen to grow, then it streams from there with a slot there", async () => {
	const operations = await practice.session.operations();
	const { plan } = await settled(operations.request(clone(3, 2)));
	if (plan === undefined) throw new Error("refused");
	const { run } = await settled(operations.approve(plan));
	if (run === undefined) throw new Error("not started");
	const left = run.finish();
	await practice.seconds(10);
	const copying = run.state.steps.find(({ step }) => step.key === "clone")?.copied;
	expect(copying?.totalBytes).toBe(1200 * 1024 ** 2);
	expect(copying?.bytes).toBeGreaterThan(100 * 1024 ** 2);
	// Reads are served meanwhile.
	expect(practice.cluster.node(3).server).not.toBeNull();
	await settled(left);
	expect(run.state.outcome, JSON.stringify(run.state.steps.map(({ output }) => output))).toBe("done");
	expect(roles()).toEqual(["node1 primary", "node2 standby of 1", "node3 standby of 2", "node4 witness"]);
	expect([1, 2].map((id) => [...practice.cluster.node(id).data.slots.keys()])).toEqual([
		["repmgr_slot_2"],
		["repmgr_slot_3"],
	]);
	await practice.seconds(5);
	expect(practice.findings()).toEqual([]);
});

test("a former primary is cloned instead of rewound", async () => {
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(30);
	await done(clone(1, 2));
	expect(roles()).toEqual(["node1 standby of 2", "node2 primary", "node3 standby of 2", "node4 witness"]);
	expect(practice.findings()).toEqual([]);
});

test("a clone whose source dies fails, and leaves the old server as it was", async () => {
	const operations = await practice.session.operations();
	const { plan } = await settled(operations.request(clone(3, 2)));
	if (plan === undefined) throw new Error("refused");
	const { run } = await settled(operations.approve(plan));
	const left = run?.finish() ?? Promise.reject(new Error("not started"));
	await practice.seconds(10);
	await practice.fault("kill-postgres", "node2");
	await settled(left);
	const ends = run?.state.steps.map(({ step, status }) => `${step.key} ${status}`);
	expect(ends).toEqual(expect.arrayContaining(["clone failed", "swap skipped", "end-clone done"]));
	expect(practice.cluster.node(3).copy).toBeNull();
	expect(roles()[2]).toBe("node3 standby of 1");
});

test("a fence of either kind is taken back", async () => {
	await practice.fault("promote", "node2");
	await practice.seconds(15);
	const fence = { kind: "fence", nodeId: 2, withoutMask: false, reason: "promoted by mistake" } as const;
	await done({ ...fence, how: "read-only" });
	expect(practice.cluster.node(2).data.isReadOnly).toBe(true);
	await done({ kind: "stop", nodeId: 1 }, { kind: "unfence", nodeId: 2 });
	expect(practice.cluster.node(2).data.isReadOnly).toBe(false);
	await practice.fault("start-postgres", "node1");
	await practice.seconds(5);
	await done({ ...fence, how: "stop" });
	expect([practice.cluster.node(2).server, practice.cluster.node(2).isMasked]).toEqual([null, true]);
	await done({ kind: "unfence", nodeId: 2 });
	expect(practice.cluster.node(2).isMasked).toBe(false);
});

test("a new password of repmgr's role: the plan tells of each file and login, nothing tells the password", async () => {
	const operations = await practice.session.operations();
	const intent = { kind: "change", what: "password", password: "generated" } as const;
	const { plan, refusal } = await settled(operations.request(intent));
	expect(refusal).toBeUndefined();
	expect(JSON.stringify(plan)).not.toContain("SCRAM-SHA-256$4096");
	await done(intent);
	expect(practice.cluster.nodes.map(({ isPaused }) => isPaused)).toEqual([false, false, false, false]);
	expect(practice.findings()).toEqual([]);
	const { runs } = await settled(operations.runs());
	expect(runs?.[0]).toMatchObject({ title: "change password of repmgr", outcome: "done" });
});
