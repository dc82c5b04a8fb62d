import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { composePractice, listScenarios } from "../../src/app/practice.ts";
import { readScenario } from "../../src/app/scenario-file.ts";
import { operationsOf } from "../../src/execution/history.ts";
import { Journal } from "../../src/execution/journal.ts";
import { SCENARIOS } from "../../src/practice/scenarios/index.ts";
import { temporaryDirectory } from "../config/directory.ts";
import { settled } from "../support/fake-cluster.ts";
import { playScenario } from "../support/played.tsx";
import { PracticeConsole } from "../support/practice.ts";
import { NOW } from "../support/records.ts";

const DIRECTORY = join(import.meta.dirname, "../../src/practice/scenarios");
const FILES = readdirSync(DIRECTORY).filter((name) => name.endsWith(".json"));

beforeEach(() => {
	vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
	vi.useRealTimers();
});

describe.each(SCENARIOS)("the scenario $name", ({ name, bareHosts, end, operations, hints, lesson }) => {
	test("is solved on the screen by its own keys, not before, and ends with a debrief", async () => {
		const played = await playScenario(name, { columns: 80, rows: 24 }, 10);
		const { practice, journalPath } = played;
		try {
			expect(practice.state().isSolved).toBe(false);
			await played.toItsEnd();
			const done = operationsOf(new Journal(journalPath, (text) => text).read().entries).toReversed();
			expect(done.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual(
				operations.map((kind) => `${kind} done`),
			);
			const { findings } = played.session.store.getState().snapshot;
			const left = findings.filter(
				({ severity, code }) => severity !== "notice" && code !== "FAILOVER_NOT_READY",
			);
			expect(left).toEqual([]);
			const { isSolved, debrief } = practice.state();
			expect(isSolved).toBe(end.length > 0);
			if (end.length === 0) return;
			expect(played.screen.text()).toContain("Solved: ");
			expect(debrief.join("\n")).toMatch(/Writing was possible all the time|Nobody could write for \d+ s/);
			expect(debrief).toContain(`Next time: ${lesson}`);
			for (const kind of operations)
				expect(debrief.join("\n")).toMatch(new RegExp(`^[\\d:]+ {2}you {7}${kind}$`, "m"));
			expect(debrief.join("\n")).toMatch(/^[\d:]+ {2}happened {2}/m);
			expect(debrief.join("\n")).not.toContain("could not");
			// Nothing was wrong with hosts that were bare.
			if (bareHosts === undefined) expect(debrief.join("\n")).toMatch(/^[\d:]+ {2}seen {6}[A-Z_]+: /m);
		} finally {
			played.close();
		}
	});

	test("is not solved by waiting", async () => {
		const practice = new PracticeConsole(name, 10);
		await settled(practice.session.firstPicture());
		await practice.seconds(30);
		expect(practice.practice.state().isSolved).toBe(false);
		practice.close();
	});

	test("shows its hints one by one", () => {
		const practice = new PracticeConsole(name);
		expect(practice.practice.state().hints).toEqual([]);
		for (const _ of hints) practice.practice.askHint();
		practice.practice.askHint();
		expect(practice.practice.state()).toMatchObject({ hints, hasMoreHints: false });
		practice.close();
	});
});

test("every file is a scenario of that name, and none is left out", () => {
	const read = FILES.map((file) => readScenario(readFileSync(join(DIRECTORY, file), "utf8"), file));
	expect(read.flatMap(({ problems }) => problems ?? [])).toEqual([]);
	expect(read.map(({ value }) => `${value?.name}.json`)).toEqual(FILES);
	expect(SCENARIOS.map(({ name }) => `${name}.json`).toSorted()).toEqual(FILES.toSorted());
});

test("what is wrong in a file is said with its line, as of the configuration file", () => {
	const text = readFileSync(join(DIRECTORY, "lost-slot.json"), "utf8");
	const broken = text
		.replace('"drop-slot"', '"drop-slots"')
		.replace('"writable"', '"writeable"')
		.replace('"lesson"', '"leson"')
		.replace('"node3"', '"node9"');
	const { problems } = readScenario(broken, "mine.json");
	const lineOf = (word: string): number => broken.split("\n").findIndex((line) => line.includes(word)) + 1;
	expect(problems?.map(({ message, where }) => `${where?.line}: ${message}`).toSorted()).toEqual(
		[
			`${lineOf('"drop-slots"')}: invalid value for "fault": "drop-slots"`,
			`${lineOf('"node9"')}: invalid value for "node": "node9"`,
			`${lineOf('"writeable"')}: invalid value for "end": "writeable"`,
			`1: invalid value for "lesson": nothing`,
			`${lineOf('"leson"')}: unknown key "leson"`,
		].toSorted(),
	);
	expect(problems?.find(({ message }) => message.startsWith("unknown"))?.hint).toContain("lesson");
	expect(readScenario("{", "mine.json").problems?.[0]?.message).toMatch(/^broken YAML/);
});

const GOOD = {
	...JSON.parse(readFileSync(join(DIRECTORY, "lost-slot.json"), "utf8")),
	keys: [{ wait: [], press: "down enter", why: "a" }],
};

/** "LINE DETAIL" of what is wrong in it. */
function wrongIn(changes: Readonly<Record<string, unknown>>): readonly string[] {
	const { problems = [] } = readScenario(JSON.stringify({ ...GOOD, ...changes }, null, 1), "mine.json");
	return problems.map(({ where, message, detail }) => `${where?.line} ${message}: ${detail}`);
}

test("a name that is no key's is said with its line and the names that there are: nothing would ever come of it", () => {
	const press = "down entre Enter ctrl+m";
	const found = wrongIn({ keys: [...GOOD.keys, { wait: [], press, why: "b" }] });
	const text = JSON.stringify({ ...GOOD, keys: [...GOOD.keys, { wait: [], press, why: "b" }] }, null, 1);
	const line = text.split("\n").findIndex((one) => one.includes(press)) + 1;
	expect(found).toEqual([
		expect.stringMatching(
			new RegExp(
				`^${line} invalid value for "press": "${press.replace("+", "\\+")}": There is no key "entre". .*enter, esc`,
			),
		),
		expect.stringContaining('There is no key "Enter". It must be a character, one of space, tab,'),
		expect.stringContaining('There is no key "ctrl+m". Terminals send the same for it as for "enter".'),
	]);
});

test("what can't happen to a node is refused when the file is read", () => {
	const at = (fault: string, node: string) => ({ seconds: 1, fault, node });
	const refused = (...happens: readonly unknown[]) =>
		wrongIn({ happens }).map((text) => /: (It can't happen.*)$/.exec(text)?.[1] ?? text);
	expect(refused(at("kill-postgres", "node2"), at("kill-postgres", "node2"))).toEqual([
		"It can't happen to node2 then: PostgreSQL does not run there.",
	]);
	expect(refused(at("stop-postgres", "node2"), at("freeze-postgres", "node2"))).toHaveLength(1);
	expect(refused(at("cut", "node1"), at("cut", "node1"))).toEqual([
		"It can't happen to node1 then: it has happened already.",
	]);
	for (const fault of ["promote", "slow-replay", "drop-slot"])
		for (const node of ["node1", "node4"])
			expect(refused(at(fault, node)), `${fault} ${node}`).toHaveLength(1);
	expect(refused(at("drop-slot", "node2"), at("drop-slot", "node2"))).toHaveLength(1);
	expect(
		refused(at("kill-postgres", "node1"), at("promote", "node3"), at("start-postgres", "node1")),
	).toEqual([]);
});

test("nothing can happen to bare hosts, of which there are two or more", () => {
	expect(wrongIn({ bareHosts: ["one", "two"] })).toEqual([
		expect.stringContaining("Nothing can happen to bare hosts."),
	]);
	expect(wrongIn({ bareHosts: ["one"], happens: [] })).toEqual([expect.stringContaining("2 hosts or more")]);
	expect(wrongIn({ bareHosts: ["one", "two"], happens: [] })).toEqual([]);
});

test("control characters, and what happens in another order than its times, are refused", () => {
	const good = JSON.parse(readFileSync(join(DIRECTORY, "lost-slot.json"), "utf8"));
	const [first] = good.happens;
	for (const [key, value] of [
		["title", "a\u001b[2Jtitle"],
		["goal", "two\nlines"],
		["hints", ["a\u0007"]],
		[
			"happens",
			[
				{ ...first, seconds: 9 },
				{ ...first, node: "node2" },
			],
		],
	] as const) {
		const { problems } = readScenario(JSON.stringify({ ...good, [key]: value }), "mine.json");
		expect(problems?.map(({ message }) => message)).toEqual([
			expect.stringContaining(`invalid value for "${key}"`),
		]);
	}
});

test("a file of one's own is a scenario, too", () => {
	const text = readFileSync(join(DIRECTORY, "calm.json"), "utf8").replace('"calm"', '"mine"');
	const directory = temporaryDirectory({ "mine.json": text });
	const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
	const { value } = composePractice(client, join(directory, "mine.json"), 1);
	expect(value?.scenario.name).toBe("mine");
	value?.close();
	const { problems } = composePractice(client, join(directory, "none.json"), 1);
	expect(problems?.[0]?.message).toBe(`could not read scenario "${join(directory, "none.json")}"`);
});

test("the list says which are solved, and since when", () => {
	const lines = listScenarios({ "lost-slot": "2026-11-30T03:04:05.000Z" }).split("\n");
	expect(lines).toHaveLength(SCENARIOS.length);
	expect(lines.filter((line) => line.includes("solved"))).toEqual([
		expect.stringMatching(/^lost-slot +A lost slot +solved 2026-11-30$/),
	]);
	expect(lines[0]).toMatch(/^calm +A calm cluster +no task$/);
});
test("twenty times as fast, a failover takes a twentieth of the time", async () => {
	const practice = new PracticeConsole("calm", 20);
	await settled(practice.session.firstPicture());
	await practice.fault("kill-postgres", "node1");
	await practice.seconds(3);
	expect(practice.cluster.node(2).data.isStandby).toBe(false);
	practice.close();
});

test("a name that is no scenario is refused with those that there are", () => {
	const client = { environment: {}, home: "/nonexistent", osUser: "alice" };
	const { problems } = composePractice(client, "split-brian", 1);
	expect(problems?.[0]).toMatchObject({
		message: 'there is no scenario "split-brian"',
		hint: 'Did you mean "split-brain"?',
	});
});

test("nothing is left behind: its directory goes with it", async () => {
	const own = () => readdirSync(tmpdir()).filter((name) => name.startsWith("repmgr-console-practice-"));
	const before = own();
	const practice = new PracticeConsole();
	const made = own().find((name) => !before.includes(name)) ?? "";
	expect(existsSync(`${tmpdir()}/${made}`)).toBe(true);
	practice.close();
	expect(own()).not.toContain(made);
});
