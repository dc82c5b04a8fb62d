import { access, forget, requireStatus, timeStatus } from "../console.ts";
import { everywhere } from "../faults.ts";
import { timeRepmgr } from "../repmgr.ts";
import type { Bench, Measure, Result } from "../result.ts";
import { DEAD, READ, Screen, showsNode } from "../screen.ts";
import { pass } from "../wait.ts";

const HOSTS = ["node1", "node2", "node3", "node4"];

/** Time for the cluster to settle into the fault. */
const SETTLE_MS = 3000;

interface CutOptions {
	readonly name: string;
	readonly about: string;
	readonly host: string;
	/** The node that both programs start from. */
	readonly asked: string;
	/** The least acceptable ratio of repmgr's time to the console's. */
	readonly aims: { readonly living: number; readonly dead: number };
}

const NOTE =
	"screen: rows as seen on a pseudo-terminal, since `status` prints complete pictures only; repmgrd is paused";

function nodeCut({ name, about, host, asked, aims }: CutOptions): Measure {
	const living = HOSTS.filter((candidate) => candidate !== host);
	return {
		name,
		about,
		async run(bench) {
			const { cluster, rounds, say } = bench;
			await everywhere(bench, "pause-repmgrd");
			await timeStatus(cluster, access(asked));
			await cluster.fault("cut", host);
			await pass(SETTLE_MS);
			const times = { warmLiving: [], warmDead: [], coldLiving: [], status: [], theirs: [] } as Record<
				string,
				number[]
			>;
			for (let round = 1; round <= rounds; round++) {
				say(`round ${round} of ${rounds}`);
				const warm = await timeScreen(bench, asked, living, host);
				times.warmLiving?.push(warm.living);
				times.warmDead?.push(warm.dead);
				const { ms, record } = await timeStatus(cluster, access(asked));
				requireStatus(record, { [host]: DEAD, ...Object.fromEntries(living.map((node) => [node, READ])) });
				times.status?.push(ms);
				times.theirs?.push(await timeRepmgr(cluster, asked));
				await forget(cluster);
				times.coldLiving?.push((await timeScreen(bench, asked, living, host)).living);
			}
			const aim = (by: number) => ({ of: "ratio", below: 1 / by, text: `< 1/${by}` }) as const;
			const row = (what: string, key: string, by: number): Result => ({
				what,
				unit: "ms",
				ours: times[key] ?? [],
				theirs: times.theirs ?? [],
				aim: aim(by),
				note: NOTE,
			});
			return [
				row("living nodes known, screen, warm", "warmLiving", aims.living),
				row("living nodes known, screen, cold", "coldLiving", aims.living),
				row("dead node marked, screen, warm", "warmDead", aims.dead),
				row("dead node marked, end of status --json", "status", aims.dead),
			];
		},
	};
}

async function timeScreen({ cluster }: Bench, asked: string, living: readonly string[], dead: string) {
	const screen = new Screen(cluster, access(asked));
	try {
		return {
			living: await screen.until("the living nodes on the screen", (lines) =>
				living.every((node) => showsNode(lines, node, READ)),
			),
			dead: await screen.until("the dead node on the screen", (lines) => showsNode(lines, dead, DEAD)),
		};
	} finally {
		screen.close();
	}
}

export const primaryCut = nodeCut({
	name: "primary-cut",
	about: "the first picture while the primary's network is a black hole",
	host: "node1",
	asked: "node2",
	aims: { living: 20, dead: 8 },
});

export const standbyCut = nodeCut({
	name: "standby-cut",
	about: "the first picture while a standby's network is a black hole",
	host: "node3",
	asked: "node1",
	aims: { living: 10, dead: 3 },
});
