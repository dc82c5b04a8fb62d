import { describe, expect, type TestContext, test } from "vitest";
import {
	clusterForFile,
	conninfoOf,
	eventually,
	nodeOf,
	type StatusDocument,
	scalar,
	waitForStreaming,
} from "./support.ts";

const bastion = clusterForFile();
const { cluster } = bastion;

const AS_POSTGRES = { user: "postgres", timeoutMs: 90_000, check: false } as const;

/** Timelines as `repmgr cluster show` prints them on a host, by node name. */
async function repmgrsTimelines(host: string): Promise<ReadonlyMap<string, string>> {
	const { stdout } = await cluster.exec(
		host,
		["repmgr", "-f", "/etc/repmgr.conf", "cluster", "show"],
		AS_POSTGRES,
	);
	return new Map(
		stdout
			.split("\n")
			.map((line) => line.split("|").map((cell) => cell.trim()))
			.map((cells) => [cells[1] ?? "", cells[7] ?? ""]),
	);
}

/** Records where repmgr was wrong and the console right, which is why the console reads by itself (see --reporter=verbose). */
async function compareWithRepmgr(
	annotate: TestContext["annotate"],
	when: string,
	host: string,
	status: StatusDocument,
): Promise<void> {
	const theirs = await repmgrsTimelines(host);
	const wrong = status.nodes.filter(
		({ nodeName, observed }) =>
			observed.role !== "witness" &&
			observed.timeline !== null &&
			theirs.get(nodeName) !== String(observed.timeline),
	);
	const words = wrong.map(
		({ nodeName, observed }) => `${theirs.get(nodeName)} for ${nodeName} (really ${observed.timeline})`,
	);
	await annotate(
		`${when}, repmgr cluster show on ${host} printed ${words.length === 0 ? "the right timelines" : `timeline ${words.join(", ")}`}`,
	);
}

async function waitForPromotion(hosts: readonly string[]): Promise<string> {
	return await eventually(async () => {
		const recovering = await Promise.all(
			hosts.map((host) => scalar(cluster, host, "SELECT pg_is_in_recovery()")),
		);
		const promoted = hosts[recovering.indexOf("f")];
		if (promoted === undefined) throw new Error("nobody was promoted");
		return promoted;
	});
}

/**
 * Waits until both standbys have replayed everything. A primary that dies while it writes may leave a standby ahead of the
 * promoted one, which it then can't follow: a limitation of repmgr, which this test leaves out.
 */
async function waitForQuiet(): Promise<void> {
	await cluster.sql("node1", "CHECKPOINT");
	await eventually(async () => {
		const position = await scalar(cluster, "node1", "SELECT pg_current_wal_insert_lsn()");
		for (const host of ["node2", "node3"])
			expect(await scalar(cluster, host, "SELECT pg_last_wal_replay_lsn()")).toBe(position);
		expect(await scalar(cluster, "node1", "SELECT pg_current_wal_insert_lsn()")).toBe(position);
	});
}

/** repmgr promotes first and registers afterwards; if it never does (seen once), registers as an operator would. */
async function waitForRegistration(host: string): Promise<void> {
	const isPrimary = `SELECT count(*) FROM repmgr.nodes WHERE node_name = '${host}' AND type = 'primary'`;
	try {
		await eventually(async () => expect(await scalar(cluster, host, isPrimary)).toBe("1"), 15_000);
	} catch {
		const argv = ["repmgr", "-f", "/etc/repmgr.conf", "primary", "register", "--force"];
		await cluster.exec(host, argv, { ...AS_POSTGRES, check: true });
	}
}

const primaryOn = (timeline: number) => ({
	role: "primary",
	status: "running",
	timeline,
	upstreamNodeId: null,
});
const standbyOn = (timeline: number, upstreamNodeId: number) => ({
	role: "standby",
	status: "streaming",
	attached: true,
	timeline,
	upstreamNodeId,
	lagBytes: expect.any(Number),
	lagSeconds: expect.any(Number),
});

describe("one cluster through failover, rejoin, switchover and split brain", () => {
	test("failover: shows the new primary and its timeline at once, and the follower as soon as it follows", async ({
		annotate,
	}) => {
		const watch = await bastion.watch(["-d", conninfoOf("node3")]);
		await watch.until(({ severity }) => severity === "ok");
		await waitForQuiet();
		await cluster.fault("kill-postgres", "node1");
		await watch.until(({ cluster }) => cluster.primaryNodeId === null, 5_000);

		const promoted = await waitForPromotion(["node2", "node3"]);
		expect(promoted).toBe("node2");
		const promotedAt = Date.now();
		const status = await bastion.status("node3");
		await compareWithRepmgr(annotate, "just after the promotion", "node2", status);
		expect(status.cluster.primaryNodeId).toBe(2);
		expect(nodeOf(status, "node2").observed).toMatchObject(primaryOn(2));
		expect(nodeOf(status, "node1").observed).toMatchObject({
			// A busy host may be read after the status is printed.
			status: expect.stringMatching(/^(stopped|refusing)$/),
			role: null,
			timeline: null,
		});
		// A watching console sees it within two polls.
		const { at } = await watch
			.until(({ cluster }) => cluster.primaryNodeId === 2)
			.then(
				() =>
					watch.documents.find(({ document }) => document.cluster.primaryNodeId === 2) ?? { at: Number.NaN },
			);
		expect(at - promotedAt).toBeLessThan(3000);

		await waitForStreaming(cluster, "node3", "node2");
		const followed = await bastion.status("node3");
		await compareWithRepmgr(annotate, "just after the standby followed", "node2", followed);
		expect(nodeOf(followed, "node2").observed).toMatchObject(primaryOn(2));
		expect(nodeOf(followed, "node3").observed).toMatchObject(standbyOn(2, 2));
		expect(nodeOf(followed, "node4").observed).toMatchObject({ role: "witness", status: "running" });
		expect(followed.severity).toBe("warning");
		await watch.stop();
	});

	test("rejoin: shows the old primary as a standby on the new timeline", async ({ annotate }) => {
		await waitForRegistration("node2");
		// Without it repmgr's rejoin fails, because the checkpoint after the promotion is spread over minutes.
		await cluster.sql("node2", "CHECKPOINT");
		const argv = [
			"repmgr",
			"-f",
			"/etc/repmgr.conf",
			"node",
			"rejoin",
			"-d",
			conninfoOf("node2"),
			"--force-rewind",
		];
		// repmgr's pg_rewind does not find Debian's postgresql.conf when a killed server must recover first (repmgr issue 888).
		const recover =
			"exec /usr/lib/postgresql/15/bin/postgres --single -D /etc/postgresql/15/main template1 </dev/null";
		await cluster.exec("node1", ["sh", "-c", recover], AS_POSTGRES);
		const rejoin = await cluster.exec("node1", argv, AS_POSTGRES);
		if (rejoin.exitCode !== 0) {
			// One of eight rejoins fails because WAL is missing (wal_keep_size=0): clones then, as an operator would.
			await annotate(`repmgr node rejoin failed: ${rejoin.stderr}`);
			await cluster.heal("half-clone", "node1");
		}
		await waitForStreaming(cluster, "node1", "node2");
		const status = await bastion.status("node1");
		await compareWithRepmgr(annotate, "just after the rejoin", "node2", status);
		expect(status.cluster.primaryNodeId).toBe(2);
		// The restarted server has forgotten its repmgrd, which is a finding after the grace time.
		const wrong = status.findings.filter(({ severity }) => severity !== "notice").map(({ code }) => code);
		expect(wrong.filter((code) => code !== "REPMGRD_NOT_RUNNING")).toEqual([]);
		expect(nodeOf(status, "node1").observed).toMatchObject(standbyOn(2, 2));
		expect(nodeOf(status, "node2").observed).toMatchObject(primaryOn(2));
		expect(nodeOf(status, "node3").observed).toMatchObject(standbyOn(2, 2));
		await cluster.heal("kill-postgres", "node1");
		await eventually(async () => {
			const { registered } = nodeOf(await bastion.status("node2"), "node1");
			expect(registered).toMatchObject({ type: "standby", active: true, upstreamNodeId: 2 });
		});
	});

	test("switchover: shows swapped roles, new timelines and new upstreams", async ({ annotate }) => {
		const argv = ["repmgr", "-f", "/etc/repmgr.conf", "standby", "switchover", "--siblings-follow"];
		const watch = await bastion.watch(["-d", conninfoOf("node3")]);
		const switchover = await cluster.exec("node1", argv, AS_POSTGRES);
		expect(switchover.exitCode, switchover.stderr).toBe(0);
		const status = await bastion.status("node3");
		await compareWithRepmgr(annotate, "just after the switchover", "node1", status);
		expect(status.cluster.primaryNodeId).toBe(1);
		expect(nodeOf(status, "node1").observed).toMatchObject(primaryOn(3));
		expect(nodeOf(status, "node2").observed).toMatchObject(standbyOn(3, 1));
		expect(nodeOf(status, "node3").observed).toMatchObject(standbyOn(3, 1));
		// On a busy machine not all hosts are read in time, and the status is unknown for a moment.
		await watch.until(({ severity, cluster }) => severity === "ok" && cluster.primaryNodeId === 1);
		const primaries = watch.documents.map(({ document }) => document.cluster.primaryNodeId);
		expect(new Set(primaries)).toEqual(new Set([2, null, 1]));
		await watch.stop();

		const { stdout } = await bastion.run(["events", "-d", conninfoOf("node1"), "--limit", "100"]);
		expect(stdout).toMatch(/ node2 {2}repmgrd_failover_promote {2}/);
		expect(stdout).toMatch(/ node1 {2}standby_switchover {2}/);
	});

	test("split brain: names no primary, and shows both with their timelines", async () => {
		await cluster.fault("two-primaries", "node3");
		for (const given of ["node1", "node3"]) {
			const status = await eventually(async () => {
				const { exitCode, stdout } = await bastion.run(["status", "--json", "-d", conninfoOf(given)]);
				expect(exitCode).toBe(2);
				return JSON.parse(stdout) as StatusDocument;
			});
			expect(status).toMatchObject({ severity: "critical", cluster: { primaryNodeId: null } });
			expect(status.findings.map(({ code }) => code)).toContain("SPLIT_BRAIN");
			expect(nodeOf(status, "node1").observed).toMatchObject(primaryOn(3));
			expect(nodeOf(status, "node3").observed).toMatchObject(primaryOn(4));
			expect(nodeOf(status, "node3").registered.type).toBe("standby");
			expect(nodeOf(status, "node2").observed).toMatchObject(standbyOn(3, 1));
		}
		const { stdout } = await bastion.run(["status", "-d", conninfoOf("node2")]);
		expect(stdout).toMatch(/^CRITICAL: 2 primaries: node1 \(timeline 3\), node3 \(timeline 4\)/);
		expect(stdout).toMatch(/node3 +primary ≠ standby +running +– +4 /);
		await cluster.heal("two-primaries", "node3");
		await waitForStreaming(cluster, "node3", "node1");
		await eventually(async () => {
			const healed = await bastion.status("node3");
			expect(healed).toMatchObject({ severity: "ok", cluster: { primaryNodeId: 1 } });
			expect(nodeOf(healed, "node3").observed).toMatchObject(standbyOn(3, 1));
		});
	});

	test("cascade: shows the real upstream of a standby below a standby, and its lag behind the primary", async () => {
		const argv = ["repmgr", "-f", "/etc/repmgr.conf", "standby", "follow", "--upstream-node-id=2"];
		const follow = await cluster.exec("node3", argv, AS_POSTGRES);
		expect(follow.exitCode, follow.stderr).toBe(0);
		await waitForStreaming(cluster, "node3", "node2");
		// WAL written at this moment has not arrived yet.
		await eventually(async () => {
			const status = await bastion.status("node1");
			expect(nodeOf(status, "node2").observed).toMatchObject(standbyOn(3, 1));
			expect(nodeOf(status, "node3").observed).toMatchObject({ ...standbyOn(3, 2), lagBytes: 0 });
		});
		const { stdout } = await bastion.run(["status", "-d", conninfoOf("node1")]);
		expect(stdout).toMatch(/^3 +└─ node3 +standby +streaming +node2 /m);
	});
});
