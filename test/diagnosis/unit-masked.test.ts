import { expect, test } from "vitest";
import { unitMasked } from "../../src/diagnosis/rules/unit-masked.ts";
import type { HostReading } from "../../src/model/host-reading.ts";
import { diagnose } from "../support/diagnose.ts";
import { NOW } from "../support/records.ts";
import { inShort, judge, since, worldOf } from "../support/worlds.ts";

const MASKED: Partial<HostReading> = {
	masked: [{ of: "PostgreSQL", unit: "postgresql@15-main.service", isRuntime: false }],
};
const { systemIdentifier } = worldOf().snapshot.cluster;
const fences: HostReading["fences"] = [
	{
		...{ systemIdentifier: systemIdentifier ?? "", nodeId: 2, how: "stop", who: "anna on b1", reason: "cut" },
		...{ kept: "node1", since: NOW },
	},
];

test("fires while the server runs, and says who masked its unit", () => {
	const world = worldOf({ 2: { host: { ...MASKED, fences } } });
	expect(inShort(diagnose(world))).toEqual(["warning UNIT_MASKED 2"]);
	const [found] = judge(unitMasked, world);
	expect(found?.evidence[0]?.text).toMatch(
		/^its unit postgresql@15-main\.service is masked, by the fence of anna on b1 at .* UTC: cut$/,
	);
	expect(found?.remedy).toMatchObject({ intent: { kind: "unfence", nodeId: 2 } });
	const [other] = judge(unitMasked, worldOf({ 2: { host: MASKED } }));
	expect(other?.evidence[0]?.text).toContain("not by this console");
});

test("a stopped node's finding says so instead, and what is fenced is first unmasked", () => {
	const controlData = {
		...{ state: "shut down in recovery", timeline: 1, checkpointLsn: "0/5000000" },
		systemIdentifier,
	};
	const host = { postmaster: false, controlData, ...MASKED, fences } as const;
	const stopped = { fault: { kind: "refused" }, host } as const;
	const findings = diagnose(since(30, { 2: stopped }));
	expect(findings.map(({ code }) => code)).not.toContain("UNIT_MASKED");
	const down = findings.find(({ code }) => code === "STANDBY_DOWN");
	expect(down?.evidence.map(({ text }) => text).join()).toContain("by the fence of anna");
	expect(down?.remedy?.argv).toEqual(["sudo", "systemctl", "unmask", "postgresql@15-main.service"]);
});

test.each([
	["of repmgrd alone", { masked: [{ of: "repmgrd", unit: "repmgrd.service", isRuntime: false }] } as const],
	["none", {}],
])("does not fire: %s", (_, host) => {
	expect(judge(unitMasked, worldOf({ 2: { host } }))).toEqual([]);
});
