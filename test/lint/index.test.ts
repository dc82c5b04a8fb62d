import { describe, expect, test } from "vitest";
import { lint, RULES } from "../../src/lint/index.ts";
import type { SetupSource } from "../../src/model/setup.ts";
import { inShort, lintOf, setupOf, UNREAD } from "../support/setups.ts";

test("a well configured cluster has no results", () => {
	expect(lintOf()).toEqual([]);
});

test("every check has its own code", () => {
	const codes = RULES.map(({ code }) => code);
	expect(new Set(codes).size).toBe(codes.length);
	for (const code of codes) expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
});

const SOURCES = Object.keys(setupOf().nodes[0]?.sources ?? {}) as readonly SetupSource[];

describe("what could not be read proves nothing", () => {
	test.each(SOURCES)("%s of one node", (source) => {
		const needing = RULES.filter(({ needs }) => needs.includes(source)).map(({ code }) => code);
		const results = lintOf({ 2: { unread: [source] } });
		expect(inShort(results)).toEqual(needing.length === 0 ? [] : ["unknown NOT_READ 2"]);
		if (needing.length > 0) expect(results[0]?.notChecked).toEqual(needing);
		expect(results[0]?.why ?? UNREAD.message).toContain(UNREAD.message);
	});

	test("reports one result per node when nothing could be read", () => {
		const unread = SOURCES;
		const report = lint(setupOf({ 1: { unread }, 2: { unread }, 3: { unread }, 4: { unread } }));
		expect(inShort(report.results)).toEqual([1, 2, 3, 4].map((id) => `unknown NOT_READ ${id}`));
		expect(report.isAnythingRead).toBe(false);
	});

	test("reports a hidden command as unchecked", () => {
		const results = lintOf({ 3: { conf: { promote_command: "********" } } });
		expect(inShort(results)).toEqual(["unknown NOT_READ 3:10"]);
	});
});

test("the worst comes first", () => {
	const severities = lintOf({
		1: { conf: { failover: undefined }, settings: { max_slot_wal_keep_size: "-1", fsync: "off" } },
		2: { unread: ["hba"] },
	}).map(({ severity }) => severity);
	expect(severities).toEqual([...severities].toSorted((a, b) => rank(a) - rank(b)));
	expect(new Set(severities)).toEqual(new Set(["error", "warning", "unknown", "notice"]));
});

function rank(severity: string): number {
	return ["error", "warning", "unknown", "notice"].indexOf(severity);
}

test("checks 400 nodes in seconds", () => {
	const ids = Array.from({ length: 400 }, (_, index) => index + 1);
	const setup = setupOf({}, ids);
	const before = process.cpuUsage();
	lint(setup);
	// Of this process: others may have the machine meanwhile.
	const { user, system } = process.cpuUsage(before);
	expect((user + system) / 1000).toBeLessThan(8000);
});

test("quotes everything that comes from a database", () => {
	const evil = "x; touch /tmp/pwned";
	const results = lintOf(
		{ 1: { registered: { host: evil, configFile: evil } }, 2: { conf: { failover: undefined } } },
		[1, 2],
	);
	const texts = results
		.flatMap(({ change }) => change.map(({ text }) => text))
		.filter((text) => text.includes("pwned"));
	expect(texts).not.toEqual([]);
	for (const text of texts) expect(text).toMatch(/'x; touch \/tmp\/pwned'/);
});
