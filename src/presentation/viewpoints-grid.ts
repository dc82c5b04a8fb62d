import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { Answer, Aspect, Question, Speaker, Viewpoints } from "../model/viewpoint.ts";
import { cutName } from "../text/cut-name.ts";
import { formatAge, formatSeconds } from "../text/format.ts";
import type { Grid, GridRow } from "./grid.ts";
import { type Cell, LONGEST_UNSEEN_SECONDS, NONE, UNKNOWN } from "./topology.ts";

/** The key of the column of what is seen; those of the others are node ids. */
export const OBSERVED_COLUMN = "observed";

/** What every node believes: a column for each, beside that of what is seen. In order of node id. */
export function viewpointsGrid({ speakers, questions }: Viewpoints, snapshot: ClusterSnapshot): Grid {
	const nameOf = namesOf(snapshot);
	return {
		fixedColumns: 1,
		columns: [
			{ key: OBSERVED_COLUMN, title: "seen", note: "" },
			...speakers.map((speaker) => ({
				key: String(speaker.nodeId),
				title: speaker.nodeName,
				note: copyAge(speaker, snapshot.takenAt),
			})),
		],
		rows: questions.map(
			(question): GridRow => ({
				key: questionKey(question),
				title: questionTitle(question, nameOf),
				cells: [
					observedCell(question, snapshot, nameOf),
					...speakers.map((speaker, position) => answerCell(question, speaker, position, nameOf)),
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

export function questionKey({ aspect, about }: Question): string {
	return `${aspect} ${about ?? ""}`;
}

const OWN_TITLES: Partial<Record<Aspect, string>> = {
	primary: "primary",
	ownUpstream: "its own upstream",
	repmgrdUpstream: "repmgrd's upstream",
	repmgrdLastSeen: "upstream last seen",
};

export function questionTitle({ aspect, about }: Question, nameOf: NameOf): string {
	return about === null ? (OWN_TITLES[aspect] ?? aspect) : `${aspect} of ${nameOf(about)}`;
}

/** How old the copy is by which a node answers: since it was read, not since it was written. */
export function copyAge({ copy, isCurrent }: Speaker, now: number): string {
	if (copy === null) return "not read";
	const age = formatAge(Math.max(0, now - copy.readAt));
	return isCurrent ? age : `(${age})`;
}

/** An answer in words. */
export function answerText(aspect: Aspect, answer: Exclude<Answer, null>, nameOf: NameOf): string {
	switch (aspect) {
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
	{ aspect, about, observed }: Question,
	{ nodes }: ClusterSnapshot,
	nameOf: NameOf,
): Cell {
	// That it answers is seen; whether it is registered as active is not.
	if (aspect === "active" && observed !== null) return { text: "answers", tone: "plain" };
	if (observed !== null) return { text: answerText(aspect, observed, nameOf), tone: "plain" };
	const node = nodes.find(({ nodeId }) => nodeId === about);
	switch (aspect) {
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
	{ aspect, answers }: Question,
	{ copy, isCurrent }: Speaker,
	position: number,
	nameOf: NameOf,
): Cell {
	const { answer = null, differs = false } = answers[position] ?? {};
	if (answer === null) return aspect.startsWith("repmgrd") || copy !== null ? NONE : UNKNOWN;
	const text = answerText(aspect, answer, nameOf);
	if (!isCurrent) return { text: `(${text})`, tone: "muted" };
	if (differs) return { text: `≠ ${text}`, tone: "warning" };
	const isLate = aspect === "repmgrdLastSeen" && Number(answer) >= LONGEST_UNSEEN_SECONDS;
	return isLate ? { text: `! ${text}`, tone: "warning" } : { text, tone: "plain" };
}
