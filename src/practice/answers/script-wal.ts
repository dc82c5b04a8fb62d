import { DATA_DIRECTORY } from "../cluster/host.ts";
import { commitsIn, positionOf } from "../cluster/own-wal.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { historyFileName, historyLines, lsnText, SEGMENT_BYTES, timelineOf } from "../cluster/wal.ts";
import { lines, type ScriptCall } from "./script-call.ts";

/** How many WAL files a server keeps behind its end. */
const KEPT_FILES = 3;

/** Every history file in pg_wal: its name and its lines. */
function historyFiles({ data }: PracticeNode) {
	return data.history.slice(1).map((branch, index) => {
		const history = data.history.slice(0, index + 2);
		return { name: historyFileName(history), writtenAt: branch.beganAt, lines: historyLines(history) };
	});
}

/** TIMELINES_SCRIPT. */
export function timelinesOutput({ node }: ScriptCall): string {
	// Only the server that was promoted logs it.
	const selected = node.logs.postgresql.flatMap((line) => {
		const [, time, timeline] = /^(\S+ \S+) UTC .*selected new timeline ID: (\d+)/.exec(line) ?? [];
		const at = Date.parse(`${time?.replace(" ", "T")}Z`);
		return Number.isNaN(at) ? [] : [`selected ${timeline} ${(at / 1000).toFixed(3)}000000`];
	});
	return lines([
		`wal ${DATA_DIRECTORY}/pg_wal`,
		...historyFiles(node).flatMap((file) => [
			`history ${file.name} ${(file.writtenAt / 1000).toFixed(3)}`,
			...file.lines.map((line) => `|${line}`),
			"",
		]),
		"log /var/log/postgresql/postgresql-15-main.log",
		...selected,
	]);
}

function fileName(timeline: number, segment: number): string {
	const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");
	return `${hex(timeline)}${hex(Math.floor(segment / 256))}${hex(segment % 256)}`;
}

/** The WAL files that are kept; that of a fork is there on both timelines. */
function segmentsOf({ data }: PracticeNode): readonly string[] {
	const last = Math.floor(data.end / SEGMENT_BYTES) + 1;
	const from = Math.max(1, last - KEPT_FILES);
	return data.history.flatMap(({ timeline, startLsn }, index) => {
		const end = data.history[index + 1]?.startLsn ?? last * SEGMENT_BYTES;
		const [first, to] = [
			Math.max(from, Math.floor(startLsn / SEGMENT_BYTES)),
			Math.floor(end / SEGMENT_BYTES),
		];
		return Array.from({ length: Math.max(0, to - first + 1) }, (_, offset) =>
			fileName(timeline, first + offset),
		);
	});
}

/** WAL_DIRECTORY_SCRIPT. */
export function walDirectoryOutput({ node }: ScriptCall): string {
	const { data, disk } = node;
	const free = Math.floor((disk.sizeBytes - disk.usedBytes) / 1024);
	return lines([
		`state ${data.state}`,
		`checkpoint ${lsnText(data.checkpoint.lsn)}`,
		`timeline ${timelineOf(data.history)}`,
		`segmentbytes ${SEGMENT_BYTES}`,
		...historyFiles(node).flatMap((file) =>
			file.lines.map(
				(line) => `history ${file.name.replace(".history", "")} ${line.split("\t").slice(0, 2).join(" ")}`,
			),
		),
		...segmentsOf(node).map((name) => `segment ${name}`),
		`place ${free} /var/lib/postgresql/15`,
		"end",
	]);
}

/** OWN_COMMITS_SCRIPT: DATA BIN MOST SECONDS BYTES, then ranges. */
export function ownCommitsOutput({ node, words }: ScriptCall): string {
	const ranges = words.slice(5);
	const commits = commitsIn(node, ranges);
	const stamp = (at: number): string => `${new Date(at).toISOString().replace("Z", "000")}`;
	const reads = Array.from({ length: Math.floor(ranges.length / 3) }, (_, index) => {
		const [timeline = "1", from = "0/0", to = ""] = ranges.slice(3 * index, 3 * index + 3);
		if (to !== "") return `read ${timeline} ${from} ${lsnText(positionOf(to) - 64)} 0 `;
		const isShutDown = node.data.state === "shut down";
		const last = isShutDown ? lsnText(node.data.checkpoint.lsn) : lsnText(node.data.end - 64);
		return `read ${timeline} ${from} ${last} 1 pg_waldump: error: error in WAL record at ${last}: invalid record length at ${lsnText(node.data.end)}: wanted 24, got 0`;
	});
	const [first, last] = [commits[0], commits.at(-1)];
	return lines([
		...commits
			.slice(0, Number(words[2]))
			.map(
				({ lsn, xid, at }) => `commit ${lsnText(lsn)} ${xid} ${stamp(at).replace("T", " ")} 1663/16384/16397`,
			),
		...reads,
		`total ${commits.length} 0 ${first === undefined ? "-" : stamp(first.at)} ${last === undefined ? "-" : stamp(last.at)}`,
	]);
}

/** LAST_CHECKPOINT_SCRIPT: DATA BIN END CONFIG BYTES NODES BARMAN OTHERS, then names of WAL files. */
export function lastCheckpointOutput({ words }: ScriptCall): string {
	const end = positionOf(words[2] ?? "0/0");
	const name = words[8] ?? "";
	const checkpoint = Math.max(Math.floor(end / SEGMENT_BYTES) * SEGMENT_BYTES + 40, end - 4096);
	return lines([...(name === "" ? [] : [`checkpoint ${lsnText(checkpoint)} ${name}`]), "end"]);
}
