import { viewpointsOf } from "../../../assess/viewpoints.ts";
import type { MetadataView } from "../../../model/viewpoint.ts";
import { isTroubled, troubleFirst } from "../../../presentation/grid.ts";
import {
	comparisonKey,
	comparisonTitle,
	copyAge,
	namesOf,
	OBSERVED_COLUMN,
	valueText,
	viewpointsGrid,
} from "../../../presentation/viewpoints.ts";
import type { ConsoleState } from "../../../store/console-store.ts";
import { formatTime } from "../../../text/format.ts";
import type { Explanation, Matrix } from "./grid-view.ts";

/** Each node's own copy of the metadata. */
export function beliefsMatrix({ snapshot }: ConsoleState): Matrix {
	const viewpoints = viewpointsOf(snapshot);
	const { views, comparisons } = viewpoints;
	const nameOf = namesOf(snapshot);
	const grid = troubleFirst(viewpointsGrid(viewpoints, snapshot));
	const marked = grid.rows.filter(isTroubled).length;
	return {
		title: "VIEWPOINTS",
		note: marked === 0 ? "all agree" : `≠ in ${marked} ${marked === 1 ? "row" : "rows"}`,
		grid,
		empty: ["all nodes agree with the observed state"],
		explain({ row, column }): Explanation {
			const comparison = comparisons.find((one) => comparisonKey(one) === row.key);
			if (comparison === undefined) return NOTHING;
			const what = comparisonTitle(comparison, nameOf);
			if (column.key === OBSERVED_COLUMN)
				return said([`${what}, as seen by this console: ${row.cells[0]?.text ?? ""}`]);
			const position = views.findIndex(({ nodeId }) => String(nodeId) === column.key);
			const [view, own] = [views[position], comparison.answers[position]];
			if (view === undefined || own === undefined) return NOTHING;
			const text = own.answer === null ? "not known" : valueText(comparison.attribute, own.answer, nameOf);
			const ought =
				own.reference === null ? "not known" : valueText(comparison.attribute, own.reference, nameOf);
			return said([
				`${what}, by ${nameOf(view.nodeId)}${view.isCurrent ? "" : " when it last answered"}: ${text}`,
				`${own.differs ? "≠ " : ""}expected (observed, else registered on the primary): ${ought}`,
				copyText(view, snapshot.takenAt),
			]);
		},
	};
}

const NOTHING: Explanation = { lines: [], command: null };

function said(texts: readonly string[]): Explanation {
	return {
		lines: texts.map((text) => ({ text, role: text.startsWith("≠") ? "warning" : "plain" })),
		command: null,
	};
}

function copyText(view: MetadataView, now: number): string {
	const { copy } = view;
	if (copy === null) return "its copy of repmgr.nodes was never read";
	const since = copy.unchangedSince === null ? "" : `, the same since ${formatTime(copy.unchangedSince)} UTC`;
	return `its copy of repmgr.nodes: read ${copyAge(view, now)}${since}`;
}
