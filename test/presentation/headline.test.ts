import { expect, test } from "vitest";
import { acknowledge, type FindingPeriods, recordFindings } from "../../src/assess/finding-periods.ts";
import { takeSnapshot } from "../../src/assess/take-snapshot.ts";
import { type Evidence, type Finding, findingKey } from "../../src/model/finding.ts";
import type { NodeState } from "../../src/model/node-state.ts";
import { headlineOf, sshAge } from "../../src/presentation/headline.ts";
import {
	byId,
	failed,
	NOW,
	nodeState,
	primaryReading,
	read,
	registration,
	standbyReading,
} from "../support/records.ts";

const made = (code: Finding["code"], severity: Finding["severity"]): Finding => ({
	code,
	severity,
	nodeId: 1,
	message: `${code} in words`,
	detail: "",
	hint: "",
	evidence: [],
	remedy: null,
	doNot: null,
});

const split = made("SPLIT_BRAIN", "critical");
const lagging = made("STANDBY_LAGGING", "warning");
const drift = made("METADATA_DRIFT", "notice");

function headline(
	findings: readonly Finding[],
	known: readonly Finding[] = [],
	states?: readonly NodeState[],
) {
	const snapshot = {
		...takeSnapshot("prod", byId(...(states ?? [read(1, primaryReading())])), [], NOW),
		findings,
	};
	const { periods } = recordFindings(new Map(), snapshot, NOW, NOW - 60_000);
	const findingPeriods = known.reduce<FindingPeriods>(
		(all, finding) => acknowledge(all, findingKey(finding), "", NOW),
		periods,
	);
	const { code, text, more, period } = headlineOf({ snapshot, findingPeriods });
	return [code, text, more, period?.since ?? null];
}

test("shows the verdict if there are no findings", () => {
	expect(headline([])).toEqual([null, "primary node1; no standby", 0, null]);
});

test("shows the worst finding, its period, and the number of others without notices", () => {
	expect(headline([split, lagging, drift])).toEqual(["SPLIT_BRAIN", "SPLIT_BRAIN in words", 1, NOW]);
	expect(headline([drift])).toEqual([null, "primary node1; no standby", 0, null]);
});

test("skips an acknowledged finding but counts it", () => {
	expect(headline([split, lagging], [split])).toEqual([
		"STANDBY_LAGGING",
		"STANDBY_LAGGING in words",
		1,
		NOW,
	]);
	expect(headline([split, lagging], [split, lagging])[1]).toBe(
		"all 2 findings are acknowledged; primary node1; no standby",
	);
	expect(headline([split], [split])[1]).toBe("the finding is acknowledged; primary node1; no standby");
});

test("shows that no node answers before any finding", () => {
	const silent = nodeState(registration(1), { server: [failed({ kind: "unreachable" })] });
	expect(headline([made("ALL_UNREACHABLE", "unknown")], [], [silent])[1]).toBe(
		"none of 1 nodes answers: suspect this host's own network first",
	);
});

test("shows a missing primary before any finding that does not explain it", () => {
	const gone = [nodeState(registration(1), { server: [failed({ kind: "refused" })] })];
	expect(headline([lagging], [], gone).slice(0, 2)).not.toContain("STANDBY_LAGGING");
	const unread = [gone, [read(2, standbyReading())]].flat();
	expect(headline([lagging], [], unread)).toEqual([
		null,
		"no primary is seen; node1 refusing; 1 of 1 standbys stream",
		1,
		null,
	]);
	expect(headline([made("PRIMARY_DOWN", "unknown"), lagging], [], unread)[0]).toBe("PRIMARY_DOWN");
});

test("gives the age of a finding whose first evidence came over SSH", () => {
	const evidence = (by: Evidence["by"]): Evidence => ({ nodeId: 1, at: NOW - 12_000, by, text: "" });
	expect(sshAge({ evidence: [evidence("ssh"), evidence("sql")] }, NOW)).toBe("SSH 12 s ago");
	expect(sshAge({ evidence: [evidence("sql"), evidence("ssh")] }, NOW)).toBe("");
});
