import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { BUNDLE_OPTIONS } from "../../../.build/bundle-options.ts";
import { run } from "../../cluster/command.ts";
import { type Measure, quantile, type Result } from "../result.ts";

const MOST_NODES = 400;
const NODES = [4, 40, MOST_NODES];
const FRAMES = 200;

const MEMORY_NODES = 4;
const FEW_CHANGES = 10_000;
const MANY_CHANGES = 100_000;

const NOTES = {
	time: `${FRAMES} changes of a store without a cluster, in a process of its own: a node loses its upstream or finds it again while others move`,
	key: "while reports come in as from one poll a second of each node, but without hundreds of servers on the same machine",
	memory: "the second number is ours, too; the heap after a collection",
};

export const screenFrame: Measure = {
	name: "screen-frame",
	about: "from a change of what is known to the frame that shows it, and whether memory stays flat",
	async run({ say }) {
		const directory = await mkdtemp(join(tmpdir(), "repmgr-console-bench-"));
		try {
			await build({
				...BUNDLE_OPTIONS,
				entryPoints: [resolve(import.meta.dirname, "../frame.tsx")],
				outdir: directory,
			});
			const measure = async (what: string, ...numbers: readonly number[]): Promise<readonly number[]> => {
				say(`${what} at ${numbers[0]} nodes`);
				const argv = [process.execPath, "--expose-gc", join(directory, "frame.mjs"), what] as const;
				const { stdout } = await run([...argv, ...numbers.map(String)], {
					env: { ...process.env, FORCE_COLOR: "2" },
					timeoutMs: 900_000,
				});
				return JSON.parse(stdout) as number[];
			};
			const keys = await measure("key", MOST_NODES, FRAMES);
			const frames: Result[] = [];
			for (const nodes of NODES) {
				const times = await measure("time", nodes, FRAMES);
				frames.push(
					{ what: `frame, ${nodes} nodes`, unit: "ms", ours: times, note: NOTES.time },
					{ what: `frame, ${nodes} nodes, p95`, unit: "ms", ours: [quantile(times, 0.95)] },
				);
			}
			const [few = 0, many = 0] = (await measure("memory", MEMORY_NODES, FEW_CHANGES, MANY_CHANGES)).map(
				(bytes) => bytes / 1024 / 1024,
			);
			return [
				...frames,
				{ what: `key to frame, ${MOST_NODES} nodes`, unit: "ms", ours: keys, note: NOTES.key },
				{
					what: `key to frame, ${MOST_NODES} nodes, p95`,
					unit: "ms",
					ours: [quantile(keys, 0.95)],
					aim: { of: "value", below: 50, text: "< 50 ms" },
				},
				{
					what: `live objects after ${MANY_CHANGES} changes / after ${FEW_CHANGES}, ${MEMORY_NODES} nodes`,
					unit: "MB",
					ours: [many],
					theirs: [few],
					aim: { of: "ratio", below: 1.1, text: "flat (< 1.1)" },
					note: NOTES.memory,
				},
			];
		} finally {
			await rm(directory, { recursive: true, force: true });
		}
	},
};
