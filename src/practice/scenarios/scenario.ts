import * as z from "zod";
import { keyNameProblem } from "../../model/key-names.ts";
import { CONDITIONS } from "../conditions.ts";
import { FAULTS } from "../faults.ts";
import { unfitFaults } from "./unfit-faults.ts";

// Every message here becomes the DETAIL of a problem: what a value must be.

/** Everything of it may be shown on the screen. */
const shown = (what: string) =>
	z.string(what).regex(/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, `${what.slice(0, -1)} without control characters.`);
const text = (what: string) => shown(what).min(1, what);
const sentence = text("It must be a text.");
const sentences = z.array(sentence, "It must be a list of texts.");
const seconds = "It must be a number of seconds, from 0 to 3600.";
const faults = FAULTS.map(({ id }) => id);
const conditions = Object.keys(CONDITIONS) as readonly (keyof typeof CONDITIONS)[];
const MOST_WHY = 150;
const why = `It must be a text of at most ${MOST_WHY} characters.`;
const mapping = "It must be a mapping of keys to values.";

/** The names of keys, with blanks between. */
export const keysIn = (press: string): readonly string[] => press.split(" ").filter((name) => name !== "");

const happens = {
	/** The cluster's own, from the beginning. */
	seconds: z.number(seconds).min(0, seconds).max(3600, seconds),
	fault: z.enum(faults, `It must be one of ${faults.join(", ")}.`),
	node: z.string().regex(/^node[1-4]$/, "It must be one of node1, node2, node3, node4."),
};

const step = {
	/** What the screen must show before the key, each in a piece; blanks and line breaks are alike. */
	wait: sentences,
	/** Typed as it is; "{answer}" is what the confirmation of a plan asks for. */
	type: text("It must be what is typed.").exactOptional(),
	/** Names of keys, with blanks between: "down enter"; after what is typed. */
	press: text("It must be the names of keys, with blanks between.")
		.superRefine((press, { addIssue }) => {
			for (const name of keysIn(press)) {
				const problem = keyNameProblem(name);
				if (problem !== null) addIssue({ code: "custom", message: `There is no key "${name}". ${problem}` });
			}
		})
		.exactOptional(),
	/** A sentence that explains it; without a key: why one waits. On two lines of a narrow screen. */
	why: text(why).max(MOST_WHY, why),
};

const scenario = {
	/** As a word of the command line. */
	name: z.string().regex(/^[a-z0-9-]+$/, "It must be a word of small letters, digits and hyphens."),
	title: sentence,
	/** What the operator is told, as sentences. */
	story: sentence,
	/** As a sentence; "": no task. */
	goal: shown("It must be a text."),
	/** Bare hosts that it begins with, on which the operator makes a cluster; without them it begins with one that is well. */
	bareHosts: z
		.array(
			z.string().regex(/^[a-z][a-z0-9-]*$/, "It must be the name of a host."),
			"It must be a list of hosts.",
		)
		.min(2, "It must have 2 hosts or more.")
		.exactOptional(),
	/** Faults in the order of their times. */
	happens: z
		.array(z.strictObject(happens, mapping), "It must be a list of what happens.")
		.refine(
			(list) => list.every(({ seconds: at }, index) => at >= (list[index - 1]?.seconds ?? 0)),
			"It must be in the order of the seconds.",
		),
	/** What a good end is: all of these hold, once all has happened. None: there is no task. */
	end: z.array(
		z.enum(conditions, `It must be one of ${conditions.join(", ")}.`),
		"It must be a list of conditions.",
	),
	/** From vague to exact. */
	hints: sentences,
	/** What the debrief ends with: what would have been better, and why. */
	lesson: shown("It must be a text."),
	/** The kinds of the operations that the keys carry out, in their order. */
	operations: z.array(text("It must be the kind of an operation."), "It must be a list of operations."),
	/** The keys that solve it. */
	keys: z.array(z.strictObject(step, mapping), "It must be a list of keys."),
};

/** The content of a scenario's file. */
export const SCENARIO = z
	.strictObject(scenario, mapping)
	.superRefine(({ happens: list, bareHosts }, { addIssue }) => {
		if (bareHosts !== undefined && list.length > 0) {
			addIssue({ code: "custom", path: ["happens"], message: "Nothing can happen to bare hosts." });
			return;
		}
		for (const { index, why } of unfitFaults(list))
			addIssue({ code: "custom", path: ["happens", index, "fault"], message: why });
	});

/** A lesson: what happens when, what a good end is, and the way there. */
export type Scenario = Readonly<z.output<typeof SCENARIO>>;
export type ScenarioKey = Readonly<Scenario["keys"][number]>;

/** The keys of a mapping in the file, by its path. */
export function scenarioKeys([first]: readonly PropertyKey[]): readonly string[] {
	if (first === "happens") return Object.keys(happens);
	return Object.keys(first === "keys" ? step : scenario);
}
