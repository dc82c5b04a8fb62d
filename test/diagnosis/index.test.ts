import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RULES, severityOf } from "../../src/diagnosis/index.ts";
import { MASKS, withoutMasked } from "../../src/diagnosis/masks.ts";
import type { World } from "../../src/diagnosis/world.ts";
import { FINDING_CODES, type Finding, type FindingSeverity } from "../../src/model/finding.ts";
import { diagnose } from "../support/diagnose.ts";
import { primaryReading, repmgrd } from "../support/records.ts";
import { inShort, worldOf } from "../support/worlds.ts";

const found = (severity: FindingSeverity, changes: Partial<Finding> = {}): Finding => ({
	code: "CLOCK_SKEW",
	severity,
	nodeId: 1,
	message: "",
	detail: "",
	hint: "",
	evidence: [],
	remedy: null,
	doNot: null,
	...changes,
});

describe("severityOf", () => {
	const unread = worldOf({ 1: { fault: {} }, 2: { fault: {} }, 3: { fault: {} }, 4: { fault: {} } });
	const noExtension = { server: { repmgrVersion: null } };
	const withoutExtension = worldOf({ 1: noExtension, 2: noExtension, 3: noExtension, 4: noExtension });
	test.each<[string, readonly FindingSeverity[], World, string]>([
		["nothing found", [], worldOf(), "ok"],
		["a notice is no reason to worry", ["notice"], worldOf(), "ok"],
		["the worst counts", ["critical", "warning", "unknown", "notice"], worldOf(), "critical"],
		["a warning before what can't be seen", ["warning", "unknown"], worldOf(), "warning"],
		["what can't be seen before a notice", ["unknown", "notice"], worldOf(), "unknown"],
		["a node that was not read yet", ["notice"], worldOf({ 3: { isUnread: true } }), "unknown"],
		["the primary was not read yet", [], worldOf({ 1: { isUnread: true } }), "unknown"],
		["the primary went a moment ago, and no rule says why", [], worldOf({ 1: { fault: {} } }), "unknown"],
		["a standby that may merely restart is not well", [], worldOf({ 2: { fault: {} } }), "warning"],
		["no primary is seen: nothing else is worse", ["warning"], worldOf({ 1: { fault: {} } }), "unknown"],
		["no node was read: nothing is known", ["warning"], unread, "unknown"],
		["no node was read, but hosts prove a finding", ["critical", "warning"], unread, "critical"],
		["the extension is in another database", ["critical"], withoutExtension, "unknown"],
	])("%s", (_, severities, { snapshot }, expected) => {
		const findings = severities.map((severity) => found(severity));
		expect(severityOf(findings, snapshot)).toBe(expected);
	});
});

test("the worst comes first", () => {
	const world = worldOf({
		1: { host: { archiveReadyFiles: 20 } },
		2: { server: primaryReading({ timeline: 2 }) },
		3: { server: { clockOffsetMs: 9000 } },
	});
	const order = diagnose(world).map(({ severity }) => severity);
	expect(order[0]).toBe("critical");
	expect(order.at(-1)).toBe("notice");
	expect(order.toSorted((a, b) => "cwun".indexOf(a.charAt(0)) - "cwun".indexOf(b.charAt(0)))).toEqual(order);
});

test("a missing primary comes before a warning, even for an unknown reason", () => {
	const paused = { server: { repmgrd: repmgrd({ paused: true, upstreamNodeId: 1 }) } };
	expect(inShort(diagnose(worldOf({ 1: { fault: {} }, 2: paused, 3: paused, 4: paused })))).toEqual([
		"unknown PRIMARY_UNREACHABLE_FROM_HERE 1",
		"warning REPMGRD_PAUSED cluster",
	]);
});

describe("masks", () => {
	test("name existing codes, and no code masks itself", () => {
		const codes: readonly string[] = FINDING_CODES;
		for (const [cause, { onSameNode = [], everywhere = [] }] of Object.entries(MASKS)) {
			const consequences: readonly string[] = [...onSameNode, ...everywhere];
			expect(codes).toContain(cause);
			expect(consequences.filter((code) => !codes.includes(code))).toEqual([]);
			expect(consequences).not.toContain(cause);
		}
	});

	test("no two codes mask each other", () => {
		const consequencesOf = (code: string): readonly string[] => {
			const mask = MASKS[code as keyof typeof MASKS];
			return [...(mask?.onSameNode ?? []), ...(mask?.everywhere ?? [])];
		};
		const pairs = FINDING_CODES.flatMap((code) =>
			consequencesOf(code)
				.filter((other) => consequencesOf(other).includes(code))
				.map((other) => `${code} and ${other}`),
		);
		expect(pairs).toEqual([]);
	});

	test("apply to the same node", () => {
		const cause = found("warning", { code: "ARCHIVE_FAILING", nodeId: 1 });
		const consequence = (nodeId: number) => found("warning", { code: "ARCHIVE_BACKLOG", nodeId });
		expect(withoutMasked([consequence(1), cause])).toEqual([cause]);
		expect(withoutMasked([consequence(2), cause])).toEqual([consequence(2), cause]);
	});

	test("apply everywhere", () => {
		const cause = found("notice", { code: "FAILOVER_IN_PROGRESS", nodeId: null });
		expect(withoutMasked([found("warning", { code: "METADATA_DRIFT", nodeId: 3 }), cause])).toEqual([cause]);
	});

	test("a split brain masks findings about repmgr.nodes", () => {
		const world = worldOf({
			2: { server: primaryReading({ timeline: 2 }) },
			3: { registered: { upstreamNodeId: 2 } },
			4: { registered: { active: false } },
		});
		expect(inShort(diagnose(world)).filter((code) => /METADATA|INACTIVE_BUT|STALE/.test(code))).toEqual([]);
	});
});

describe("every code", () => {
	const read = (directory: string): string =>
		readdirSync(directory)
			.filter((name) => name.endsWith(".ts") && !name.startsWith("index"))
			.map((name) => readFileSync(join(directory, name), "utf8"))
			.join("\n");
	const source = join(import.meta.dirname, "../../src/diagnosis");
	const rules = read(join(source, "rules"));
	const shared = read(source).replace(/MASKS[\s\S]*?\n\};/, "");
	const tests = read(import.meta.dirname);

	test.each(FINDING_CODES)("%s is found by a rule, and by a test", (code) => {
		const isIn = (text: string): boolean => new RegExp(`\\b${code}\\b`).test(text);
		expect({ rule: isIn(`${rules}\n${shared}`), test: isIn(tests) }).toEqual({ rule: true, test: true });
	});

	test("every rule is in the table of contents, once", () => {
		const files = readdirSync(join(source, "rules")).length;
		expect(new Set(RULES).size).toBe(RULES.length);
		expect(RULES.length).toBeGreaterThanOrEqual(files);
	});
});
