import type { Intent } from "../model/intent.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { GivenBarman } from "./clone/barman-options.ts";
import type { CommandLine, Values } from "./command-line.ts";
import type { Facts } from "./plan/facts.ts";
import type { Requested } from "./plan/plan.ts";
import { NO_PRIMARY, type Question } from "./questions.ts";

/** Everything the console knows about one operation; `index.ts` lists them all. */
export interface Operation<I extends Intent = Intent> {
	/** Also the name of its command. */
	readonly kind: I["kind"];
	/** Other intents that the same command may mean, planned here too. */
	readonly alsoPlans?: readonly I["kind"][];
	/** In the menu, e.g. "switch over". */
	readonly title: string;
	/** One sentence for the menu and the form. */
	readonly about: string;
	readonly commandLine: CommandLine;
	/** Why the operation is impossible now whatever is answered, or null. */
	readonly unfit?: (snapshot: ClusterSnapshot) => string | null;
	/** The questions of the form. */
	readonly questions: (snapshot: ClusterSnapshot) => readonly Question[];
	/** From the answers to all questions or the values of the command line, with nodes by their id. @param now epoch ms */
	readonly intent: (values: Values, now: number) => I;
	/** Something runs that ends by itself soon: the plan is made after it. */
	readonly waitsFor?: (facts: Facts) => boolean;
	/** What the plan needs beyond the snapshot and the survey. */
	readonly needs?: Needs;
	/** Which Barman the node's host is to ask before the plan; null: that of its repmgr.conf. Undefined: none. */
	barman?(intent: I): GivenBarman | null | undefined;
	/** A method, so that operations of different intents fit into one list; request() picks the right one. */
	plan(intent: I, facts: Facts): Requested;
}

/** "The node" is the one that the intent names. */
export interface Needs {
	/** repmgr on the node logs in to the other hosts over SSH: its connections are tried first. */
	readonly sshFromNode?: true;
	/** Other nodes will replicate from the node: repmgr's dry run does not try that for all of them. */
	readonly replicationFromNode?: true;
	/** The steps run psql on every host, and no dry run tells whether it can log in. */
	readonly psqlLogins?: true;
	/** Every server's settings that wait for a restart are read by psql on its host, and the one that the intent names. */
	readonly settings?: true;
	/** Every host tells what it logs in with as repmgr's role, and tries it. */
	readonly passwords?: true;
	/** The host of the node looks for room, and tries its connections to `upstreamNodeId`. */
	readonly cloneSurvey?: true;
	/** The server's unit is masked: sudo is asked whether it may be. */
	readonly masking?: true;
	/** The plan may discard what only the node has. */
	readonly ownWal?: true;
	/** The plan says what each of several primaries has committed. */
	readonly sideCommits?: true;
	/** The plan rests on what repmgrd would do. */
	readonly forecast?: true;
}

/** Why the operation is impossible now, or null: one of its choices has nothing to choose. */
export function impossibility(
	operation: Pick<Operation, "unfit" | "questions">,
	snapshot: ClusterSnapshot,
): string | null {
	const unfit = operation.unfit?.(snapshot) ?? null;
	if (unfit !== null) return unfit;
	for (const question of operation.questions(snapshot)) {
		if (question.kind !== "choice" || question.choices.some(({ unfit }) => unfit === null)) continue;
		const reasons = [...new Set(question.choices.map(({ unfit }) => unfit ?? ""))];
		if (question.choices.length === 0)
			return snapshot.cluster.primaryNodeId === null ? NO_PRIMARY : "there is no such node";
		const [reason = "", ...others] = reasons;
		// "it" is a node, and the menu does not show which.
		return others.length === 0 && !reason.startsWith("it ")
			? reason
			: question.choices.map(({ label, unfit: why }) => `${label}: ${why}`).join("; ");
	}
	return null;
}
