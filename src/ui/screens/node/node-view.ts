import { formatAge } from "../../../text/format.ts";
import type { Span, StyledLine } from "../../text/styled-line.ts";
import { ownCopySection, repmgrdSection } from "./daemon.ts";
import { faultsSection } from "./faults.ts";
import { hostSection } from "./host.ts";
import { identitySection } from "./identity.ts";
import { lagSection } from "./lag-chart.ts";
import { replicationSection } from "./replication.ts";
import { fitSpans, type Section, sectionLines, text } from "./section.ts";
import { archiverSection, settingsSection, slotsSection } from "./storage.ts";
import type { Subject } from "./subject.ts";

/** From this width on, there are two columns of sections. */
const TWO_COLUMNS = 160;

const GAP = 2;

/** Everything known about a node, line by line. */
export function nodeView(subject: Subject, columns: number, rows: number): readonly StyledLine[] {
	const lines = columns >= TWO_COLUMNS ? wide(subject, columns, rows) : narrow(subject, columns, rows);
	return lines.map((spans, line) => ({ key: String(line), spans }));
}

type Lines = readonly (readonly Span[])[];

function narrow(subject: Subject, width: number, rows: number): Lines {
	const sections = [
		faultsSection(subject),
		identitySection(subject),
		replicationSection(subject),
		lagSection(subject, width, chartHeight(rows)),
		slotsSection(subject),
		repmgrdSection(subject),
		hostSection(subject),
		archiverSection(subject),
		ownCopySection(subject),
		settingsSection(subject),
	];
	return stacked(sections, width);
}

function wide(subject: Subject, width: number, rows: number): Lines {
	const half = Math.floor((width - GAP) / 2);
	const beside = (left: readonly Section[], right: readonly Section[]): Lines =>
		sideBySide(stacked(left, half), stacked(right, width - GAP - half), half);
	return [
		...stacked([faultsSection(subject)], width),
		...beside(
			[identitySection(subject), slotsSection(subject)],
			[replicationSection(subject), archiverSection(subject), ownCopySection(subject)],
		),
		...stacked([lagSection(subject, width, chartHeight(rows))], width),
		...beside([settingsSection(subject)], [repmgrdSection(subject), hostSection(subject)]),
	];
}

function chartHeight(rows: number): number {
	return rows >= 30 ? 6 : 4;
}

function stacked(sections: readonly (Section | null)[], width: number): Lines {
	return sections.flatMap((section) => (section === null ? [] : sectionLines(section, width)));
}

function sideBySide(left: Lines, right: Lines, width: number): Lines {
	return Array.from({ length: Math.max(left.length, right.length) }, (_, line) => [
		...fitSpans(left[line] ?? [], width),
		text(" ".repeat(GAP)),
		...(right[line] ?? []),
	]);
}

/** Which node it is, and its state; this line does not scroll. */
export function nodeTitle({ node }: Subject): string {
	const { role, status } = node.observed;
	return `NODE ${node.nodeName}  ${role ?? `(${node.registered.type})`}, ${status}, seen ${formatAge(node.ageMs)}`;
}
