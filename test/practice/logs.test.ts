import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { knownLine } from "../../src/model/log-lines.ts";
import type { LogName } from "../../src/model/log-tail.ts";
import { eachOnCalmPractice, type PracticeConsole } from "../support/practice.ts";

/** Logs of the test cluster: PostgreSQL on node1 was killed at 15:42:42. */
const RECORDED = join(import.meta.dirname, "../fixtures/logs/failover");
const KILLED_AT = "2026-11-30 15:42:42";

let practice: PracticeConsole;
eachOnCalmPractice((console) => {
	practice = console;
});

/** What decided, in order; what comes again at once counts once. */
function decisions(log: LogName, lines: readonly string[]): readonly string[] {
	const known = lines.flatMap((line) => knownLine(log, line)?.pattern ?? []);
	return known.filter((pattern, index) => pattern !== known[index - 1]);
}

test.each([
	["node1", "postgresql"],
	["node2", "postgresql"],
	["node2", "repmgrd"],
] as const)(
	"after a kill of the primary the same lines decide on %s in %s's log as on the real cluster",
	async (name, log) => {
		const recorded = readFileSync(join(RECORDED, `${name}.${log}.log`), "utf8").split("\n");
		const from = recorded.findIndex((line) => /^\[?2026/.test(line) && line.replace("[", "") >= KILLED_AT);
		const node = practice.cluster.nodeAt(name);
		const before = node?.logs[log].length ?? 0;
		await practice.fault("kill-postgres", "node1");
		await practice.seconds(30);
		expect(decisions(log, node?.logs[log].slice(before) ?? [])).toEqual(decisions(log, recorded.slice(from)));
	},
);
