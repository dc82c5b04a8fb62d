import { run } from "../../cluster/command.ts";
import { ClusterFailure } from "../../cluster/failure.ts";
import { Writer } from "../../cluster/writer.ts";
import { access, consoleArgv } from "../console.ts";
import type { Bench, Measure, Result } from "../result.ts";
import { pass } from "../wait.ts";

const HOSTS = ["node1", "node2", "node3"] as const;

/** Until the last write before and the first after the switchover are known here, ms. */
const SETTLE_MS = 1500;

/** pgbench's built-in transactions; without a rate limit they would use up the two cores of the four hosts. */
const LOAD = { clients: 4, perSecond: 200 };
const LOAD_UNIT = "bench-load";
const LOAD_HOST = "node4";

interface Taken {
	readonly outageMs: number;
	readonly wallMs: number;
}

interface Compared {
	readonly ours: readonly Taken[];
	readonly theirs: readonly Taken[];
}

export const switchover: Measure = {
	name: "switchover",
	about: "from the last acknowledged write before a switchover to the first after it",
	async run(bench) {
		const writer = await Writer.start(bench.cluster, "node1", HOSTS);
		let idle: Compared;
		let loaded: Compared;
		try {
			idle = await compare(bench, "idle", writer);
			await startLoad(bench);
			loaded = await compare(bench, "under pgbench", writer);
			await requireLoad(bench);
		} finally {
			await writer.stop();
		}
		// An even number of switchovers: node1 is the primary again.
		const lost = await writer.lost("node1");
		if (lost.length > 0) throw new ClusterFailure(`${lost.length} acknowledged writes are lost`);
		return [
			...results("", idle),
			...results(
				" under pgbench",
				loaded,
				`pgbench, ${LOAD.clients} clients, ${LOAD.perSecond} transactions a second`,
			),
		];
	},
};

/** Each program switches over and back, in turn, so that both use the same hosts. */
async function compare(bench: Bench, which: string, writer: Writer): Promise<Compared> {
	const [ours, theirs]: [Taken[], Taken[]] = [[], []];
	const time = async (how: Switchover, from: string, to: string): Promise<Taken> => {
		await bench.cluster.waitHealthy(60_000);
		await pass(SETTLE_MS);
		const started = Date.now();
		await how(bench, from, to);
		const wallMs = Date.now() - started;
		await pass(SETTLE_MS);
		return { outageMs: writer.longestGapMs(started), wallMs };
	};
	for (let round = 1; round <= bench.rounds; round++) {
		bench.say(`${which}: round ${round} of ${bench.rounds}`);
		for (const [how, taken] of [
			[byConsole, ours],
			[byRepmgr, theirs],
		] as const) {
			taken.push(await time(how, "node1", "node2"));
			taken.push(await time(how, "node2", "node1"));
		}
	}
	return { ours, theirs };
}

/** Runs until its host ends. pgbench ends with any lost connection, so it is restarted each time. */
async function startLoad({ cluster, say }: Bench): Promise<void> {
	say("preparing pgbench");
	const options = { user: "postgres", timeoutMs: 60_000 } as const;
	await cluster.exec("node1", ["createdb", "bench"], options);
	await cluster.exec("node1", ["pgbench", "-i", "-q", "-s", "5", "bench"], options);
	await cluster.exec(
		"node1",
		[
			"psql",
			"-qc",
			"ALTER DATABASE bench OWNER TO repmgr; GRANT ALL ON ALL TABLES IN SCHEMA public TO repmgr",
			"bench",
		],
		options,
	);
	const primary = `host=${HOSTS.join(",")} user=repmgr dbname=bench target_session_attrs=read-write connect_timeout=2`;
	const loop = `while :; do pgbench -n -c ${LOAD.clients} -R ${LOAD.perSecond} -T 3600 "$1"; sleep 0.1; done`;
	await cluster.exec(LOAD_HOST, [
		"systemd-run",
		`--unit=${LOAD_UNIT}`,
		"--uid=postgres",
		"sh",
		"-c",
		loop,
		"sh",
		primary,
	]);
}

/** Throws unless there was load: without it the measure would only repeat the first one. */
async function requireLoad({ cluster, rounds, say }: Bench): Promise<void> {
	const [[transactions] = []] = await cluster.sql("node1", "SELECT count(*) FROM pgbench_history", {
		database: "bench",
	});
	say(`pgbench made ${transactions} transactions`);
	// Each of the four switchovers of a round takes seven seconds at least.
	if (Number(transactions) < (rounds * 4 * 7 * LOAD.perSecond) / 2)
		throw new ClusterFailure(`pgbench made only ${transactions} transactions`);
}

function results(when: string, { ours, theirs }: Compared, note?: string): Result[] {
	return [
		{
			what: `write outage of a switchover${when}`,
			unit: "ms",
			ours: ours.map(({ outageMs }) => outageMs),
			theirs: theirs.map(({ outageMs }) => outageMs),
			aim: { of: "ratio", below: 0.6, text: "< 0.6" },
			...(note !== undefined && { note }),
		},
		{
			what: `whole switchover${when}`,
			unit: "ms",
			ours: ours.map(({ wallMs }) => wallMs),
			theirs: theirs.map(({ wallMs }) => wallMs),
			note: "ours with all checks, repmgr's own trial, lock and verification",
		},
	];
}

type Switchover = (bench: Bench, from: string, to: string) => Promise<void>;

async function byConsole({ cluster }: Bench, from: string, to: string): Promise<void> {
	await run(consoleArgv(cluster, ["switchover", "--to", to, "--yes", ...access(from)]), {
		timeoutMs: 120_000,
	});
}

async function byRepmgr({ cluster }: Bench, _: string, to: string): Promise<void> {
	const words = ["repmgr", "-f", "/etc/repmgr.conf", "standby", "switchover", "--siblings-follow"];
	await cluster.exec(to, words, { user: "postgres", timeoutMs: 120_000 });
}
