import { beforeEach, expect, test } from "vitest";
import type { Host } from "../../src/execution/host.ts";
import { takeLock } from "../../src/execution/lock.ts";
import { parseRecord, readRecord } from "../../src/execution/operation-record.ts";
import { claimRun, fetchRejoinLog, followRun } from "../../src/execution/remote-run.ts";
import { sanitiseText } from "../../src/text/sanitise.ts";
import { FakeShell } from "../support/fake-shell.ts";
import { mutateText, numbersFrom, SEED } from "../support/random.ts";
import { expectSound } from "../support/sound.ts";

let shell: FakeShell;
let host: Host;
beforeEach(() => {
	shell = new FakeShell();
	host = { nodeId: 1, shell, user: "postgres", configFile: "/etc/repmgr.conf" };
});

const answer = (stdout: string): void => {
	shell.onRun = () => ({ value: { exitCode: 0, stdout, stderr: "" } });
};
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const run = () => ({ host, operationId: "op-1", key: "promote" });

const RECORD = JSON.stringify({
	operationId: "op-1",
	title: "switchover to node2",
	who: "alice on bastion1",
	startedAt: 1.7e12,
	pausedBefore: [{ nodeId: 1, isPaused: false }],
	drilledNodeId: null,
	steps: [
		{
			...{ key: "promote", title: "promote", nodeId: 1, settleSeconds: 5, rejoinLogOn: null },
			expects: [{ kind: "primary", nodeId: 2 }],
		},
	],
});
const HOLDER = { operationId: "op-2", operation: "switchover", who: "bob on bastion2", since: 1.7e12 };

test.each<[string, string, (text: string) => unknown]>([
	["the operation", RECORD, parseRecord],
	[
		"a rejoin's log",
		`/tmp/node-rejoin.1.log\n${base64("INFO: one\nINFO: two\n")}`,
		() => fetchRejoinLog(run(), (text) => text),
	],
	[
		"a lock's holder",
		`held\n${JSON.stringify(HOLDER)}\n`,
		() =>
			takeLock({
				hosts: [host],
				nodeCount: 1,
				systemIdentifier: "7",
				holder: HOLDER,
				record: JSON.parse(RECORD),
			}),
	],
	["a claim", "begun\n", () => claimRun(run(), { patienceMs: 0, signal: AbortSignal.abort() })],
	["the operation on a host", base64(RECORD), () => readRecord(host, "7")],
])(
	`600 mutated answers of %s (seed ${SEED}) are read as something valid, or as nothing`,
	async (_, good, parse) => {
		const random = numbersFrom(SEED);
		for (let times = 0; times < 600; times++) {
			const text = mutateText(random, good);
			answer(text);
			expectSound(await parse(text), text);
		}
	},
);

const FOLLOWED = `state exit 3\nstdout ${base64("out\n")}\nstderr ${base64("err\n")}\n`;

test(`600 mutated ends of runs (seed ${SEED}) are ends, or faults of the host`, async () => {
	const random = numbersFrom(SEED);
	const ends: Record<string, number> = {};
	for (let times = 0; times < 600; times++) {
		// The second answer has no new output.
		const texts = [mutateText(random, FOLLOWED), "state exit 3\nstdout \nstderr \n"];
		shell.onRun = () => ({
			value: { exitCode: 0, stdout: texts.shift() ?? "state lost\nstdout \nstderr \n", stderr: "" },
		});
		let said = "";
		const end = await followRun(
			run(),
			{ patienceMs: -1, signal: new AbortController().signal },
			(text) => (said += text),
			() => {},
		);
		expectSound(end, FOLLOWED);
		expect(sanitiseText(said).length).toBeLessThan(1_000_000);
		ends[end.kind] = (ends[end.kind] ?? 0) + 1;
	}
	expect(ends.exit).toBeGreaterThan(20);
	expect(ends.unreachable).toBeGreaterThan(20);
});

test.each([
	[59_999, "the first\n"],
	[60_000, "the first\n(only its first 60000 bytes were read)\n"],
])("a rejoin's log of which %i bytes were read", async (length, text) => {
	answer(`/tmp/node-rejoin.1.log\n${base64("the first\n".padEnd(length, "x"))}`);
	expect((await fetchRejoinLog(run(), (whole) => whole))?.text).toBe(text);
});

test("an answer to a claim that can't be read is a fault", async () => {
	const patience = { patienceMs: 0, signal: AbortSignal.abort() };
	for (const said of ["", "beg", "never or begun\n"]) {
		answer(said);
		expect((await claimRun(run(), patience)).fault).toMatchObject({ kind: "protocol" });
	}
});

test("a host that keeps sending nonsense is given up after a while", async () => {
	answer("nonsense\n");
	const patience = { patienceMs: 100, signal: new AbortController().signal };
	const end = await followRun(
		run(),
		patience,
		() => {},
		() => {},
	);
	expect(end).toMatchObject({ kind: "unreachable", fault: { kind: "protocol" } });
	expect(shell.runs.length).toBeLessThan(10);
});

test("a record with an impossible time is not read", () => {
	expect(parseRecord(RECORD)).toMatchObject({ startedAt: 1.7e12 });
	expect(parseRecord(RECORD.replace("1700000000000", "1e300"))).toBeNull();
});
