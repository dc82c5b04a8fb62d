import { access, forget, requireStatus, timeStatus } from "../console.ts";
import { timeRepmgr } from "../repmgr.ts";
import type { Measure } from "../result.ts";

const WELL = { node1: /running/, node2: /streaming/, node3: /streaming/, node4: /running/ };
const AIM = { of: "ratio", below: 3 / 4, text: "< 3/4" } as const;

export const firstPicture: Measure = {
	name: "first-picture",
	about: "from the start of the process to the end of the first complete status, healthy cluster",
	async run({ cluster, rounds, say }) {
		const [cold, warm, theirs]: [number[], number[], number[]] = [[], [], []];
		const status = async (): Promise<number> => {
			const { ms, record } = await timeStatus(cluster, access("node1"));
			requireStatus(record, WELL);
			return ms;
		};
		await status();
		await timeRepmgr(cluster, "node1");
		for (let round = 1; round <= rounds; round++) {
			say(`round ${round} of ${rounds}`);
			await forget(cluster);
			cold.push(await status());
			warm.push(await status());
			theirs.push(await timeRepmgr(cluster, "node1"));
		}
		return [
			{ what: "cold: nothing remembered", unit: "ms", ours: cold, theirs, aim: AIM },
			{ what: "warm: nodes remembered", unit: "ms", ours: warm, theirs, aim: AIM },
		];
	},
};
