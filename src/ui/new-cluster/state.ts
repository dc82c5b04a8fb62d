import type { Practice } from "../../model/practice.ts";
import type { NewCluster, NewClusterState } from "../../session/new-cluster.ts";
import type { Message } from "../../text/message.ts";
import type { Prompt } from "../ui-state.ts";

/** What the operator did to the screens of a new cluster. What is known of the cluster is in its own store. */
export interface NewClusterUi {
	/** While questions are asked: one of them by its key, or null for the summary. */
	readonly question: string | null;
	/** The question was opened from the summary, and leads back there. */
	readonly isEdit: boolean;
	/** The choice, or the row of the summary, that the cursor is on; null: where it begins. */
	readonly row: string | null;
	/** The answer being typed. */
	readonly line: Prompt;
	/** Why the answer can't be. */
	readonly problem: Message | null;
	/** First line of a text that is shown. */
	readonly offset: number;
	/** The cell of the grid whose output is shown; null: the one that runs longest. */
	readonly cell: string | null;
	/** A question at the bottom of the screen. */
	readonly asks: "confirm" | "leave" | "sudo password" | null;
	/** What the last key did, or why it did nothing. */
	readonly message: string | null;
	readonly showsHelp: boolean;
	/** Of a practice: its task, or its debrief. */
	readonly showsTask: boolean;
}

/** Where the operator is: what keys act on and what is drawn. */
export type Stage =
	| "choice"
	| "text"
	| "summary"
	| "surveying"
	| "refused"
	| "plan"
	| "running"
	| "stopped"
	| "proving"
	| "ended";

/** Everything that a frame is drawn from, and what keys may call. */
export interface Here {
	readonly ui: NewClusterUi;
	readonly state: NewClusterState;
	readonly cluster: NewCluster;
	/** The hosts are simulated ones. */
	readonly practice?: Practice;
	readonly columns: number;
	/** Lines below the title. */
	readonly bodyRows: number;
	/** Epoch ms. */
	readonly now: number;
	/** Opens the console on the new cluster. */
	readonly watch: (conninfo: string) => void;
	readonly exit: () => void;
}

export function lineOf(text: string): Prompt {
	return { purpose: "answer", text, cursor: text.length, recall: 0, before: "" };
}

export function initialUi(question: string | null): NewClusterUi {
	return {
		...{ question, isEdit: false, row: null, line: lineOf(""), problem: null, offset: 0, cell: null },
		...{ asks: null, message: null, showsHelp: false, showsTask: false },
	};
}

/** The question that is asked, or null. */
export function questionOf({ ui, cluster }: Pick<Here, "ui" | "cluster">) {
	return cluster.questions().find(({ key }) => key === ui.question) ?? null;
}

export function stageOf(here: Pick<Here, "ui" | "state" | "cluster">): Stage {
	const { work } = here.state;
	if (work.state === "planned") return "plan";
	if (work.state !== "asking") return work.state;
	const question = questionOf(here);
	return question === null ? "summary" : question.choices === null ? "text" : "choice";
}
