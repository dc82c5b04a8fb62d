import { access } from "../console.ts";
import { pretendNodes } from "../many-nodes.ts";
import { liveMemoryMb, memoryProbe } from "../memory.ts";
import { pollCounter, untilConnected, untilPolled } from "../pretended.ts";
import { processCost } from "../processes.ts";
import type { Measure } from "../result.ts";
import { Screen } from "../screen.ts";

const FEW_POLLS = 1000;
const MANY_POLLS = 10_000;

/** Many polls in a short time, without overloading the servers of one small machine. */
const NODES = 50;
const INTERVAL_SECONDS = 0.2;
const CONNECTED_MS = 60_000;

const NOTE = "the second number is ours, too; live objects are the heap after a collection";

export const memory: Measure = {
	name: "memory",
	about: `whether memory stays flat: screen open, ${NODES} nodes, each polled every ${INTERVAL_SECONDS} s`,
	async run(bench) {
		await pretendNodes(bench, NODES);
		const args = [...access("node1"), "--no-ssh", "--interval", String(INTERVAL_SECONDS)];
		const screen = new Screen(bench.cluster, args, memoryProbe());
		const after = async (count: number) => {
			await untilPolled(count, polls);
			bench.say(`${count} polls`);
			const live = await liveMemoryMb(screen.pid);
			return { live, resident: (await processCost(screen.pid)).rssMb };
		};
		const polls = await pollCounter(bench);
		try {
			await untilConnected(bench, NODES, CONNECTED_MS);
			const few = await after(FEW_POLLS);
			const many = await after(MANY_POLLS);
			const flat = { of: "ratio", below: 1.1, text: "flat (< 1.1)" } as const;
			const times = `after ${MANY_POLLS} polls / after ${FEW_POLLS}`;
			return [
				{ what: `live objects, ${times}`, unit: "MB", ours: [many.live], theirs: [few.live], aim: flat },
				{ what: `resident, ${times}`, unit: "MB", ours: [many.resident], theirs: [few.resident], note: NOTE },
			];
		} finally {
			screen.close();
		}
	},
};
