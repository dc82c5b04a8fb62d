import type { Cluster } from "../cluster/cluster.ts";
import type { PracticeNode } from "../cluster/state.ts";

/** A script of the console that runs on a node's host. */
export interface ScriptCall {
	readonly cluster: Cluster;
	readonly node: PracticeNode;
	readonly words: readonly string[];
	readonly input: string;
}

export const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");
