import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Attribute, AttributeValue, Comparison, MetadataView, Viewpoints } from "../model/viewpoint.ts";
import { formatAge, formatSeconds } from "../text/format.ts";
import { cutName } from "../text/words.ts";
import { type Cell, type Grid, type GridRow, NONE, UNKNOWN } from "./grid.ts";
import { LONGEST_UNSEEN_SECONDS } from "./topology.ts";

/** Key of the column of what is observed; the keys of the others are node ids. */
export const OBSERVED_COLUMN = "observed";

/** What is observed, and beside it a column for each node's copy of repmgr.nodes, by node id. */
export function viewpointsGrid({ views, comparisons }: Viewpoints, snapshot: ClusterSnapshot): Grid {
	const nameOf = namesOf(snapshot);
	return {
		fixedColumns: 1,
		columns: [
			{ key: OBSERVED_COLUMN, title: "seen", note: "" },
			...views.map((view) => ({
				key: String(view.nodeId),
				title: view.nodeName,
				note: copyAge(view, snapshot.takenAt),
			})),
		],
		rows: comparisons.map(
			(comparison): GridRow => ({
				key: comparisonKey(comparison),
				title: comparisonTitle(comparison, nameOf),
				cells: [
					observedCell(comparison, snapshot, nameOf),
					...views.map((view, position) => answerCell(comparison, view, position, nameOf)),
				],
			}),
		),
	};
}

export type NameOf = (nodeId: number) => string;

export function namesOf({ nodes }: ClusterSnapshot): NameOf {
	const names = new Map(nodes.map(({ nodeId, nodeName }) => [nodeId, cutName(nodeName)]));
	return (nodeId) => names.get(nodeId) ?? `node ${nodeId}`;
}

export function comparisonKey({ attribute, about }: Comparison): string {
	return `${attribute} ${about ?? ""}`;
}

const OWN_TITLES: Partial<Record<Attribute, string>> = {
	primary: "primary",
	ownUpstream: "its own upstream",
	repmgrdUpstream: "repmgrd's upstream",
	repmgrdLastSeen: "upstream last seen",
};

export function comparisonTitle({ attribute, about }: Comparison, nameOf: NameOf): string {
	return about === null ? (OWN_TITLES[attribute] ?? attribute) : `${attribute} of ${nameOf(about)}`;
}

/** Time since a node's copy was read, not since it was written. */
export function copyAge({ copy, isCurrent }: MetadataView, now: number): string {
	if (copy === null) return "not read";
	const age = formatAge(Math.max(0, now - copy.readAt));
	return isCurrent ? age : `(${age})`;
}

export function valueText(
	attribute: Attribute,
	answer: Exclude<AttributeValue, null>,
	nameOf: NameOf,
): string {
	switch (attribute) {
		case "primary":
			return Array.isArray(answer) && answer.length > 0 ? answer.map(nameOf).join(" + ") : "none";
		case "ownUpstream":
		case "repmgrdUpstream":
		case "upstream":
			return typeof answer === "number" ? nameOf(answer) : String(answer);
		case "repmgrdLastSeen":
			return formatSeconds(Number(answer));
		case "active":
			return answer === true ? "active" : answer === false ? "inactive" : String(answer);
		default:
			return String(answer);
	}
}

function observedCell(
	{ attribute, about, observed }: Comparison,
	{ nodes }: ClusterSnapshot,
	nameOf: NameOf,
): Cell {
	// Only that it answers can be observed; "active" is a registered value.
	if (attribute === "active" && observed !== null) return { text: "answers", tone: "plain" };
	if (observed !== null) return { text: valueText(attribute, observed, nameOf), tone: "plain" };
	const node = nodes.find(({ nodeId }) => nodeId === about);
	switch (attribute) {
		case "upstream":
			if (node?.observed.attached === false) return { text: "none", tone: "critical" };
			return node?.observed.role === "witness" ? NONE : UNKNOWN;
		case "primary":
		case "type":
		case "active":
		case "priority":
			return UNKNOWN;
		default:
			return NONE;
	}
}

function answerCell(
	{ attribute, answers }: Comparison,
	{ copy, isCurrent }: MetadataView,
	position: number,
	nameOf: NameOf,
): Cell {
	const { answer = null, differs = false } = answers[position] ?? {};
	if (answer === null) return attribute.startsWith("repmgrd") || copy !== null ? NONE : UNKNOWN;
	const text = valueText(attribute, answer, nameOf);
	if (!isCurrent) return { text: `(${text})`, tone: "muted" };
	if (differs) return { text: `≠ ${text}`, tone: "warning" };
	const isLate = attribute === "repmgrdLastSeen" && Number(answer) >= LONGEST_UNSEEN_SECONDS;
	return isLate ? { text: `! ${text}`, tone: "warning" } : { text, tone: "plain" };
}

/** `viewpoints --json`, schema 1, as reference/json.md documents it. Null: unknown, or there is none. */
export function viewpointsRecord({ views, comparisons }: Viewpoints, { takenAt, cluster }: ClusterSnapshot) {
	return {
		schema: 1,
		takenAt: new Date(takenAt).toISOString(),
		cluster,
		nodes: views.map(({ nodeId, nodeName, copy, isCurrent }) => ({
			nodeId,
			nodeName,
			answers: isCurrent,
			copy: copy && {
				ageMs: Math.max(0, takenAt - copy.readAt),
				unchangedSince: copy.unchangedSince === null ? null : new Date(copy.unchangedSince).toISOString(),
			},
		})),
		questions: comparisons.map(({ attribute, about, observed, answers }) => ({
			aspect: attribute,
			about,
			observed,
			answers: views.map(({ nodeId, isCurrent }, position) => {
				const { answer = null, differs = false } = answers[position] ?? {};
				return { nodeId, answer: isCurrent ? answer : null, differs };
			}),
		})),
	};
}
