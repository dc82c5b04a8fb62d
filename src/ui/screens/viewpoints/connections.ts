import { type Asked, type Crosscheck, hostsDone, summarise } from "../../../model/crosscheck.ts";
import { crosscheckGrid, type Link, linkAt, MATRICES } from "../../../presentation/crosscheck.ts";
import { troubleFirst } from "../../../presentation/grid.ts";
import { type NameOf, namesOf } from "../../../presentation/viewpoints.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { formatDuration, formatSeconds } from "../../../text/format.ts";
import { shellWords } from "../../../text/shell.ts";
import type { Explanation, Matrix } from "./grid-view.ts";

/** The last lines of the output of psql or ssh, which are the most useful. */
const MOST_LINES = 4;

/** Whether all nodes reach each other, by the last crosscheck. */
export function connectionsMatrix({ crosscheck, snapshot, sshOff, now }: ConsoleState): Matrix {
	const title = "CONNECTIONS";
	if (crosscheck === null) {
		return {
			title,
			note: "not tried yet",
			grid: { fixedColumns: 0, columns: [], rows: [] },
			empty:
				sshOff === null
					? [
							"c makes every host try SQL and SSH to all nodes, as its repmgr would,",
							"with the passwords and keys it has. This changes nothing.",
						]
					: [sshOff],
			explain: () => ({ lines: [], command: null }),
		};
	}
	const nameOf = namesOf(snapshot);
	const grid = crosscheckGrid(crosscheck, nameOf);
	return {
		title,
		note: noteOf(crosscheck, now),
		// Rows stay in place while results arrive.
		grid: crosscheck.endedAt === null ? grid : troubleFirst(grid),
		empty: ["all connections that were tried work"],
		explain({ row, column }) {
			const link = linkAt(crosscheck, row.key, column.key);
			return link === null ? { lines: [], command: null } : explain(link, nameOf);
		},
	};
}

function noteOf(crosscheck: Crosscheck, now: number): string {
	const { endedAt, isCancelled, rows } = crosscheck;
	if (endedAt === null) return `${hostsDone(crosscheck)} of ${rows.length} hosts done, esc cancels`;
	const { tried, failed } = summarise(crosscheck);
	const result =
		tried === 0 ? "nothing known" : failed === 0 ? `all ${tried} work` : `${failed} of ${tried} fail`;
	return `${isCancelled ? "cancelled " : ""}${formatDuration((now - endedAt) / 1000)} ago: ${result}`;
}

function explain({ row, toNodeId, matrix, result }: Link, nameOf: NameOf): Explanation {
	const from = nameOf(row.fromNodeId);
	const title = MATRICES.find(([key]) => key === matrix)?.[1] ?? matrix;
	const way = `${from} to ${nameOf(toNodeId)} by ${title}`;
	if (result === null) {
		const text =
			matrix === "ssh" && row.fromNodeId === toNodeId ? "repmgr never needs it" : askedText(row.asked);
		return { lines: [{ text: `${way}: ${text}`, role: "plain" }], command: null };
	}
	const { state, word, milliseconds, lines, command } = result;
	const took = milliseconds === null ? "" : ` (${formatSeconds(milliseconds / 1000)})`;
	return {
		lines: [
			{
				text: `${way}: ${word}${took}`,
				role: state === "failed" ? "critical" : state === "ok" ? "ok" : "unknown",
			},
			...lines.slice(-MOST_LINES).map((text) => ({ text, role: "plain" as const })),
			...(command === null ? [] : [{ text: `on ${from}: ${shellWords(command)}`, role: "muted" as const }]),
		],
		command,
	};
}

function askedText(asked: Asked): string {
	switch (asked.state) {
		case "connecting":
			return "logging in to its host";
		case "asking":
			return "its host is trying";
		case "done":
			return "its host gave no answer";
		case "silent":
			return `its host can't be asked: ${asked.fault.message}`;
	}
}
