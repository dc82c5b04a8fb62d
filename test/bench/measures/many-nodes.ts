import { access } from "../console.ts";
import { pretendNodes } from "../many-nodes.ts";
import { connectedNodes, pollCounter, untilConnected } from "../pretended.ts";
import type { Measure } from "../result.ts";
import { Screen } from "../screen.ts";
import { costOfScreen } from "./own-cost.ts";

const NODES = 400;

/** Deadline for reading all nodes. */
const ALL_MS = 90_000;

const NOTE =
	"all servers run on this machine: where it can't answer so many polls, fewer nodes are read; without SSH, since all are one host";

export const manyNodes: Measure = {
	name: "many-nodes",
	about: `the same at ${NODES} nodes: one primary, and one standby under ${NODES - 1} addresses`,
	async run(bench) {
		bench.say(`registering ${NODES} nodes`);
		await pretendNodes(bench, NODES);
		const screen = new Screen(bench.cluster, [...access("node1"), "--no-ssh"]);
		try {
			const connectedMs = await untilConnected(bench, NODES, ALL_MS);
			const polls = await pollCounter(bench);
			const started = performance.now();
			const costs = await costOfScreen(bench, screen);
			const rate = ((await polls()) / (performance.now() - started)) * 1000;
			return [
				{ what: `nodes read, of ${NODES}`, unit: "", ours: [await connectedNodes(bench)], note: NOTE },
				{ what: "sessions to all of them, cold", unit: "s", ours: [connectedMs / 1000] },
				{ what: "polls", unit: "/s", ours: [rate] },
				...costs,
			];
		} finally {
			screen.close();
		}
	},
};
