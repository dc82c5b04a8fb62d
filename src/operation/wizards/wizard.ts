import type { Intent } from "../../model/intent.ts";
import type { ClusterSnapshot, NodeView } from "../../model/snapshot.ts";

/** What was answered so far, by the question's key: a choice's value, a switch's position, a text. */
export type Answers = Readonly<Record<string, string | boolean>>;

export interface Choice {
	readonly value: string;
	readonly label: string;
	/** What speaks for it, or against it, in a few words. */
	readonly note: string;
	/** Why it can't be chosen, or null. */
	readonly unfit: string | null;
}

/** Something an operator has to say before there is an intent. */
export type Question =
	/** The best first, those that can't be chosen last. */
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
	| { readonly key: string; readonly kind: "text"; readonly title: string; readonly empty: string };

/** The questions of one operation, as a value: any screen can ask them. */
export interface Wizard {
	readonly kind: Intent["kind"];
	/** As a command: "switch over". */
	readonly title: string;
	/** One sentence: what it does. */
	readonly about: string;
	/** Why it can't be asked for now, or null, where that hangs on no answer. */
	readonly unfit?: (snapshot: ClusterSnapshot) => string | null;
	readonly questions: (snapshot: ClusterSnapshot) => readonly Question[];
	/** From answers to every question. */
	readonly intent: (answers: Answers) => Intent;
}

export const NO_PRIMARY = "no primary is seen, or more than one";

export function standbysOf({ nodes }: ClusterSnapshot): readonly NodeView[] {
	return nodes.filter(({ registered }) => registered.type === "standby");
}

/** The node that was chosen. */
export function nodeIdOf(answers: Answers, key = "node"): number {
	return Number(answers[key]);
}

/** A choice among the nodes that may be meant at all, those that are fit first. */
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

/** Those first for whom a finding wants this operation: SPLIT_BRAIN says whom to stop, and whom to keep. */
export function asFound(
	kind: "rejoin" | "stop",
	nodes: readonly NodeView[],
	findings: ClusterSnapshot["findings"],
): readonly NodeView[] {
	const wanted = findings.flatMap(({ remedy }) =>
		remedy?.intent?.kind === kind ? [remedy.intent.nodeId] : [],
	);
	return nodes.toSorted((a, b) => Number(wanted.includes(b.nodeId)) - Number(wanted.includes(a.nodeId)));
}

/** The answers as they stand: what was answered and is still possible, else the first choice, the position a switch has, "". */
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

/** Why it can't be asked for now, or null: a choice has nothing to choose. */
export function impossibility(wizard: Wizard, snapshot: ClusterSnapshot): string | null {
	const unfit = wizard.unfit?.(snapshot) ?? null;
	if (unfit !== null) return unfit;
	for (const question of wizard.questions(snapshot)) {
		if (question.kind !== "choice" || question.choices.some(({ unfit }) => unfit === null)) continue;
		const reasons = [...new Set(question.choices.map(({ unfit }) => unfit ?? ""))];
		if (question.choices.length === 0)
			return snapshot.cluster.primaryNodeId === null ? NO_PRIMARY : "there is no such node";
		const [reason = "", ...others] = reasons;
		// "it" is a node, and the list of operations does not show which.
		return others.length === 0 && !reason.startsWith("it ")
			? reason
			: question.choices.map(({ label, unfit: why }) => `${label}: ${why}`).join("; ");
	}
	return null;
}
