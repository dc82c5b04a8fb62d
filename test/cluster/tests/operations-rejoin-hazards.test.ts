import { expect } from "vitest";
import { sleep } from "../cluster.ts";
import {
	ACCESS,
	ALL,
	expectHealthy as healthy,
	otherOf,
	PATIENT,
	pausedOn,
	primaryOf,
	rewound,
	operate as run,
} from "./operating.ts";
import { clusterForFile, eventually, scalar } from "./support.ts";
import { testInTurn } from "./turns.ts";

/** Shortens repmgr's own timeouts, because these tests wait for them in full. node1 is the primary at first. */
const bastion = clusterForFile({ standby_reconnect_timeout: 5, node_rejoin_timeout: 4 });
const { cluster } = bastion;

const operate = (...args: string[]) => run(bastion, ...args);

/** Runs sh as root. */
const shell = async (host: string, text: string): Promise<string> =>
	(await cluster.exec(host, ["sh", "-euc", text])).stdout.trim();

const done = async (...args: string[]): Promise<void> => {
	const { exitCode, stdout, stderr } = await operate(...args);
	expect(exitCode, stdout + stderr).toBe(0);
};

testInTurn(
	"refuses a switchover to a standby whose pg_hba.conf or lack of a free slot prevents replication",
	async () => {
		const refused = async (): Promise<string> => {
			const { exitCode, stdout, stderr } = await operate("switchover", "--to", "node2", "--yes");
			expect(exitCode, stdout + stderr).toBe(2);
			expect(await primaryOf(cluster)).toBe("node1");
			return stderr;
		};
		await cluster.fault("reject-replication", "node2");
		const fill = "current_setting('max_replication_slots')::int - 1";
		await cluster.sql(
			"node2",
			`SELECT pg_create_physical_replication_slot('other' || i) FROM generate_series(1, ${fill}) i`,
		);
		try {
			const said = await refused();
			for (const host of ["node1", "node3"]) {
				expect(said).toMatch(
					new RegExp(`failed +"${host}" can replicate from "node2": FATAL: +pg_hba.conf rejects replication`),
				);
			}
			expect(said).toMatch(
				/failed +walsenders and slots free on "node2": 2 will be needed; .* and 1 of max_repl/,
			);
			expect(said).toContain("Drop unused slots (idle now: other1, ");
		} finally {
			await cluster.heal("reject-replication", "node2");
			await cluster.sql("node2", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
		}
		await healthy(cluster);
	},
);

testInTurn(
	"names the reason and each way out when a rejoin fails because pg_hba.conf has changed meanwhile",
	async () => {
		await shell("node2", "echo \"promote_delay='3'\" >> /etc/repmgr.conf");
		const going = bastion.run(["switchover", "--to", "node2", "--yes", ...ACCESS], PATIENT);
		try {
			await eventually(async () => {
				const log = "~postgres/.local/state/repmgr-console/runs/*/switchover/stderr";
				expect(await shell("node2", `cat ${log} 2>/dev/null || true`)).toContain("cleanly shut down");
			});
			await cluster.fault("reject-replication", "node2");
			const { exitCode, stdout, stderr } = await going;
			expect(exitCode, stdout + stderr).toBe(1);
			// The console shows repmgr's log, which is in /tmp of a host.
			expect(stdout).toMatch(
				/node-rejoin\.\d+\.log on "node2":[\s\S]*\| ERROR: unable to establish a replication/,
			);
			const [, state = ""] = stdout.split('\n\n"node2" is the primary and accepts writes. ');
			expect(state, stdout).toMatch(
				/^"node1", which was a primary, was shut down cleanly and has not rejoined\./,
			);
			expect(state).toContain('"node3" has no upstream.');
			expect(state).toMatch(
				/The rejoin ended with: FATAL: +pg_hba.conf rejects replication .* Fix that first\./,
			);
			// node1 is at the very end of the old timeline, so it needs no rewind.
			for (const way of [": rejoin node1\n", ": follow node3\n", ": unpause"]) expect(state).toContain(way);
			for (const host of ALL.filter((host) => host !== "node1")) {
				expect(await pausedOn(cluster, host), host).toBe(false);
			}
		} finally {
			await cluster.heal("reject-replication", "node2");
			await shell("node2", "sed -i /promote_delay/d /etc/repmgr.conf");
		}
		await followed("node3", "node2");
		await eventually(async () => {
			const { exitCode, stdout, stderr } = await operate("rejoin", "node1", "--yes");
			// repmgrd on node3 may still be running it.
			if (stderr.includes('"repmgr standby follow" runs on')) throw new Error(stderr);
			expect(exitCode, stdout + stderr).toBe(0);
		});
		await eventually(async () => expect(await pausedOn(cluster, "node1")).toBe(true));
		await done("unpause", "--yes");
		await healthy(cluster);
	},
);

/** Expects the host to follow, by its own repmgrd, which keeps trying, or by the command that the console named. */
async function followed(host: string, upstream: string): Promise<void> {
	await eventually(async () => {
		const { exitCode, stderr } = await operate("follow", host, "--yes");
		if (exitCode !== 0) expect(stderr).toContain(`"${host}" streams from "${upstream}" already`);
	});
}

testInTurn(
	"refuses a promotion while only the primary's postmaster is frozen, and says how to continue it",
	async () => {
		const from = await primaryOf(cluster);
		const to = otherOf(from);
		// The postmaster accepts no new connections, so repmgrd would promote within seconds.
		await done("pause", "--reason", "the postmaster will stand still", "--yes");
		await cluster.fault("freeze-postmaster", from);
		try {
			const { exitCode, stdout, stderr } = await operate("promote", to, "--yes", "--accept-loss", "unknown");
			expect(exitCode, stdout + stderr).toBe(2);
			expect(stderr, stderr).toContain("check failed: no node sees the primary");
			const [, pid = ""] = /let it continue: kill -CONT (\d+)\./.exec(stderr) ?? [];
			await cluster.exec(from, ["kill", "-CONT", pid], { user: "postgres" });
		} finally {
			await cluster.heal("freeze-postmaster", from);
		}
		await done("unpause", "--yes");
		await healthy(cluster);
	},
);

testInTurn("a promotion first ends a primary that is completely frozen", async () => {
	const from = await primaryOf(cluster);
	const to = otherOf(from);
	// Else pg_ctl waits for a minute before systemd continues the processes that it has to stop.
	const unit = "/run/systemd/system/postgresql@15-main.service.d";
	await shell(
		from,
		`mkdir -p ${unit}; printf '[Service]\\nEnvironment=PGCTLTIMEOUT=3\\n' > ${unit}/test.conf; systemctl daemon-reload`,
	);
	await done("pause", "--reason", "the primary will stand still", "--yes");
	await cluster.fault("freeze-postgres", from);
	// For so long a standby counts as connected to it.
	await sleep(10_000);
	await eventually(async () => {
		const { exitCode, stdout, stderr } = await operate("promote", to, "--yes", "--accept-loss", "unknown");
		expect(exitCode, stdout + stderr).toBe(0);
		expect(stdout).toContain("If it is stopped by a signal, it continues first");
	});
	expect(await scalar(cluster, to, "SELECT pg_is_in_recovery()")).toBe("f");
	expect(await shell(from, "pgrep -u postgres -x postgres || true")).toBe("");
	await shell(from, `rm -r ${unit}; systemctl daemon-reload`);
	await rejoined(from);
	await done("unpause", "--yes");
	await healthy(cluster);
	expect(await primaryOf(cluster)).toBe(to);
});

/** A rewind may lose what the server wrote between its continuation and its stop; accepts that loss if asked. */
async function rejoined(host: string): Promise<void> {
	const { exitCode, stdout, stderr } = await operate("rejoin", host, "--yes");
	if (exitCode === 0) return;
	expect(stderr, stdout).toContain(`check failed: "${host}" has no WAL that`);
	await rewound(bastion, host);
}
