import { access, type StatusRecord, statusOf } from "../console.ts";
import { everywhere, startServer } from "../faults.ts";
import type { Bench, Measure } from "../result.ts";
import { pass } from "../wait.ts";
import { Watch } from "../watch.ts";

const PRIMARY = "node1";

/** Prints the time (epoch seconds) just before the postmaster dies. $1 the data directory. */
const KILL = `read -r pid < "$1/postmaster.pid"; echo "$EPOCHREALTIME"; kill -KILL "$pid"`;

/** Waits for several polls, and a random time so that the change comes at no fixed distance from one. */
const randomMoment = (): Promise<void> => pass(3000 + 1000 * Math.random());

export const change: Measure = {
	name: "change",
	about: "from a blow to the primary to the changed line of status --watch --json",
	async run(bench) {
		await everywhere(bench, "stop-repmgrd");
		const [kills, cuts]: [number[], number[]] = [[], []];
		const watch = new Watch(bench.cluster, access("node2"));
		try {
			for (let round = 1; round <= bench.rounds; round++) {
				bench.say(`round ${round} of ${bench.rounds}`);
				kills.push(await timeBlow(bench, watch, kill));
				await startServer(bench, PRIMARY);
				cuts.push(await timeBlow(bench, watch, cut));
				await bench.cluster.heal("cut", PRIMARY);
			}
		} finally {
			watch.close();
		}
		return [
			{
				what: "kill -9 of the postmaster",
				unit: "ms",
				ours: kills,
				aim: { of: "value", below: 250, text: "< 250 ms" },
			},
			{
				what: "network cut",
				unit: "ms",
				ours: cuts,
				aim: { of: "value", below: 3000, text: "< 3 s" },
			},
		];
	},
};

async function timeBlow(
	bench: Bench,
	watch: Watch,
	blow: (bench: Bench) => Promise<number>,
): Promise<number> {
	await watch.untilNow("a healthy cluster", isWell);
	await randomMoment();
	const at = await blow(bench);
	const seen = await watch.until(
		"the changed status",
		at,
		(record) => statusOf(record, PRIMARY) !== "running",
	);
	return seen - at;
}

async function kill({ cluster }: Bench): Promise<number> {
	const { postgresVersion } = await cluster.instance();
	const directory = `/var/lib/postgresql/${postgresVersion}/main`;
	const { stdout } = await cluster.exec(PRIMARY, ["bash", "-euc", KILL, "bash", directory]);
	return Number(stdout) * 1000;
}

/** Returns the moment before the command, which unplugs the cable some milliseconds later. */
async function cut({ cluster }: Bench): Promise<number> {
	const at = performance.timeOrigin + performance.now();
	await cluster.fault("cut", PRIMARY);
	return at;
}

function isWell({ nodes }: StatusRecord): boolean {
	return nodes.every(({ observed }) => /^(running|streaming)$/.test(observed.status));
}
