import { run } from "../../cluster/command.ts";
import { access, CONSOLE, forget } from "../console.ts";
import type { Bench, Measure } from "../result.ts";
import { READ, Screen, showsNode } from "../screen.ts";

const NODES = ["node1", "node2", "node3", "node4"];

/** On an idle machine 0.05 s, against which 0.4 s to the first frame are eight times as much. */
const BARE_NODE = ["-e", "0"];
const MOST_TIMES_NODE = 8;

const NOTE = "first frame: the table with its heading; read: every node's row says how it does";

export const screenStart: Measure = {
	name: "screen-start",
	about: "from the start of the process to the first frame of the screen, healthy cluster of 4",
	async run(bench) {
		const [warm, cold]: [Start[], Start[]] = [[], []];
		const [node, version]: [number[], number[]] = [[], []];
		await timeStart(bench);
		for (let round = 1; round <= bench.rounds; round++) {
			bench.say(`round ${round} of ${bench.rounds}`);
			node.push(await timeProgram(process.execPath, ...BARE_NODE));
			version.push(await timeProgram(CONSOLE, "--version"));
			warm.push(await timeStart(bench));
			await forget(bench.cluster);
			cold.push(await timeStart(bench));
		}
		const row = (what: string, starts: readonly Start[], key: keyof Start) =>
			({ what, unit: "ms", ours: starts.map((start) => start[key]), note: NOTE }) as const;
		const besideNode = { theirs: node, note: "the second number is node -e 0" };
		return [
			{
				...row("first frame, warm: nodes remembered", warm, "frame"),
				...besideNode,
				aim: { of: "ratio", below: MOST_TIMES_NODE, text: `< ${MOST_TIMES_NODE} × node` },
			},
			{ what: "--version", unit: "ms", ours: version, ...besideNode },
			row("all nodes read, warm", warm, "read"),
			row("first frame, cold: nothing remembered", cold, "frame"),
			row("all nodes read, cold", cold, "read"),
		];
	},
};

/** Ms. */
interface Start {
	readonly frame: number;
	readonly read: number;
}

async function timeStart({ cluster }: Bench): Promise<Start> {
	const screen = new Screen(cluster, access("node1"));
	try {
		return {
			frame: await screen.until("the table", (lines) =>
				lines.some((line) => /\bNODE\b.*\bROLE\b/.test(line)),
			),
			read: await screen.until("all nodes", (lines) => NODES.every((node) => showsNode(lines, node, READ))),
		};
	} finally {
		screen.close();
	}
}

async function timeProgram(...argv: readonly [string, ...string[]]): Promise<number> {
	const started = performance.now();
	await run(argv);
	return performance.now() - started;
}
