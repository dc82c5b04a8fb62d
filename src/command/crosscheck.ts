import {
	type Crosscheck,
	type CrosscheckRow,
	type LinkResult,
	resultsOf,
	summarise,
} from "../model/crosscheck.ts";
import { crosscheckGrid, crosscheckRecord } from "../presentation/crosscheck.ts";
import { type NameOf, namesOf } from "../presentation/viewpoints.ts";
import type { Session } from "../session/session.ts";
import { shellWords } from "../text/shell.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { textTable } from "./table.ts";
import { isRead, type Output } from "./terminal.ts";

/** The last lines that psql or ssh printed say most. */
const MOST_LINES = 4;

/** Prints whether every node reaches every other as repmgr does. */
export async function crosscheckCommand(
	session: Session,
	{ json }: { readonly json: boolean },
	output: Output,
): Promise<number> {
	// The cached list of nodes may be out of date.
	if (!(await isRead(session.firstPicture(), output))) return EXIT_CODE.unknown;
	await session.crosscheck();
	const { crosscheck, registrations, snapshot } = session.store.getState();
	if (crosscheck === null) throw new Error("a crosscheck that was made is not in the store");
	output.out(
		json
			? JSON.stringify(crosscheckRecord(crosscheck, registrations), null, 2)
			: textOf(crosscheck, namesOf(snapshot)),
	);
	const { failed, silent } = summarise(crosscheck);
	return failed > 0 ? EXIT_CODE.warning : silent > 0 ? EXIT_CODE.unknown : EXIT_CODE.ok;
}

function textOf(crosscheck: Crosscheck, nameOf: NameOf): string {
	const { columns, rows } = crosscheckGrid(crosscheck, nameOf);
	return [
		verdictOf(crosscheck),
		"",
		textTable(
			["", ...columns.map(({ title }) => `to ${title}`)],
			rows.map(({ title, cells }) => [title, ...cells.map(({ text }) => text)]),
		),
		...crosscheck.rows.flatMap((row) => rowLines(row, nameOf)),
	].join("\n");
}

function verdictOf(crosscheck: Crosscheck): string {
	const { tried, failed, silent } = summarise(crosscheck);
	const unasked =
		silent === 0 ? "" : `; ${silent} of ${crosscheck.rows.length} hosts could not try all connections`;
	if (tried === 0) return "UNKNOWN: no host could try a connection";
	if (failed > 0) return `WARNING: ${failed} of ${tried} connections between nodes fail${unasked}`;
	return `${silent === 0 ? "OK" : "UNKNOWN"}: all ${tried} connections tried between nodes succeed${unasked}`;
}

/** Why a host could not try anything, and which of its connections fail. */
function rowLines(row: CrosscheckRow, nameOf: NameOf): readonly string[] {
	const { fromNodeId, asked } = row;
	return [
		...(asked.state === "silent" ? ["", `${nameOf(fromNodeId)} can't be asked: ${asked.fault.message}`] : []),
		...resultsOf(row)
			.filter(({ state }) => state !== "ok")
			.flatMap((result) => resultLines(result, fromNodeId, nameOf)),
	];
}

export const WAY_TITLES = { sql: "SQL", ssh: "SSH", repmgr: "repmgr over SSH" } as const;

function resultLines(
	{ way, toNodeId, word, lines, command }: LinkResult,
	from: number,
	nameOf: NameOf,
): readonly string[] {
	return [
		"",
		`${nameOf(from)} to ${nameOf(toNodeId)}, ${WAY_TITLES[way]}: ${word}`,
		...lines.slice(-MOST_LINES).map((line) => `    ${line}`),
		...(command === null ? [] : [`    on ${nameOf(from)}: ${shellWords(command)}`]),
	];
}
