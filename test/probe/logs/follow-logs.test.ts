import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Registration } from "../../../src/model/registration.ts";
import { HOST_SCRIPT } from "../../../src/probe/host/script.ts";
import type { LogLooks } from "../../../src/probe/logs/loop.ts";
import { LOG_SCRIPT } from "../../../src/probe/logs/script.ts";
import { Poller } from "../../../src/probe/poller.ts";
import { DEFAULT_TIMING } from "../../../src/probe/timing.ts";
import { fakeQuery, fault } from "../../support/fake-query.ts";
import { FakeShell } from "../../support/fake-shell.ts";
import { NOW, registration } from "../../support/records.ts";

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A poller on nodes with unreachable servers and reachable hosts (all but the third). */
function watch(known: readonly Registration[] = [registration(1), registration(2), registration(3)]) {
	const shells: { readonly nodeId: number; readonly shell: FakeShell }[] = [];
	const seen: { readonly nodeId: number; readonly looks: LogLooks }[] = [];
	const state = { members: known };
	const poller = new Poller({
		query: fakeQuery({}),
		redact: (text) => text,
		timing: () => DEFAULT_TIMING,
		resolve: () => fault("protocol"),
		shellFor: ({ nodeId }) => {
			if (nodeId === 3) return null;
			const shell = new FakeShell();
			shell.onRun = () => ({
				value: { exitCode: 0, stdout: "log repmgrd file /r.log\n|x\nto 1 2\nend\n", stderr: "" },
			});
			shells.push({ nodeId, shell });
			return { shell, user: "postgres" };
		},
		hostLooks: "in trouble",
		receive() {},
		found() {},
		registrations: () => state.members,
		onSeedFault() {},
		onLogs: (nodeId, looks) => seen.push({ nodeId, looks }),
		onTick() {},
	});
	poller.start([], known);
	// Not the reads of a host that search for a reason.
	const logRuns = (nodeId: number) =>
		shells
			.filter((entry) => entry.nodeId === nodeId)
			.flatMap(({ shell }) => shell.runs)
			.filter(({ argv }) => argv.includes(LOG_SCRIPT) && !argv.includes(HOST_SCRIPT)).length;
	return { poller, shells, seen, state, logRuns };
}

test("reads only the logs of followed nodes, over their open connections", async () => {
	const { poller, shells, seen, logRuns } = watch();
	await pass(3000);
	expect(logRuns(1) + logRuns(2)).toBe(0);
	const stop = poller.followLogs(1);
	await pass(2500);
	expect([logRuns(1), logRuns(2)]).toEqual([3, 0]);
	expect(seen[0]).toMatchObject({ nodeId: 1, looks: { repmgrd: { lines: [{ text: "x" }] } } });
	expect(shells.filter(({ nodeId }) => nodeId === 1)).toHaveLength(1);
	stop();
	await pass(5000);
	expect(logRuns(1)).toBe(3);
	poller.stop();
});

test("keeps following while one of two followers remains, even if the other leaves twice", async () => {
	const { poller, logRuns } = watch();
	const stop = poller.followLogs(1);
	poller.followLogs(1);
	stop();
	stop();
	await pass(1500);
	expect(logRuns(1)).toBe(2);
	poller.stop();
});

test("reports a node without SSH at once", async () => {
	const { poller, seen } = watch();
	poller.followLogs(3);
	await pass(0);
	expect(seen).toMatchObject([
		{ nodeId: 3, looks: { postgresql: { fault: { message: "the console uses no SSH for this node" } } } },
	]);
	poller.stop();
});

test("keeps following a node that is registered again, but not one that is gone", async () => {
	const { poller, state, shells, logRuns } = watch();
	poller.followLogs(1);
	await pass(1500);
	state.members = [registration(1, { conninfo: "host=elsewhere" })];
	await pass(3000);
	expect(shells.filter(({ nodeId }) => nodeId === 1)).toHaveLength(2);
	expect(logRuns(1)).toBeGreaterThan(3);
	state.members = [];
	await pass(5000);
	const before = logRuns(1);
	await pass(5000);
	expect(logRuns(1)).toBe(before);
	poller.stop();
});

test("stop() ends it", async () => {
	const { poller, logRuns } = watch();
	poller.followLogs(1);
	await pass(1500);
	poller.stop();
	const before = logRuns(1);
	await pass(10_000);
	expect(logRuns(1)).toBe(before);
});
