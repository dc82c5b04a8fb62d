import type { ClusterSnapshot, NodeView } from "../model/snapshot.ts";
import { formatBytes } from "../text/format.ts";
import type { Values } from "./command-line.ts";

/** The answers so far by the question's key: a choice's value, a switch's position, a text. */
export type Answers = Readonly<Record<string, string | boolean>>;

export interface Choice {
	readonly value: string;
	readonly label: string;
	/** A few words that help to choose. */
	readonly note: string;
	/** Why it can't be chosen, or null. */
	readonly unfit: string | null;
}

/** What the operator decides before there is an intent. */
export type Question =
	/** The best choice first, those that can't be chosen last. */
	| {
			readonly key: string;
			readonly kind: "choice";
			readonly title: string;
			readonly choices: readonly Choice[];
	  }
	| {
			readonly key: string;
			readonly kind: "switch";
			readonly title: string;
			/** The option of the command line that does the same. */
			readonly option: string;
			readonly isOn: boolean;
	  }
	| {
			readonly key: string;
			readonly kind: "text";
			readonly title: string;
			/** Shown while there is no answer. */
			readonly empty: string;
			readonly isRequired?: true;
	  };

export const NO_PRIMARY = "no primary is seen, or more than one";

export function standbysOf({ nodes }: ClusterSnapshot): readonly NodeView[] {
	return nodes.filter(({ registered }) => registered.type === "standby");
}

/** The id of a node that was chosen or named. */
export function nodeIdOf(values: Values, key = "node"): number {
	return Number(values[key]);
}

/** Of an operation after which another node is the primary. */
export const SIBLINGS_FOLLOW: Question = {
	key: "siblingsFollow",
	kind: "switch",
	title: "the other nodes follow the new primary",
	option: "else --no-siblings-follow",
	isOn: true,
};

/** "streaming, 0 B behind, priority 100, location dc1". */
export function standbyNote({ observed, registered }: NodeView): string {
	return [
		observed.status,
		...(observed.lagBytes === null
			? observed.receiveLsn === null
				? []
				: [`received ${observed.receiveLsn}`]
			: [`${formatBytes(observed.lagBytes)} behind`]),
		`priority ${registered.priority}`,
		`location ${registered.location}`,
	].join(", ");
}

/** Why a node can't be meant where a standby is needed, or null. */
export function unlessStandby({ observed: { role, status } }: NodeView): string | null {
	return role === "standby" ? null : `it is not seen as a standby (${status})`;
}

/** A choice among nodes, those that can be chosen first. */
export function nodeQuestion(
	key: string,
	title: string,
	nodes: readonly NodeView[],
	judge: (node: NodeView) => { readonly note: string; readonly unfit: string | null },
): Extract<Question, { kind: "choice" }> {
	const choices = nodes.map((node): Choice => {
		return { value: String(node.nodeId), label: node.nodeName, ...judge(node) };
	});
	return {
		key,
		kind: "choice",
		title,
		choices: [
			...choices.filter(({ unfit }) => unfit === null),
			...choices.filter(({ unfit }) => unfit !== null),
		],
	};
}

/** Any node but the primary. */
export function otherNodeQuestion({ nodes, cluster }: ClusterSnapshot): Question {
	return nodeQuestion("node", "The node", nodes, ({ nodeId, observed, registered }) => ({
		note: `registered as ${registered.type}, ${observed.status}`,
		unfit:
			cluster.primaryNodeId === null
				? NO_PRIMARY
				: nodeId === cluster.primaryNodeId
					? "it is the primary"
					: null,
	}));
}

/** Nodes that a finding proposes this operation for come first: SPLIT_BRAIN says which primary to fence. */
export function proposedFirst(
	kind: "rejoin" | "stop" | "fence",
	nodes: readonly NodeView[],
	findings: ClusterSnapshot["findings"],
): readonly NodeView[] {
	const wanted = findings.flatMap(({ remedy }) =>
		remedy?.intent?.kind === kind ? [remedy.intent.nodeId] : [],
	);
	return nodes.toSorted((a, b) => Number(wanted.includes(b.nodeId)) - Number(wanted.includes(a.nodeId)));
}

/** An answer to every question: the given one while it is possible, else the first choice, a switch's own position, "". */
export function answersTo(questions: readonly Question[], given: Answers): Answers {
	const answers: Record<string, string | boolean> = {};
	for (const question of questions) {
		const answer = given[question.key];
		switch (question.kind) {
			case "choice": {
				const fit = question.choices.filter(({ unfit }) => unfit === null);
				const chosen = fit.find(({ value }) => value === answer) ?? fit[0];
				if (chosen !== undefined) answers[question.key] = chosen.value;
				break;
			}
			case "switch":
				answers[question.key] = typeof answer === "boolean" ? answer : question.isOn;
				break;
			case "text":
				answers[question.key] = typeof answer === "string" ? answer : "";
		}
	}
	return answers;
}
