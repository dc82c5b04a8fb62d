import type { RunState } from "../../../src/operation/run/run-state.ts";
import { run, waitUntil } from "../../cluster/command.ts";
import { ClusterFailure } from "../../cluster/failure.ts";
import { hostDirectories } from "../../cluster/layers.ts";
import { access, consoleArgv } from "../console.ts";
import type { Bench, Measure, Result } from "../result.ts";
import { pass } from "../wait.ts";

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const HOSTS = ["node1", "node2", "node3"] as const;
const PGDATA = "/var/lib/postgresql/15/main";
const LOG = "/var/log/postgresql/postgresql-15-main.log";
const PATIENCE_MS = 500_000;
const AS_POSTGRES = { user: "postgres", timeoutMs: PATIENCE_MS } as const;

/** What is used of `clone --json`. */
interface RunRecord {
	readonly run: Pick<RunState, "steps" | "startedAt">;
}

interface Taken {
	readonly wallMs: number;
	/** From the stop of the old server until the new one accepts connections. */
	readonly outageMs: number;
}

export const clone: Measure = {
	name: "clone",
	about: "a standby is rebuilt from its primary, until it streams again",
	async run(bench) {
		await fill(bench);
		const [ours, theirs]: [Taken[], Taken[]] = [[], []];
		for (let round = 1; round <= bench.rounds; round++) {
			bench.say(`round ${round} of ${bench.rounds}`);
			ours.push(await time(bench, byConsole));
			theirs.push(await time(bench, byRepmgr));
		}
		return results(bench, ours, theirs);
	},
};

/** The hosts' disks are in memory, and have to hold the old directory and the copy. */
async function fill({ cluster, megabytes, say }: Bench): Promise<void> {
	say(`writing ${megabytes} MB`);
	for (const host of HOSTS) {
		const size = `remount,size=${megabytes * 3 + 1024}M`;
		await run(["mount", "-o", size, hostDirectories(cluster.prefix, host).disk]);
	}
	const batches = Math.ceil(megabytes / 100);
	await cluster.sql("node1", "CREATE TABLE filler (t text)", { database: "repmgr" });
	// A row of 1000 bytes takes 1024 of a page.
	const insert = `INSERT INTO filler SELECT repeat('x', 992) FROM generate_series(1, ${Math.round(100e6 / 1024)})`;
	for (let batch = 0; batch < batches; batch++)
		await cluster.sql("node1", insert, { database: "repmgr", timeoutMs: PATIENCE_MS });
	await cluster.sql("node1", "CHECKPOINT", { timeoutMs: PATIENCE_MS });
}

async function time(bench: Bench, how: (bench: Bench) => Promise<unknown>): Promise<Taken> {
	const { cluster } = bench;
	await cluster.waitHealthy(PATIENCE_MS);
	await pass(3000);
	const started = Date.now();
	await how(bench);
	await waitUntil("node2 to stream", async () => {
		const [[state] = []] = await cluster.sql("node2", "SELECT status FROM pg_stat_wal_receiver");
		return state === "streaming" ? undefined : `It is ${state}.`;
	});
	const wallMs = Date.now() - started;
	const { stdout } = await cluster.exec("node2", [
		"sh",
		"-c",
		`grep -hE 'received fast shutdown request|ready to accept read-only connections' ${LOG} | tail -n 2`,
	]);
	const [stopped, ready] = stdout
		.split("\n")
		.map((line) => Date.parse(`${line.slice(0, 23).replace(" ", "T")}Z`));
	if (stopped === undefined || ready === undefined || !(ready > stopped))
		throw new ClusterFailure(`the log of node2 does not tell when it was down: ${stdout}`);
	await cluster.exec("node2", ["sh", "-c", `rm -rf ${PGDATA}.old-*`]);
	return { wallMs, outageMs: ready - stopped };
}

async function byConsole({ cluster, say }: Bench): Promise<void> {
	const started = Date.now();
	const argv = consoleArgv(cluster, ["clone", "node2", "--yes", "--json", ...access("node1")]);
	const { stdout } = await run(argv, { timeoutMs: PATIENCE_MS });
	const { steps, startedAt } = (JSON.parse(stdout) as RunRecord).run;
	const parts = steps.flatMap(({ step, startedAt: from, endedAt: to }) =>
		from === null || to === null ? [] : [`${step.key} ${seconds(to - from)}`],
	);
	say(`ours: ${seconds(startedAt - started)} until it began; ${parts.join(", ")}`);
}

/** What an operator types. */
async function byRepmgr({ cluster, say }: Bench): Promise<void> {
	const repmgr = ["repmgr", "-f", "/etc/repmgr.conf"];
	const started = Date.now();
	await cluster.exec("node2", ["systemctl", "stop", "postgresql@15-main"]);
	const stopped = Date.now();
	const from = ["-h", "node1", "-U", "repmgr", "-d", "repmgr"];
	await cluster.exec(
		"node2",
		[...repmgr, ...from, "standby", "clone", "--force", "--fast-checkpoint"],
		AS_POSTGRES,
	);
	const copied = Date.now();
	await cluster.exec("node2", ["systemctl", "start", "postgresql@15-main"]);
	await cluster.exec("node2", [...repmgr, "standby", "register", "--force", "--wait-sync=60"], AS_POSTGRES);
	say(
		`repmgr: stop ${seconds(stopped - started)}, clone ${seconds(copied - stopped)}, start and register ${seconds(Date.now() - copied)}`,
	);
}

function results({ megabytes }: Bench, ours: readonly Taken[], theirs: readonly Taken[]): readonly Result[] {
	const note = `ours with all checks, repmgr's own trial, lock and verification; ${megabytes} MB`;
	return [
		{
			what: "whole clone of a standby",
			unit: "ms",
			ours: ours.map(({ wallMs }) => wallMs),
			theirs: theirs.map(({ wallMs }) => wallMs),
			aim: { of: "ratio", below: 1.03, text: "< 1.03" },
			note,
		},
		{
			what: "how long the standby serves no reads",
			unit: "ms",
			ours: ours.map(({ outageMs }) => outageMs),
			theirs: theirs.map(({ outageMs }) => outageMs),
			aim: { of: "ratio", below: 1, text: "< 1" },
		},
	];
}
