import type { Timelines } from "../model/timelines.ts";
import { type TimelinesTable, timelinesRecord, timelinesReport } from "../presentation/timelines.ts";
import type { Session } from "../session/session.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { textTable } from "./table.ts";
import { isRead, type Output } from "./terminal.ts";

/** Prints every promotion of the cluster's history, and the end of each node's WAL. */
export async function timelinesCommand(
	session: Session,
	{ json }: { readonly json: boolean },
	output: Output,
): Promise<number> {
	if (!(await isRead(session.firstPicture(), output))) return EXIT_CODE.unknown;
	const timelines = await session.readTimelines();
	const { name } = session.store.getState();
	output.out(json ? JSON.stringify(timelinesRecord(name, timelines), null, 2) : textOf(timelines));
	return EXIT_CODE[timelinesReport(timelines).severity];
}

function textOf(timelines: Timelines): string {
	const { severity, verdict, promotions, nodes, sections } = timelinesReport(timelines);
	return [
		`${severity.toUpperCase()}: ${verdict}`,
		...[promotions, nodes].filter(({ rows }) => rows.length > 0).flatMap((table) => ["", tableText(table)]),
		...sections.flatMap(({ title, lines }) => ["", `${title}:`, ...lines.map((line) => `  ${line}`)]),
	].join("\n");
}

function tableText({ heading, rows }: TimelinesTable): string {
	return textTable(
		heading,
		rows.map(({ cells }) => cells),
	);
}
