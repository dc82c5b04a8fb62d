import type { ClusterSnapshot } from "../model/snapshot.ts";
import { electionReport, failoverRecord } from "../presentation/election-report.ts";
import type { Session } from "../session/session.ts";
import { EXIT_CODE } from "./exit-code.ts";
import { textTable } from "./table.ts";
import { isRead, type Output } from "./terminal.ts";

/** Predicts what repmgrd would do if the primary failed now. */
export async function failoverPreview(
	session: Session,
	{ json }: { readonly json: boolean },
	output: Output,
): Promise<number> {
	if (!(await isRead(session.firstPicture(), output))) return EXIT_CODE.unknown;
	const { snapshot } = session.store.getState();
	output.out(json ? JSON.stringify(failoverRecord(snapshot), null, 2) : formatPreview(snapshot));
	return EXIT_CODE[electionReport(snapshot).severity];
}

export function formatPreview(snapshot: ClusterSnapshot): string {
	const { severity, verdict, ranking, sections } = electionReport(snapshot);
	return [
		`${severity.toUpperCase()}: ${verdict}`,
		...(ranking.rows.length === 0
			? []
			: [
					"",
					textTable(
						ranking.heading,
						ranking.rows.map(({ cells }) => cells),
					),
				]),
		...sections.flatMap(({ title, lines }) => ["", `${title}:`, ...lines.map((line) => `  ${line}`)]),
	].join("\n");
}
