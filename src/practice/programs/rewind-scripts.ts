import { commitsIn } from "../cluster/own-wal.ts";
import { SEGMENT_BYTES } from "../cluster/wal.ts";
import type { Program } from "./program.ts";

/** SAVE_WAL_SCRIPT: DATA BIN PLACE BYTES FIRST NODE CONFIG NODES BARMAN MISSING, then ranges. */
export async function saveWal({ cluster, node, words, print }: Program): Promise<number> {
	const [data = "", , place = ""] = words;
	const ranges = words.slice(10);
	await cluster.sleep(800);
	const count = commitsIn(node, ranges).length;
	const at = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
	const files = 2 + Math.floor(count / 1000);
	print(`${files} files, ${(files * SEGMENT_BYTES) / 1024} kB`);
	print(`${count} commits, 0 prepared transactions`);
	print(`saved in ${place}/${data.slice(data.lastIndexOf("/") + 1)}-wal-${at}`);
	return 0;
}
