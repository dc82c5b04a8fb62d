import { beforeAll, describe, expect, test } from "vitest";
import { EXIT_CODE } from "../../../src/command/exit-code.ts";
import type { NodeStatus } from "../../../src/model/snapshot.ts";
import {
	clusterForFile,
	conninfoOf,
	eventually,
	NO_FAILOVER,
	nodeOf,
	type StatusDocument,
	scalar,
} from "./support.ts";

const bastion = clusterForFile(NO_FAILOVER);
const { cluster } = bastion;

/** The console connects to node3, which stays healthy; the others are a primary, a standby and a witness. */
const GIVEN = "node3";

/** By then every node has answered or timed out, and the status is printed. */
const DEADLINE_MS = 10_000;

interface Expectation {
	readonly status: NodeStatus;
	readonly detail: RegExp;
	/** The same without SSH, where less is known then. */
	readonly withoutSsh: NodeStatus;
	readonly detailWithoutSsh: RegExp;
}

const REFUSED = { withoutSsh: "refusing", detailWithoutSsh: /connection to node\d:5432 refused/ } as const;
const SILENT = {
	withoutSsh: "hung",
	detailWithoutSsh: /node\d:5432 accepts connections, but does not answer/,
} as const;

/** The second once the kernel has given up resolving the host's Ethernet address. */
const SILENCE = /^(no answer from|no route to) node\d:5432/;

const FAULTS: Readonly<Record<string, Expectation>> = {
	"kill-postgres": {
		status: "stopped",
		detail: /ended without a shutdown .*last checkpoint 0\/.* on timeline 1/,
		...REFUSED,
	},
	"stop-postgres": {
		status: "stopped",
		detail: /shut down cleanly, last checkpoint 0\/.* on timeline 1/,
		...REFUSED,
	},
	"freeze-postgres": {
		status: "hung",
		detail: /does not answer: its postmaster \(\d+\) is frozen \(SIGSTOP\)/,
		...SILENT,
	},
	"freeze-postmaster": {
		status: "hung",
		detail: /does not answer: its postmaster \(\d+\) is frozen \(SIGSTOP\)/,
		...SILENT,
	},
	cut: {
		status: "unreachable",
		detail: SILENCE,
		withoutSsh: "unreachable",
		detailWithoutSsh: SILENCE,
	},
};

const isStopped = (fault: string): boolean => fault === "kill-postgres" || fault === "stop-postgres";

/** Every fault happens to every kind of node once, three at a time. */
const ROUNDS = [
	{ node1: "kill-postgres", node2: "cut", node4: "stop-postgres" },
	{ node1: "freeze-postgres", node2: "kill-postgres", node4: "cut" },
	{ node1: "cut", node2: "freeze-postmaster", node4: "kill-postgres" },
	{ node1: "stop-postgres", node2: "freeze-postgres", node4: "freeze-postmaster" },
	{ node1: "freeze-postmaster", node2: "stop-postgres", node4: "freeze-postgres" },
] as const;

describe.each(ROUNDS)("primary: $node1, standby: $node2, witness: $node4", (round) => {
	const faults = Object.entries(round);
	const expected = (withSsh: boolean) =>
		faults.map(([host, fault]) => {
			const { status, detail, withoutSsh, detailWithoutSsh } = FAULTS[fault] ?? raise(fault);
			return {
				host,
				reachable: false,
				role: null,
				timeline: null,
				currentLsn: null,
				lagBytes: null,
				status: withSsh ? status : withoutSsh,
				detail: expect.stringMatching(withSsh ? detail : detailWithoutSsh),
			};
		});
	const seen = (status: StatusDocument) =>
		faults.map(([host]) => ({ host, ...nodeOf(status, host).observed }));

	beforeAll(async () => {
		await cluster.waitHealthy();
		// The primary first: it does not stop before its standbys have received everything, and a frozen one receives nothing.
		for (const [host, fault] of faults) await cluster.fault(fault, host);
		return async () => {
			await Promise.all(faults.map(([host, fault]) => cluster.heal(fault, host)));
		};
	});

	test("each has the right status, and the reason read on its host", async () => {
		await eventually(async () => {
			const slackMs = await bastion.slackMs();
			const { exitCode, stdout, milliseconds } = await look();
			expect(milliseconds).toBeLessThan(DEADLINE_MS + slackMs);
			// A standby that can't be read may have been promoted meanwhile.
			const severity = isStopped(round.node2) ? "critical" : "unknown";
			expect(exitCode).toBe(EXIT_CODE[severity]);
			const status = JSON.parse(stdout) as StatusDocument;
			expect(status).toMatchObject({ severity, cluster: { primaryNodeId: null } });
			expect(seen(status)).toMatchObject(expected(true));
		});
	});

	test("without SSH claims no more than a connection proves", async () => {
		await eventually(async () => {
			const slackMs = await bastion.slackMs();
			const { stdout, milliseconds } = await look("--no-ssh");
			expect(milliseconds).toBeLessThan(DEADLINE_MS + slackMs);
			const status = JSON.parse(stdout) as StatusDocument;
			expect(seen(status)).toMatchObject(expected(false));
			expect(status.notices).toEqual([
				expect.stringMatching(/^SSH is off: /),
				expect.stringContaining("superuser"),
			]);
		});
	});

	test("still reads the living standby, whose lag is unknown without its primary", async () => {
		const isBroken = isStopped(round.node1);
		await eventually(async () => {
			const { observed, repmgrd } = nodeOf(await bastion.status(GIVEN), GIVEN);
			expect(observed).toMatchObject({
				reachable: true,
				role: "standby",
				timeline: 1,
				// Walreceivers notice a frozen or silent primary only after wal_receiver_timeout.
				status: isBroken ? "detached" : "streaming",
				attached: !isBroken,
				upstreamNodeId: isBroken ? null : 1,
				lagBytes: null,
				lagSeconds: null,
			});
			expect(repmgrd).toMatchObject({ running: true, paused: false });
		});
	});
});

describe("with a living primary", () => {
	beforeAll(async () => await cluster.waitHealthy());

	test("a standby without a walreceiver is detached: its lag is unknown, never 0", async () => {
		const setConninfo = async (statement: string): Promise<void> => {
			await cluster.sql("node2", statement);
			await cluster.sql("node2", "SELECT pg_reload_conf()");
		};
		const conninfo = await scalar(cluster, "node2", "SHOW primary_conninfo");
		await setConninfo("ALTER SYSTEM SET primary_conninfo = ''");
		try {
			await eventually(async () =>
				expect(await scalar(cluster, "node2", "SELECT count(*) FROM pg_stat_wal_receiver")).toBe("0"),
			);
			const first = await look();
			expect(nodeOf(JSON.parse(first.stdout) as StatusDocument, "node2").observed.status).toBe("detached");
			// A standby that has just lost its upstream has a grace time of ten seconds.
			const status = await eventually(async () => {
				const { exitCode, stdout } = await look();
				expect(exitCode).toBe(1);
				return JSON.parse(stdout) as StatusDocument;
			});
			expect(status.severity).toBe("warning");
			expect(nodeOf(status, "node2").observed).toMatchObject({
				reachable: true,
				role: "standby",
				status: "detached",
				detail: "no walreceiver runs",
				attached: false,
				upstreamNodeId: null,
				lagBytes: null,
				lagSeconds: null,
				timeline: 1,
			});
			const text = await bastion.run(["status", "-d", conninfoOf(GIVEN)]);
			expect(text.stdout).toMatch(/^WARNING: primary node1; node2 detached; 1 of 2 standbys stream$/m);
			expect(text.stdout).toMatch(/node2 +standby +detached +none +1 +[0-9A-F]+\/[0-9A-F]+ +\? /);
		} finally {
			await setConninfo(`ALTER SYSTEM SET primary_conninfo = $conninfo$${conninfo}$conninfo$`);
		}
	});

	test("a server in crash recovery is starting, and one that waits for its sessions to end is stopping", async () => {
		await cluster.waitHealthy();
		const unit = "postgresql@15-main";
		// Recovery waits for its restore_command, so that the server reports "starting up" as long as needed.
		await cluster.sql("node2", "ALTER SYSTEM SET restore_command = 'sleep 60; false'");
		await cluster.exec("node2", ["systemctl", "stop", unit]);
		await cluster.exec("node2", ["systemctl", "start", "--no-block", unit]);
		// An open session keeps a smart shutdown from finishing.
		const held = cluster.sql("node4", "SELECT pg_sleep(100)", { timeoutMs: 110_000 }).catch(() => {});
		await eventually(async () =>
			expect(
				await scalar(
					cluster,
					"node4",
					"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'",
				),
			).toBe("1"),
		);
		await cluster.exec("node4", ["systemctl", "kill", "--signal=SIGTERM", "--kill-whom=main", unit]);
		try {
			await eventually(async () => {
				const status = await bastion.status(GIVEN);
				expect(nodeOf(status, "node2").observed).toMatchObject({
					status: "starting",
					detail: "the database system is starting up",
				});
				expect(nodeOf(status, "node4").observed).toMatchObject({
					status: "stopping",
					detail: "the database system is shutting down",
				});
				expect(status.severity).toBe("warning");
			});
		} finally {
			await cluster.exec("node2", ["systemctl", "stop", unit], { timeoutMs: 60_000 });
			await cluster.exec("node2", ["sed", "-i", "/^restore_command/d", AUTO_CONF]);
			await cluster.heal("stop-postgres", "node2");
			await cluster.fault("stop-postgres", "node4");
			await cluster.heal("stop-postgres", "node4");
			await held;
		}
	});

	test("a host without power is unreachable, and its neighbours are healthy", async () => {
		await cluster.waitHealthy();
		await cluster.fault("stop-host", "node2");
		try {
			await eventually(async () => {
				const slackMs = await bastion.slackMs();
				const { exitCode, stdout, milliseconds } = await look();
				expect(milliseconds).toBeLessThan(DEADLINE_MS + slackMs);
				// The primary keeps its walsender for up to a minute: until then perhaps only our connection is broken.
				expect([EXIT_CODE.unknown, EXIT_CODE.warning]).toContain(exitCode);
				const status = JSON.parse(stdout) as StatusDocument;
				expect(status.nodes.map(({ observed }) => observed.status)).toEqual([
					"running",
					"unreachable",
					"streaming",
					"running",
				]);
				expect(nodeOf(status, GIVEN).observed).toMatchObject({
					upstreamNodeId: 1,
					lagSeconds: expect.any(Number),
				});
			});
		} finally {
			await cluster.heal("stop-host", "node2");
		}
	});
});

describe("a console that watches", () => {
	beforeAll(async () => await cluster.waitHealthy());

	test("sees that only the postmaster is frozen although its own session still works", async () => {
		const watch = await bastion.watch(["-d", conninfoOf(GIVEN)]);
		await cluster.fault("freeze-postmaster", "node1");
		try {
			const isHung = (now: StatusDocument): boolean => nodeOf(now, "node1").observed.status === "hung";
			const isFound = ({ findings }: StatusDocument): boolean =>
				findings.some(({ code }) => code === "PRIMARY_HUNG");
			const status = await watch.until((now) => isHung(now) && isFound(now), 30_000);
			expect(nodeOf(status, "node1").observed).toMatchObject({
				reachable: true,
				role: "primary",
				detail: "open sessions are served, but a new connection gets no answer",
			});
			expect(nodeOf(status, GIVEN).observed).toMatchObject({ status: "streaming", upstreamNodeId: 1 });
		} finally {
			await cluster.heal("freeze-postmaster", "node1");
			// A repmgrd that was connecting at that moment may hang for minutes, which is reported correctly.
			for (const host of ["node2", "node3", "node4"]) {
				await cluster.exec(host, ["systemctl", "kill", "--kill-whom=main", "repmgrd"]);
				await cluster.exec(host, ["systemctl", "restart", "repmgrd"]);
			}
		}
		// repmgrd, which could not connect either, has not seen the primary until its next check.
		const isWell = (now: StatusDocument): boolean =>
			nodeOf(now, "node1").observed.status === "running" && now.severity === "ok";
		await watch.until(isWell, 30_000);
		expect(await watch.stop()).toBe(0);
	});

	test("reconnects to each kind of node after a restart", async () => {
		await cluster.waitHealthy();
		const watch = await bastion.watch(["-d", conninfoOf(GIVEN)]);
		await watch.until((now) => now.severity === "ok");
		for (const host of ["node1", "node2", "node4"]) {
			await cluster.exec(host, ["systemctl", "stop", "postgresql@15-main"]);
			await watch.until((now) => !nodeOf(now, host).observed.reachable);
			await cluster.exec(host, ["systemctl", "start", "postgresql@15-main"]);
			const isBack = (now: StatusDocument): boolean =>
				now.severity === "ok" && nodeOf(now, host).observed.reachable;
			const back = await watch.until(isBack, 30_000);
			expect(nodeOf(back, host).observed.detail).toBeNull();
		}
		await watch.stop();
	});

	test("sees a host come back from a black hole", async () => {
		await cluster.waitHealthy();
		const watch = await bastion.watch(["-d", conninfoOf(GIVEN)]);
		await watch.until((now) => now.severity === "ok");
		const cutAt = Date.now();
		await cluster.fault("cut", "node2");
		await watch.until((now) => nodeOf(now, "node2").observed.status === "unreachable");
		// A poll interval and a deadline; the goal is 3 s on an idle machine.
		expect(Date.now() - cutAt).toBeLessThan(6000);
		await cluster.heal("cut", "node2");
		await watch.until((now) => now.severity === "ok");
		await watch.stop();
	});
});

const AUTO_CONF = "/var/lib/postgresql/15/main/postgresql.auto.conf";

const look = (...args: string[]) => bastion.run(["status", "--json", "-d", conninfoOf(GIVEN), ...args]);

function raise(what: string): never {
	throw new Error(`nothing is expected of ${what}`);
}
