import { appendFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type RunsAction, runsCommand } from "../../src/command/runs.ts";
import type { Interaction } from "../../src/command/terminal.ts";
import { FakeCluster, SWITCHED, settled } from "../support/fake-cluster.ts";
import { fault } from "../support/fake-query.ts";
import { recordOutput } from "../support/fake-session.ts";

let cluster: FakeCluster;
beforeEach(() => {
	vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 12) });
	cluster = new FakeCluster();
});
afterEach(() => {
	cluster.remove();
	vi.useRealTimers();
});

const interaction: Interaction = {
	isInteractive: false,
	ask: () => Promise.resolve(null),
	onInterrupt: () => () => {},
	onTerminate: () => () => {},
};

async function runs(action: RunsAction, json = false, session = cluster.session()) {
	const { out, err, output } = recordOutput();
	const exitCode = await settled(runsCommand(session, action, json, output, interaction));
	return { exitCode, out, err };
}

const STEP = { key: "switchover", title: "switch", settleSeconds: 5, rejoinLogOn: null, nodeId: 2 };
/** Another console holds the lock for a switchover whose first step has begun. */
function leftByOther(): void {
	cluster.lockFor("theirs", [1, 2, 3], [{ ...STEP, expects: [{ kind: "primary", nodeId: 2 }] }]);
	cluster.begun.add("switchover");
}

test("lists operations as a table, and warns about hosts that can't be read", async () => {
	leftByOther();
	cluster.silent.add(4);
	const { exitCode, out, err } = await runs({ kind: "list" });
	expect(exitCode).toBe(0);
	expect(out[0]?.split("\n")).toEqual([
		expect.stringMatching(/^ID +STARTED \(UTC\) /),
		expect.stringMatching(/^theirs +2026-11-23 12:00:00 +running\? +switchover +bob on bastion2$/),
	]);
	expect(err).toEqual([expect.stringMatching(/^WARNING: .*"node4" is not known/)]);
});

test("lists operations as one JSON document", async () => {
	leftByOther();
	const { exitCode, out } = await runs({ kind: "list" }, true);
	expect([exitCode, out.length]).toEqual([0, 1]);
	expect(JSON.parse(out[0] ?? "")).toMatchObject({
		schema: 1,
		runs: [{ operationId: "theirs" }],
		problems: [],
	});
});

test.each([true, false])("resumes an operation to its end (JSON: %s)", async (json) => {
	leftByOther();
	cluster.changes = SWITCHED;
	const { exitCode, out } = await runs({ kind: "resume", operationId: "theirs" }, json);
	expect(exitCode).toBe(0);
	expect(cluster.locks.size).toBe(0);
	expect(cluster.calls).toEqual([]);
	if (json) expect(JSON.parse(out.join("\n"))).toMatchObject({ schema: 1, run: { outcome: "done" } });
	else expect(out.join("\n")).toMatch(/operation theirs\n[\s\S]*switch\n/);
});

test("exits with 1 if a resumed operation has failed", async () => {
	leftByOther();
	expect((await runs({ kind: "resume", operationId: "theirs" })).exitCode).toBe(1);
	expect(cluster.locks.size).toBe(0);
});

test("refuses to resume an unknown operation", async () => {
	const { exitCode, out, err } = await runs({ kind: "resume", operationId: "none" });
	expect([exitCode, out]).toEqual([2, []]);
	expect(err.join()).toContain('no operation "none"');
});

test("breaks the lock", async () => {
	leftByOther();
	const { exitCode, out, err } = await runs({ kind: "break lock", clusterName: "prod" });
	expect([exitCode, out, err]).toEqual([0, ["the lock is broken"], []]);
	expect(cluster.locks.size).toBe(0);
});

test("says that a broken lock is not in the journal, where that can't be written", async () => {
	leftByOther();
	appendFileSync(cluster.path("file"), "");
	cluster.journalPath = cluster.path("file/journal.jsonl");
	const { exitCode, err } = await runs({ kind: "break lock", clusterName: "prod" });
	expect(exitCode).toBe(0);
	expect(err.join()).toMatch(/^WARNING: {2}this is not in the journal: .*journal\.jsonl/);
	expect(cluster.locks.size).toBe(0);
});

test("does not break the lock of a cluster with another name", async () => {
	leftByOther();
	const { exitCode, err } = await runs({ kind: "break lock", clusterName: "test" });
	expect(exitCode).toBe(2);
	expect(err.join()).toContain('"prod"');
	expect(cluster.locks.size).toBe(3);
});

test("does nothing when the cluster can't be read", async () => {
	leftByOther();
	const session = { ...cluster.session(), firstPicture: () => Promise.resolve(fault("unreachable")) };
	const { exitCode, err } = await runs({ kind: "break lock", clusterName: "prod" }, false, session);
	expect([exitCode, err]).toEqual([2, ["repmgr-console: error: a fault of kind unreachable"]]);
	expect(cluster.locks.size).toBe(3);
});
