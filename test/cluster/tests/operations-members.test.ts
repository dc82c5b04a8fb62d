import { afterEach, expect } from "vitest";
import { FORMED, sleep } from "../cluster.ts";
import { ACCESS, ALL, rewound } from "./operating.ts";
import { clusterForFile, eventually, scalar, waitForStreaming } from "./support.ts";
import { testInTurn } from "./turns.ts";

const bastion = clusterForFile();
const { cluster } = bastion;

const operate = (...args: string[]) => bastion.run([...args, ...ACCESS], { timeoutMs: 120_000 });

/** Executes an operation and expects it done and verified. */
async function done(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await operate(...args, "--yes");
	expect(exitCode, `${stdout}\n${stderr}`).toBe(0);
	return stdout;
}

/** Expects a refusal with a hint; returns its text. */
async function refused(...args: string[]): Promise<string> {
	const { exitCode, stdout, stderr } = await operate(...args, "--yes");
	expect(exitCode, `${stdout}\n${stderr}`).toBe(2);
	return stderr;
}

/** A node's row, on the primary: "standby t 1". */
const row = (primary: string, nodeId: number) =>
	scalar(
		cluster,
		primary,
		`SELECT type || ' ' || active || ' ' || coalesce(upstream_node_id, 0) FROM repmgr.nodes WHERE node_id = ${nodeId}`,
	);

/** Waits after the loss of node1 until repmgrd has promoted node2, and node3 follows it. */
async function failOver(): Promise<void> {
	await eventually(async () =>
		expect(await scalar(cluster, "node2", "SELECT pg_is_in_recovery()")).toBe("f"),
	);
	await waitForStreaming(cluster, "node3", "node2");
	await eventually(async () => expect(await row("node2", 3)).toBe("standby true 2"));
	// `repmgr standby follow` still runs for a moment after node3 follows; until it ends, operations are refused.
	await eventually(async () => {
		const running = await cluster.exec("node3", ["pgrep", "-f", "[r]epmgr .*standby follow"], {
			check: false,
		});
		expect(running.stdout).toBe("");
	});
}

/** No lock or other remains of an operation on any host. */
async function expectNoLock(): Promise<void> {
	for (const host of ALL) {
		const look = ["sh", "-c", "ls ~postgres/.local/state/repmgr-console 2>/dev/null | grep lock-; true"];
		expect((await cluster.exec(host, look)).stdout.trim(), host).toBe("");
	}
}

afterEach(async () => {
	try {
		await expectNoLock();
	} finally {
		await cluster.restore(FORMED);
	}
});

testInTurn(
	"a cleanly stopped former primary rejoins without a rewind, and keeps no slots of others",
	async () => {
		await cluster.fault("stop-postgres", "node1");
		await failOver();
		const state = await bastion.directory();
		const rejoin = await bastion.follow(["rejoin", "node1", "--force-rewind", "--yes", ...ACCESS], { state });
		const [, operationId = ""] = await rejoin.until(/^operation (\S+)$/m);
		// Its process still runs, so it can't be resumed, and may have ended by now.
		const resumed = await bastion.run(["runs", "resume", operationId, ...ACCESS], { state });
		expect([resumed.exitCode, resumed.stderr]).toEqual([
			2,
			expect.stringMatching(/is being carried out|has ended\nDETAIL: {2}It is done/),
		]);
		await rejoin.until(/^rejoin "node1": done and verified$/m);
		expect(rejoin.lines().join("\n")).not.toContain("pg_rewind");
		await waitForStreaming(cluster, "node1", "node2");
		expect(await row("node2", 1)).toBe("standby true 2");
		expect(await scalar(cluster, "node1", "SELECT count(*) FROM pg_replication_slots")).toBe("0");
		await cluster.waitHealthy(60_000);
		expect(await refused("rejoin", "node1")).toContain("streams already");
	},
);

testInTurn(
	"a second primary is stopped, its lost transactions can be listed, and then it is rewound",
	async () => {
		await cluster.fault("cut", "node1");
		await cluster.sql("node1", "CREATE TABLE lost (i int); INSERT INTO lost VALUES (1)");
		await failOver();
		await cluster.sql("node2", "CREATE TABLE kept (i int); INSERT INTO kept VALUES (1)");
		await cluster.heal("cut", "node1");

		expect(await refused("rejoin", "node1", "--stop-first", "--force-rewind")).toMatch(
			/second primary beside "node2"[\s\S]*HINT: .*fence node1 --reason TEXT\..*: rejoin node1 --force-rewind/,
		);
		expect(await scalar(cluster, "node1", "SELECT pg_is_in_recovery()")).toBe("f");
		const stopped = await done("stop", "node1");
		expect(stopped).not.toContain("pause repmgrd");
		expect(stopped).toContain("rejoin node1 --force-rewind");
		const [list = ""] = /\S*pg_waldump .* Transaction/.exec(stopped) ?? [];
		// pg_waldump exits with 1 at the end of the WAL, where it finds no further record.
		const listed = await cluster.exec("node1", ["runuser", "-u", "postgres", "--", "sh", "-c", list], {
			check: false,
		});
		expect(listed.stdout, listed.stderr).toContain("COMMIT");

		const again = ["rejoin", "node1", "--force-rewind"];
		const unsaid = await refused(...again);
		expect(unsaid).toMatch(/--accept-loss \d+/);
		expect(await refused(...again, "--accept-loss", "0")).toContain("bytes may be lost; pass --accept-loss");
		await done(...again, "--accept-loss", /--accept-loss (\d+)/.exec(unsaid)?.[1] ?? "");
		await waitForStreaming(cluster, "node1", "node2");
		expect(await scalar(cluster, "node1", "SELECT to_regclass('lost') IS NULL")).toBe("t");
		await eventually(async () => expect(await scalar(cluster, "node1", "SELECT i FROM kept")).toBe("1"));
		await cluster.waitHealthy(60_000);
	},
);

testInTurn(
	"in a cascade without a primary the lower standby can be promoted, and the upper one is attached to it",
	async () => {
		await done("follow", "node2", "--upstream", "node3");
		await done("pause");
		await cluster.fault("kill-postgres", "node1");
		await sleep(11_000);
		const said = await operate("promote", "node2", "--yes", "--accept-loss", "unknown");
		expect(said.exitCode, said.stdout + said.stderr).toBe(0);
		expect(said.stdout).toContain('attach "node3" to "node2"');
		await waitForStreaming(cluster, "node3", "node2");
		expect(await row("node2", 3)).toBe("standby true 2");
		expect(await row("node2", 4)).toBe("witness true 2");
		await rewound(bastion, "node1");
		await done("unpause");
		await cluster.waitHealthy(60_000);
	},
);

testInTurn(
	"a crashed former primary is refused with a hint, and then recovers in single-user mode before the rewind",
	async () => {
		await cluster.sql("node1", "CREATE TABLE early AS SELECT generate_series(1, 1000) AS i");
		await cluster.fault("kill-postgres", "node1");
		await failOver();
		const said = await refused("rejoin", "node1");
		expect(said).toMatch(/"in production"[\s\S]*HINT: .*Do not start it.*rejoin node1 --force-rewind/);
		expect(await rewound(bastion, "node1")).toContain("--single");
		await waitForStreaming(cluster, "node1", "node2");
		expect(await scalar(cluster, "node1", "SELECT count(*) FROM early")).toBe("1000");
		await cluster.waitHealthy(60_000);
	},
);

testInTurn("register corrects a wrong row to the node's real role", async () => {
	await cluster.fault("wrong-upstream", "node3");
	expect(await row("node1", 3)).not.toBe("standby true 1");
	await done("register", "node3");
	expect(await row("node1", 3)).toBe("standby true 1");

	await cluster.sql("node1", "UPDATE repmgr.nodes SET active = false, type = 'standby' WHERE node_id = 1");
	await done("register", "node1");
	expect(await row("node1", 1)).toBe("primary true 0");
});

testInTurn("register adds a standby without a row under the name that it streams under", async () => {
	await cluster.fault("unregister", "node3");
	expect(await row("node1", 3)).toBe("");
	expect(await refused("register", "node9")).toContain('there is no node "node9"');
	expect(await refused("register", "node3", "--config-file", "/etc/nothing.conf")).toContain(
		"--config-file PATH",
	);
	await done("register", "node3");
	expect(await row("node1", 3)).toBe("standby true 1");
	expect((await operate("register", "node3", "--yes")).stdout).toContain(
		'register "node3" as a standby of "node1"',
	);
});

testInTurn(
	"unregister removes a stopped standby and leaves no lock on its host, and is refused for others",
	async () => {
		expect(await refused("unregister", "node1")).toMatch(/runs as a primary[\s\S]*HINT:.*switchover/);
		await cluster.sql("node1", "UPDATE repmgr.nodes SET upstream_node_id = 2 WHERE node_id = 3");
		expect(await refused("unregister", "node2")).toMatch(
			/"node3" is its downstream[\s\S]*HINT:.*register node3/,
		);
		await cluster.sql("node1", "UPDATE repmgr.nodes SET upstream_node_id = 1 WHERE node_id = 3");
		await cluster.fault("stop-postgres", "node3");
		const said = await done("unregister", "node3");
		expect(said).toContain("pg_drop_replication_slot('repmgr_slot_3')");
		expect(await scalar(cluster, "node1", "SELECT count(*) FROM repmgr.nodes WHERE node_id = 3")).toBe("0");
		expect(await refused("register", "node3")).toContain('there is no node "node3"');
	},
);

testInTurn("witness-register registers a witness with the present primary", async () => {
	await cluster.fault("stale-witness", "node4");
	expect(await row("node1", 4)).not.toBe("witness true 1");
	expect(await refused("witness-register", "node3")).toContain("is not a witness");
	expect(await refused("witness-register", "node4", "--read-only")).toContain("read-only");
	await done("witness-register", "node4");
	expect(await row("node1", 4)).toBe("witness true 1");
	expect(await row("node4", 4)).toBe("witness true 1");
});

testInTurn("cleanup deletes the monitoring history except for the last days, or completely", async () => {
	const fill =
		"INSERT INTO repmgr.monitoring_history SELECT 1, 2, now() - i * interval '1 day', now(), '0/1', '0/1', 0, 0 FROM generate_series(1, 30) i";
	await cluster.sql("node1", fill);
	const count = () => scalar(cluster, "node1", "SELECT count(*) FROM repmgr.monitoring_history");
	const shown = await operate("cleanup", "--keep-history", "10", "--dry-run");
	expect([shown.exitCode, await count()], shown.stderr).toEqual([0, "30"]);
	await done("cleanup", "--keep-history", "10");
	expect(await count()).toBe("9");
	await done("cleanup");
	expect(await count()).toBe("0");
});
