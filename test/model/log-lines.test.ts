import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { knownLine, patternOf } from "../../src/model/log-lines.ts";

const LOGS = join(import.meta.dirname, "../fixtures/logs/failover");

const recorded = (node: string, log: "postgresql" | "repmgrd"): readonly string[] =>
	readFileSync(join(LOGS, `${node}.${log}.log`), "utf8").split("\n");

const known = (node: string, log: "postgresql" | "repmgrd", since: string) =>
	recorded(node, log).flatMap((line) => {
		const found = knownLine(log, line);
		return found === null || line.slice(line.startsWith("[") ? 1 : 0) < since ? [] : [found.pattern];
	});

test("of a recorded failover the lines that decided are known, in their order", () => {
	const since = "2026-11-30 15:42:4";
	expect(known("node1", "postgresql", since)).toEqual(Array(3).fill("unexpected postmaster exit"));
	expect(known("node2", "postgresql", since)).toEqual([
		"could not receive data from WAL stream",
		"connect to the primary",
		"received promote request",
		"selected new timeline ID",
		"database system is ready to accept connections",
	]);
	const told = [...new Set(known("node2", "repmgrd", since))];
	expect(told[0]).toMatch(/^unable to ping/);
	expect(told.findIndex((one) => one.includes("unable to reconnect to node .* after"))).toBeGreaterThan(0);
	expect(told.slice(-3).map((one) => one.slice(0, 12))).toEqual([
		"STANDBY PROM",
		"has recovere",
		"switching to",
	]);
	expect(known("node3", "repmgrd", since).some((one) => one.startsWith("follower node"))).toBe(true);
});

test.each(["postgresql", "repmgrd"] as const)("grep finds the same lines of %s as this program", (log) => {
	for (const node of ["node1", "node2", "node3"]) {
		const file = join(LOGS, `${node}.${log}.log`);
		const found = execFileSync("grep", ["-a", "-E", "-e", patternOf(log), file], { encoding: "utf8" });
		expect(found.trimEnd().split("\n")).toEqual(recorded(node, log).filter((line) => knownLine(log, line)));
	}
});

test("each pattern stays within what grep, JavaScript and single quotes of a shell read alike", () => {
	for (const of of ["postgresql", "repmgrd", "kernel"] as const) {
		expect(patternOf(of)).not.toMatch(/'|\\[a-z]|\(\?/);
		expect(execFileSync("sh", ["-c", `echo | grep -c -E -e '${patternOf(of)}'; true`]).toString()).toBe(
			"0\n",
		);
	}
});
