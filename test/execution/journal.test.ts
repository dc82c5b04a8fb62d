import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { operationsOf } from "../../src/execution/history.ts";
import { Journal } from "../../src/execution/journal.ts";
import { request } from "../../src/operation/request.ts";
import { redactor } from "../../src/text/redact.ts";
import { factsOf } from "../support/facts.ts";

let directory = "";
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), "repmgr-console-test-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const who = { osUser: "alice", host: "bastion", sshFrom: "192.0.2.7", pid: 42 };
const of = { operationId: "op-1", cluster: "prod", systemIdentifier: "7", who };
const { plan } = request(
	{ kind: "switchover", nodeId: 2, siblingsFollow: true, forceRewind: false, acceptLostSlots: false },
	factsOf(),
);

function open(...secrets: string[]): Journal {
	return new Journal(
		join(directory, "new", "journal.jsonl"),
		redactor(() => secrets),
	);
}

const text = (): string => readFileSync(join(directory, "new", "journal.jsonl"), "utf8");

test("has one line for each entry, readable by its owner alone", () => {
	const journal = open();
	journal.write({ ...of, event: "resumed" });
	journal.write({ ...of, event: "ended", outcome: "done", notes: [] });
	expect(text().trimEnd().split("\n")).toHaveLength(2);
	expect(statSync(join(directory, "new", "journal.jsonl")).mode & 0o777).toBe(0o600);
	expect(journal.read().entries.map(({ event, who: { osUser } }) => [event, osUser])).toEqual([
		["resumed", "alice"],
		["ended", "alice"],
	]);
});

test("has no secret, wherever it comes from", () => {
	const journal = open("from-pgpass");
	const argv = ["psql", "-d", "host=n1 password=in-argv"];
	journal.write({ ...of, event: "started", step: "x", nodeId: 1, user: "postgres", argv });
	const output = "PGPASSWORD=in-environment\nand from-pgpass\npostgresql://u:in-uri@h/d";
	journal.write({ ...of, event: "done", step: "x", exitCode: 0, output, notes: ["password=in-notes"] });
	for (const secret of ["in-argv", "in-environment", "from-pgpass", "in-uri", "in-notes"]) {
		expect(text()).not.toContain(secret);
	}
});

test("reads all other lines when a power cut left half a line", () => {
	const journal = open();
	journal.write({ ...of, event: "resumed" });
	appendFileSync(join(directory, "new", "journal.jsonl"), '{"schema":1,"at"');
	journal.write({ ...of, event: "ended", outcome: "failed", notes: [] });
	expect(journal.read().entries.map(({ event }) => event)).toEqual(["resumed", "ended"]);
});

test("throws when an entry before an action can't be written", () => {
	appendFileSync(join(directory, "file"), "");
	const journal = new Journal(
		join(directory, "file", "journal.jsonl"),
		redactor(() => []),
	);
	expect(() => journal.write({ ...of, event: "resumed" })).toThrow();
});

test("keeps an entry that can't be written during an action, and writes it with the next one", () => {
	const inTheWay = join(directory, "new");
	appendFileSync(inTheWay, "");
	const journal = open("from-pgpass");
	expect(journal.note({ ...of, event: "resumed" })).toMatch(/Not a directory/);
	const notes = ["from-pgpass"];
	expect(
		journal.note({ ...of, event: "skipped", step: "x", exitCode: null, output: "", notes }),
	).not.toBeNull();
	rmSync(inTheWay);
	expect(journal.note({ ...of, event: "ended", outcome: "done", notes: [] })).toBeNull();
	expect(journal.read().entries.map(({ event }) => event)).toEqual(["resumed", "skipped", "ended"]);
	expect(text()).not.toContain("from-pgpass");
	journal.note({ ...of, event: "resumed" });
	expect(journal.read().entries).toHaveLength(4);
});

test("leaves out and counts lines that are no entries, and has no control characters", () => {
	const journal = open();
	journal.write({ ...of, event: "resumed" });
	const entry = { schema: 1, at: "2026-11-29T10:00:00Z", ...of };
	const foreign = [
		{ schema: 1, event: "approved", operationId: "x" },
		{ ...entry, event: "resumed", operationId: "../../../../tmp/evil" },
		{ ...entry, event: "approved", plan: { title: "x", steps: [{}] } },
		{ ...entry, event: "resumed", who: { osUser: 7 } },
		{ ...entry, event: "unheard of" },
		{ ...entry, event: "resumed", at: "never" },
		7,
	];
	for (const line of foreign)
		appendFileSync(join(directory, "new", "journal.jsonl"), `${JSON.stringify(line)}\n`);
	const raw = { ...entry, event: "resumed", who: { ...who, osUser: "a\u001b]0;x\u0007" } };
	appendFileSync(join(directory, "new", "journal.jsonl"), `${JSON.stringify(raw)}\n`);
	const { entries, problem } = journal.read();
	expect(entries.map(({ who: { osUser } }) => osUser)).toEqual(["alice", "a\uFFFD]0;x\uFFFD"]);
	expect(problem).toBe("7 of 9 lines of the journal are ignored: they are no entries");
});

test.each([
	[
		"writable by others",
		() => chmodSync(join(directory, "new", "journal.jsonl"), 0o666),
		/written by others/,
	],
	["in a directory that others may write", () => chmodSync(join(directory, "new"), 0o777), /mode 0777/],
])("a journal that is %s is neither believed nor written", (_, spoil, reason) => {
	const journal = open();
	journal.write({ ...of, event: "resumed" });
	spoil();
	expect(journal.read()).toEqual({ entries: [], problem: expect.stringMatching(reason) });
	expect(() => journal.write({ ...of, event: "resumed" })).toThrow(reason);
});

test("an operation is interrupted until it has ended", () => {
	if (plan === undefined) throw new Error("there is no plan");
	const journal = open();
	journal.write({ ...of, event: "approved", plan });
	const before = operationsOf(journal.read().entries);
	expect(before).toMatchObject([
		{ operationId: "op-1", outcome: "interrupted", who: "alice on bastion (from 192.0.2.7)", pid: 42 },
	]);
	expect(before[0]?.record.steps.map(({ key }) => key)).toEqual([
		"dry-run",
		"switchover",
		"follows-3",
		"follows-4",
	]);
	journal.write({ ...of, event: "ended", outcome: "done", notes: [] });
	expect(operationsOf(journal.read().entries)).toMatchObject([{ outcome: "done" }]);
});

test("keeps the lines of an output, without control characters", () => {
	const journal = open();
	const output = "INFO: one\n\u001b[31mINFO: two\n";
	journal.write({ ...of, event: "done", step: "x", exitCode: 0, output, notes: [] });
	const [entry] = journal.read().entries;
	expect(entry).toMatchObject({ output: expect.stringMatching(/^INFO: one\n.*INFO: two\n$/) });
	expect(JSON.stringify(entry)).not.toContain("\\u001b");
});
