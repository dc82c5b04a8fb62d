import { formatAge } from "../../../text/format.ts";
import type { UiContext } from "../../context.ts";
import type { Span, StyledLine } from "../../text/styled-line.ts";
import { ownCopySection, repmgrdSection } from "./daemon.ts";
import { faultsSection } from "./faults.ts";
import { hostSection } from "./host.ts";
import { identitySection } from "./identity.ts";
import { lagSection } from "./lag-chart.ts";
import { replicationSection } from "./replication.ts";
import { fitSpans, type Section, sectionLines, text } from "./section.ts";
import { archiverSection, settingsSection, slotsSection } from "./storage.ts";
import { type Subject, subjectOf } from "./subject.ts";

/** From this width on, sections stand in two columns. */
const TWO_COLUMNS = 160;

/** Between two columns of sections. */
const GAP = 2;

/** Everything known about a node, line by line; null when it is not registered (any more). */
export function nodeView(
	{ data, session, columns, bodyRows }: UiContext,
	nodeId: number,
): readonly StyledLine[] | null {
	const subject = subjectOf(data, nodeId, session.intervalMs);
	if (subject === null) return null;
	const lines =
		columns >= TWO_COLUMNS ? wide(subject, columns, bodyRows) : narrow(subject, columns, bodyRows);
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

/** A share of the screen; the chart is one thing among others. */
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

/** The line above all sections, which does not scroll: which node this is, and how it is. */
export function nodeTitle({ data, session }: UiContext, nodeId: number): string {
	const subject = subjectOf(data, nodeId, session.intervalMs);
	if (subject === null) return `NODE ${nodeId}`;
	const { node } = subject;
	const { role, status } = node.observed;
	return `NODE ${node.nodeName}  ${role ?? `(${node.registered.type})`}, ${status}, seen ${formatAge(node.ageMs)}`;
}
