import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { releaseLock, takeLock } from "../../src/execution/lock.ts";
import { type OperationRecord, readRecord } from "../../src/execution/operation-record.ts";
import { LOCK_SCRIPT } from "../../src/execution/remote-scripts.ts";
import type { LockHolder } from "../../src/model/host-reading.ts";
import { LocalHost } from "../support/local-host.ts";

let hosts: readonly LocalHost[] = [];
beforeEach(() => {
	hosts = [new LocalHost(1), new LocalHost(2), new LocalHost(3)];
});
afterEach(() => {
	for (const host of hosts) host.remove();
});

const holder = (operationId: string): LockHolder => ({
	operationId,
	operation: "switchover",
	who: "alice on bastion",
	since: 5,
});
const record = (operationId: string): OperationRecord => ({
	operationId,
	title: "switchover",
	who: "alice on bastion",
	startedAt: 5,
	pausedBefore: [{ nodeId: 1, isPaused: false }],
	drilledNodeId: null,
	steps: [],
});
const take = (operationId: string, on = hosts) =>
	takeLock({
		hosts: on,
		nodeCount: hosts.length,
		systemIdentifier: "7",
		holder: holder(operationId),
		record: record(operationId),
	});
function left({ home }: LocalHost): readonly string[] {
	const state = join(home, ".local/state/repmgr-console");
	return existsSync(state) ? readdirSync(state) : [];
}

test("leaves nothing behind when it can't be written", async () => {
	const [host] = hosts as [LocalHost];
	// No file may grow, as on a full disk.
	const full = 'trap "" XFSZ; ulimit -f 0; exec "$@"';
	const taken = await host.shell.run(["sh", "-c", full, "sh", "sh", "-c", LOCK_SCRIPT, "sh", "7"], {
		input: "{}\n{}\n",
		deadlineMs: 10_000,
	});
	expect(taken.value).toMatchObject({ exitCode: 1, stdout: "" });
	expect(left(host)).toEqual([]);
});

test("is taken on every host together with the operation's record, and released", async () => {
	expect(await take("op-1")).toEqual({ kind: "taken", nodeIds: [1, 2, 3] });
	for (const host of hosts) expect(await readRecord(host, "7")).toEqual({ value: record("op-1") });
	expect(await releaseLock(hosts, "7", "op-2")).toEqual([]);
	expect(await take("op-2")).toMatchObject({ kind: "held", by: "alice on bastion: switchover" });
	expect(await releaseLock(hosts, "7", "op-1")).toEqual([]);
	for (const host of hosts) expect(left(host)).toEqual([]);
	expect(await take("op-2")).toMatchObject({ kind: "taken" });
});

test("goes to at most one of two consoles, and nothing of the other stays", async () => {
	const both = await Promise.all([take("op-1"), take("op-2")]);
	const taken = both.flatMap((locking) => (locking.kind === "taken" ? [locking.nodeIds] : []));
	expect(taken.length).toBeLessThanOrEqual(1);
	// More than half are enough: the winner may lack a host that the other console held just then.
	for (const host of hosts) expect(left(host)).toEqual(taken[0]?.includes(host.nodeId) ? ["lock-7"] : []);
});

test.each([0, 10, 90, 200])(
	"is not left without a holder by a connection that breaks after %i characters",
	async (characters) => {
		for (const host of hosts) host.cutInputAfter = characters;
		expect(await take("op-1")).toMatchObject({ kind: "too few", nodeIds: [] });
		for (const host of hosts) {
			host.cutInputAfter = null;
			expect(left(host)).toEqual([]);
		}
		expect(await take("op-2")).toMatchObject({ kind: "taken" });
	},
);

test("is released again if too few hosts have it, also where the answer was lost", async () => {
	const [one, two] = hosts;
	if (one === undefined || two === undefined) throw new Error("there are three");
	// The lock is taken there, but the answer is lost.
	const { run } = two.shell;
	let isDeaf = true;
	two.shell.run = async (argv, options) => {
		const outcome = await run(argv, options);
		if (!isDeaf) return outcome;
		isDeaf = false;
		return { fault: { kind: "timeout", message: "no answer" } };
	};
	expect(await take("op-1", [one, two])).toMatchObject({ kind: "too few", nodeIds: [1] });
	expect([left(one), left(two)]).toEqual([[], []]);
});
