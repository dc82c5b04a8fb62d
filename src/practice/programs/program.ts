import type { Cluster } from "../cluster/cluster.ts";
import type { PracticeNode } from "../cluster/state.ts";

/** A program that runs on a node's host. */
export interface Program {
	readonly cluster: Cluster;
	readonly node: PracticeNode;
	/** Without the program's own name. */
	readonly words: readonly string[];
	readonly input: string;
	/** One line of standard output, and of standard error. */
	readonly print: (line: string) => void;
	readonly say: (line: string) => void;
}

/** Exit codes of repmgr (errcode.h). */
export const REPMGR_EXIT = {
	badConfig: 1,
	noConnection: 6,
	promotionFailed: 8,
	badSsh: 12,
	badBasebackup: 14,
	switchoverFailed: 18,
	switchoverIncomplete: 22,
	followFailed: 23,
	rejoinFailed: 24,
} as const;

/** What is not simulated says so, in the program's own way, and a test catches it. */
export function notInPractice({ cluster, say }: Program, what: string): number {
	cluster.unknown.push(what);
	say(`ERROR: not part of practice yet: ${what}`);
	return REPMGR_EXIT.badConfig;
}

/** The value of "--name=value", or of "-x value". */
export function optionOf(words: readonly string[], ...names: readonly string[]): string | null {
	for (const name of names) {
		const joined = words.find((word) => word.startsWith(`${name}=`));
		if (joined !== undefined) return joined.slice(name.length + 1);
		const at = words.indexOf(name);
		if (at >= 0) return words[at + 1] ?? null;
	}
	return null;
}
