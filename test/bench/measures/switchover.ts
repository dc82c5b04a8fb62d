import { run } from "../../cluster/command.ts";
import { ClusterFailure } from "../../cluster/failure.ts";
import { Writer } from "../../cluster/writer.ts";
import { access, consoleArgv } from "../console.ts";
import type { Bench, Measure } from "../result.ts";
import { pass } from "../wait.ts";

const HOSTS = ["node1", "node2", "node3"] as const;

/** For the last write before and the first after to be known here, ms. */
const SETTLE_MS = 1500;

interface Taken {
	readonly outageMs: number;
	readonly wallMs: number;
}

export const switchover: Measure = {
	name: "switchover",
	about: "from the last acknowledged write before a switchover to the first after it",
	async run(bench) {
		const writer = await Writer.start(bench.cluster, "node1", HOSTS);
		const [ours, theirs]: [Taken[], Taken[]] = [[], []];
		let primary = "node1";
		const time = async (how: (bench: Bench, from: string, to: string) => Promise<void>): Promise<Taken> => {
			const to = primary === "node1" ? "node2" : "node1";
			await bench.cluster.waitHealthy(60_000);
			await pass(SETTLE_MS);
			const started = Date.now();
			await how(bench, primary, to);
			const wallMs = Date.now() - started;
			primary = to;
			await pass(SETTLE_MS);
			return { outageMs: writer.longestGapMs(started), wallMs };
		};
		try {
			for (let round = 1; round <= bench.rounds; round++) {
				bench.say(`round ${round} of ${bench.rounds}`);
				// Both ways each, so that the hosts do not differ.
				for (let way = 0; way < 2; way++) ours.push(await time(byConsole));
				for (let way = 0; way < 2; way++) theirs.push(await time(byRepmgr));
			}
		} finally {
			await writer.stop();
		}
		const lost = await writer.lost(primary);
		if (lost.length > 0) throw new ClusterFailure(`${lost.length} acknowledged writes are lost`);
		return [
			{
				what: "write outage of a switchover",
				unit: "ms",
				ours: ours.map(({ outageMs }) => outageMs),
				theirs: theirs.map(({ outageMs }) => outageMs),
				aim: { of: "ratio", below: 0.6, text: "< 0.6" },
			},
			{
				what: "whole switchover",
				unit: "ms",
				ours: ours.map(({ wallMs }) => wallMs),
				theirs: theirs.map(({ wallMs }) => wallMs),
				note: "ours with all checks, repmgr's own trial, lock and verification",
			},
		];
	},
};

async function byConsole({ cluster }: Bench, from: string, to: string): Promise<void> {
	await run(consoleArgv(cluster, ["switchover", "--to", to, "--yes", ...access(from)]), {
		timeoutMs: 120_000,
	});
}

async function byRepmgr({ cluster }: Bench, _: string, to: string): Promise<void> {
	const words = ["repmgr", "-f", "/etc/repmgr.conf", "standby", "switchover", "--siblings-follow"];
	await cluster.exec(to, words, { user: "postgres", timeoutMs: 120_000 });
}
