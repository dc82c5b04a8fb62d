import { expect, test } from "vitest";
import { severityOf } from "../../src/diagnosis/index.ts";
import type { FindingSeverity } from "../../src/model/finding.ts";
import { diagnose } from "../support/diagnose.ts";
import { detached, hanging, refusing, silent, starting, stopped, withRepmgrd } from "../support/reach.ts";
import { primaryReading, standbyReading } from "../support/records.ts";
import { type Changes, inShort, since, worldOf } from "../support/worlds.ts";

/** A node that was not read yet is as good as one that can't be reached: neither is evidence of anything. */

const orphaned = { 2: detached(60), 3: detached(60) };
const SITUATIONS: Readonly<Record<string, Changes>> = {
	"all are well": {},
	"the primary is killed": { 1: stopped("in production"), ...orphaned },
	"the primary is shut down": { 1: stopped("shut down"), ...orphaned },
	"the primary is shut down, repmgrd paused": {
		1: stopped("shut down"),
		...withRepmgrd(orphaned, { paused: true }),
	},
	"the primary is killed, no standby detached": { 1: stopped("in production") },
	"the primary refuses": { 1: refusing, ...orphaned },
	"the primary is silent": { 1: silent, ...orphaned },
	"the primary starts": { 1: starting, ...orphaned },
	"the primary hangs": { 1: hanging, ...orphaned },
	"the primary is read-only": { 1: { server: standbyReading() } },
	"two primaries": { 2: { server: primaryReading({ timeline: 2 }) } },
	"a standby is detached": { 3: detached(60) },
	"a standby is stopped": { 2: stopped("shut down in recovery") },
	"a standby is silent": { 2: silent },
	"two nodes are silent": { 1: silent, 2: silent },
	"repmgrd is paused": withRepmgrd({ 1: {}, 2: {}, 3: {}, 4: {} }, { paused: true }),
	"a cascade": { 3: { registered: { upstreamNodeId: 2 } } },
};

const CERTAINTY: readonly FindingSeverity[] = ["notice", "unknown", "warning", "critical"];

for (const seconds of [1, 60]) {
	for (const ssh of [true, false]) {
		test.each(
			Object.entries(SITUATIONS).flatMap(([title, changes]) =>
				[1, 2, 3, 4].map((nodeId) => [title, nodeId, changes] as const),
			),
		)(
			`%s for ${seconds} s, ${ssh ? "" : "no "}SSH: node %i not read yet proves no more than one that is out of reach`,
			(_, nodeId, changes) => {
				const seen = (as: Changes[number]) => {
					const world = since(seconds, { ...changes, [nodeId]: as }, { ssh });
					const findings = diagnose(world);
					return { findings, severity: severityOf(findings, world.snapshot) };
				};
				const unread = seen({ isUnread: true, hostFault: {} });
				const outOfReach = seen({ fault: { kind: "unreachable" }, hostFault: {} });
				const certain = unread.findings.filter(({ severity }) => CERTAINTY.indexOf(severity) > 1);
				for (const { code, nodeId: of, severity } of certain) {
					const other = outOfReach.findings.find((one) => one.code === code && one.nodeId === of);
					expect(inShort(outOfReach.findings), `${severity} ${code} ${of}`).toContain(
						`${other?.severity} ${code} ${of ?? "cluster"}`,
					);
					expect(CERTAINTY.indexOf(severity)).toBeLessThanOrEqual(
						CERTAINTY.indexOf(other?.severity ?? "notice"),
					);
				}
				expect(unread.severity).not.toBe("ok");
			},
		);
	}
}

test("never says that no node accepts writes while one that may is not read", () => {
	for (const changes of Object.values(SITUATIONS)) {
		for (const nodeId of [2, 3]) {
			const findings = diagnose(worldOf({ ...changes, [nodeId]: { isUnread: true, hostFault: {} } }));
			expect(findings.map(({ message, detail }) => `${message}. ${detail}`).join("\n")).not.toMatch(
				/no node accepts writes/i,
			);
		}
	}
});

test("a lost primary is critical only once all others were read", () => {
	const gone = { 1: stopped("in production"), ...withRepmgrd(orphaned, { running: false }) };
	expect(inShort(diagnose(worldOf(gone)))).toContain("critical PRIMARY_DOWN 1");
	const withoutNode2 = { ...gone, 2: { isUnread: true as const, hostFault: {} } };
	expect(inShort(diagnose(worldOf(withoutNode2)))).toContain("unknown PRIMARY_DOWN 1");
});

test("nodes that were not read yet don't count as unreachable", () => {
	const world = worldOf({ 1: silent, 2: { isUnread: true }, 3: silent, 4: silent }, { ssh: false });
	const found = inShort(diagnose(world));
	expect(found).not.toContain("unknown ALL_UNREACHABLE cluster");
	expect(found.filter((finding) => !finding.startsWith("unknown "))).toEqual([]);
});
