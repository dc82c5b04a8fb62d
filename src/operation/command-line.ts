import type { Intent } from "../model/intent.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";

/** Answers of a form, or options of a command line, by key. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** An operation's command as data; `command/` makes a subcommand of it, named as the intent's kind. */
export interface CommandLine {
	/** For --help. */
	readonly about: string;
	/** The command has a node as its argument, with the key "node". */
	readonly takesNode?: true;
	/** Other arguments, in their order. */
	readonly words?: readonly CommandWord[];
	readonly options?: readonly CommandOption[];
	/** The intent if no registered node has the name that was given; null: there is none. */
	readonly unregistered?: (word: string, values: Values, snapshot: ClusterSnapshot) => Intent | null;
}

export interface CommandWord {
	/** Also as --help shows it: "<what>". */
	readonly key: string;
	readonly about: string;
	readonly choices?: readonly string[];
	readonly isRequired?: true;
}

/** "<what>", or "[setting]" where it may be left out. */
export function wordUsage({ key, isRequired }: CommandWord): string {
	return isRequired ? `<${key}>` : `[${key}]`;
}

export interface CommandOption {
	/** As --help shows it: "--upstream <node>". */
	readonly flags: string;
	readonly about: string;
	/** The key of its value. */
	readonly key: string;
	/** How its argument is read; by default as text. */
	readonly takes?: "node" | "bytes" | "days";
	readonly isRequired?: true;
	readonly choices?: readonly string[];
	/** The key of an option that can't be given with it. */
	readonly excludes?: string;
	readonly default?: string;
	/** Without the option the primary is meant; the message if there is none. */
	readonly noPrimary?: string;
	/** Without the option this node is meant instead, if there is one. */
	readonly otherwise?: (snapshot: ClusterSnapshot) => number | null;
}

/** For operations that may lose commits. */
export const ACCEPT_LOSS: CommandOption = {
	flags: "--accept-loss <bytes>",
	about:
		'accept the loss of up to this many bytes, or "unknown" if the plan can\'t tell; --yes alone does not accept any',
	key: "acceptLoss",
	takes: "bytes",
};

/** The intent of a command, or a message that says why there is none. */
export function intentOf(
	{
		commandLine,
		intent,
	}: {
		readonly commandLine: CommandLine;
		readonly intent: (values: Values, now: number) => Intent;
	},
	words: Values,
	snapshot: ClusterSnapshot,
): Intent | string {
	const values: Record<string, string | number | boolean> = { ...words };
	const nodes: readonly Pick<CommandOption, "key" | "noPrimary" | "otherwise">[] = [
		...(commandLine.takesNode ? [{ key: "node" }] : []),
		...(commandLine.options ?? []).filter(({ takes }) => takes === "node"),
	];
	for (const { key, noPrimary, otherwise } of nodes) {
		const word = words[key];
		const nodeId =
			word === undefined
				? (otherwise?.(snapshot) ?? snapshot.cluster.primaryNodeId ?? noPrimary ?? "")
				: nodeIdOf(String(word), snapshot);
		if (typeof nodeId === "string") {
			return commandLine.unregistered?.(String(word), words, snapshot) ?? nodeId;
		}
		values[key] = nodeId;
	}
	return intent(values, snapshot.takenAt);
}

/** Names come first: a node may be called "2". */
function nodeIdOf(word: string, { nodes }: ClusterSnapshot): number | string {
	const named = nodes.filter(({ nodeName }) => nodeName === word);
	const found = named.length > 0 ? named : nodes.filter(({ nodeId }) => String(nodeId) === word);
	const [only] = found;
	if (only !== undefined && found.length === 1) return only.nodeId;
	return only === undefined
		? `there is no node "${word}"; there are ${nodes.map(({ nodeName }) => nodeName).join(", ")}`
		: `more than one node is called "${word}": give its id`;
}
