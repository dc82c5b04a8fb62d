import { expect, test } from "vitest";
import type { timelinesRecord } from "../../../src/presentation/timelines.ts";
import { ACCESS, HOSTS, PATIENT, primaryOf, rewound } from "./operating.ts";
import { clusterForFile, eventually, scalar, waitForStreaming } from "./support.ts";

/** node1 is the primary at first. Each test goes on where the one before ended. */
const bastion = clusterForFile();
const { cluster } = bastion;

type Document = ReturnType<typeof timelinesRecord>;

/** By the console that makes the operations of this file, so that its journal has them. */
async function timelines(exitCode: number): Promise<Document> {
	const state = await bastion.memory();
	const finished = await bastion.run(["timelines", "--json", ...ACCESS], { ...PATIENT, state });
	expect(finished.exitCode, finished.stdout + finished.stderr).toBe(exitCode);
	return JSON.parse(finished.stdout) as Document;
}

const operate = async (...args: string[]): Promise<void> => {
	const state = await bastion.memory();
	const { exitCode, stdout, stderr } = await bastion.run([...args, "--yes", ...ACCESS], {
		...PATIENT,
		state,
	});
	expect(exitCode, stdout + stderr).toBe(0);
};

const idOf = (host: string): number => Number(host.slice(4));

/** Where a timeline began, by the history file on a host: PostgreSQL's own words. */
async function forkIn(host: string, timeline: number): Promise<{ timeline: number; lsn: string }> {
	const file = `/var/lib/postgresql/15/main/pg_wal/0000000${timeline}.history`;
	const { stdout } = await cluster.exec(host, ["tail", "-n", "1", file]);
	const [number, lsn = ""] = stdout.split("\t");
	return { timeline: Number(number), lsn };
}

const writtenIn = async (host: string): Promise<string> => {
	await cluster.sql(host, "CREATE TABLE IF NOT EXISTS own (i int)", { database: "repmgr" });
	await cluster.sql(host, "INSERT INTO own SELECT generate_series(1, 1000)", { database: "repmgr" });
	return await scalar(cluster, host, "SELECT pg_current_wal_lsn()");
};

/** The one that was elected. */
let promoted = "";

test("a switchover and a failover are told as they happened, with the crashed primary's end unknown", async () => {
	await operate("switchover", "--to", "node2");
	// Until then its control data have the timeline before.
	await cluster.sql("node2", "CHECKPOINT");
	await cluster.fault("kill-postgres", "node2");
	promoted = await eventually(async () => await primaryOf(cluster), 60_000);
	await waitForStreaming(cluster, promoted === "node1" ? "node3" : "node1", promoted);
	const { promotions, nodes, severity } = await timelines(3);
	expect(severity).toBe("unknown");
	expect(promotions).toMatchObject([
		{
			timeline: 3,
			from: await forkIn(promoted, 3),
			nodeId: idOf(promoted),
			cause: "failover",
			isExact: true,
			operation: null,
			nodeIds: [1, 3],
			isAmbiguous: false,
		},
		{
			timeline: 2,
			from: await forkIn("node2", 2),
			reason: "no recovery target specified",
			nodeId: 2,
			cause: "switchover",
			isExact: true,
			operation: { title: 'switchover to "node2"', who: expect.stringContaining(" on ") },
			nodeIds: [1, 2, 3],
		},
	]);
	const written = (
		await cluster.exec(promoted, ["stat", "-c", "%Y", "/var/lib/postgresql/15/main/pg_wal/00000003.history"])
	).stdout;
	expect(Math.abs(Date.parse(promotions[0]?.at ?? "") / 1000 - Number(written))).toBeLessThan(2);
	expect(nodes).toMatchObject([
		{ nodeId: 1, timeline: 3, own: { state: promoted === "node1" ? "primary" : "none" } },
		{
			nodeId: 2,
			role: "primary",
			isRunning: false,
			timeline: 2,
			fork: promotions[1]?.from,
			own: { state: "unknown", why: expect.stringMatching(/it may have more/) },
		},
		{ nodeId: 3, timeline: 3, own: { state: promoted === "node3" ? "primary" : "none" } },
	]);
});

test("a split brain: both timelines of the same number, by whom they began, and what each node has of its own", async () => {
	await rewound(bastion, "node2");
	const standbys = HOSTS.filter((host) => host !== promoted);
	for (const host of standbys) {
		await writtenIn(promoted);
		await cluster.fault("two-primaries", host);
	}
	const ends = new Map<string, string>();
	for (const host of HOSTS) ends.set(host, await writtenIn(host));
	const { promotions, nodes, verdict } = await timelines(2);
	expect(verdict).toMatch(
		/^"node1", "node2" and "node3" are all primaries: they parted at 0\/\w+ on timeline 3, where "node\d" was promoted \(without repmgr\)$/,
	);
	const forth = promotions.filter(({ timeline }) => timeline === 4);
	// Which of two was promoted first: the second one's fork is later.
	expect(forth).toMatchObject(
		await Promise.all(
			standbys.toReversed().map(async (host) => ({
				from: await forkIn(host, 4),
				nodeId: idOf(host),
				nodeIds: [idOf(host)],
				cause: "without repmgr",
				isExact: true,
				isAmbiguous: true,
			})),
		),
	);
	expect(promotions.filter(({ timeline }) => timeline < 4)).toMatchObject([
		{ timeline: 3, nodeIds: [1, 2, 3], cause: "failover", isAmbiguous: false },
		{ timeline: 2, nodeId: 2, cause: "switchover" },
	]);
	const earliest = forth.at(-1)?.from;
	for (const { nodeId, nodeName, role, timeline, own } of nodes) {
		expect(role).toBe("primary");
		expect(timeline).toBe(nodeName === promoted ? 3 : 4);
		expect(own).toMatchObject({ state: "some", from: earliest, isAtLeast: false });
		const written = await scalar(
			cluster,
			nodeName,
			`SELECT pg_wal_lsn_diff('${ends.get(nodeName)}', '${earliest?.lsn}')`,
		);
		expect(own.bytes, `node ${nodeId}`).toBeGreaterThanOrEqual(Number(written));
	}
	const { stdout } = await bastion.run(["timelines", ...ACCESS], PATIENT);
	expect(stdout).toMatch(/^ *4 +3 +0\/\w+ +2\S+ \S+ +node\d +without repmgr$/m);
});

test("what can't be read is unknown: the host of one of them is cut off", async () => {
	await cluster.fault("cut-bastion", "node2");
	const { nodes, promotions, unread } = await timelines(2);
	expect(nodes[1]).toMatchObject({
		role: null,
		timeline: null,
		lsn: null,
		own: { state: "unknown", bytes: null, why: expect.stringMatching(/node2/) },
	});
	expect(unread.join()).toContain('of "node2" can\'t be read');
	expect(
		promotions.filter(({ timeline }) => timeline === 4).map(({ nodeIds }) => nodeIds),
	).not.toContainEqual([2]);
});
