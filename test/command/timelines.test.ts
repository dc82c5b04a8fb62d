import { expect, test } from "vitest";
import { timelinesCommand } from "../../src/command/timelines.ts";
import type { Timelines } from "../../src/model/timelines.ts";
import { fakeSession, recordOutput } from "../support/fake-session.ts";
import {
	AFTER_FAILOVER,
	FAILED_OVER,
	RECORDED,
	readingsOf,
	SPLIT,
	timelinesIn,
} from "../support/timelines.ts";

async function run(timelines: Timelines, json = false) {
	const session = fakeSession();
	session.readTimelines = () => Promise.resolve(timelines);
	const { out, output } = recordOutput();
	return { exitCode: await timelinesCommand(session, { json }, output), out: out.join("\n") };
}

test("prints the verdict, the promotions, the nodes and the evidence", async () => {
	const { exitCode, out } = await run(timelinesIn(SPLIT, readingsOf(RECORDED)));
	expect(exitCode).toBe(2);
	expect(out.split("\n").slice(1, 14)).toEqual([
		"",
		"TL  FROM  AT         WHEN (UTC)           NODE   HOW",
		"4   3     0/60246D0  2026-11-30 07:01:48  node2  without repmgr",
		"4   3     0/6020E30  2026-11-30 07:01:46  node3  without repmgr",
		"3   2     0/601A960  2026-11-30 07:00:42  node1  failover by repmgrd",
		"2   1     0/60000A0  2026-11-30 06:59:57  node2  switchover, by root on bastion",
		"",
		"NODE   IS A     TL  FROM       ENDS AT    WAL OF ITS OWN",
		"node1  primary  3   0/601A960  0/6024840  15 kB after 0/6020E30",
		"node2  primary  4   0/60246D0  0/60379F0  91 kB after 0/6020E30",
		"node3  primary  4   0/6020E30  0/6022D68  7.8 kB after 0/6020E30",
		"",
		"EVIDENCE:",
	]);
});

test("the exit code says whether something is of a node's own, or not known", async () => {
	expect((await run(timelinesIn(FAILED_OVER, readingsOf(AFTER_FAILOVER)))).exitCode).toBe(3);
	expect((await run(timelinesIn({}, readingsOf({})))).exitCode).toBe(0);
});

test("prints JSON", async () => {
	const { out } = await run(timelinesIn(SPLIT, readingsOf(RECORDED)), true);
	expect(JSON.parse(out)).toMatchObject({ schema: 1, severity: "critical", nodes: [{}, {}, {}] });
});
