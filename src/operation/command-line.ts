import type { Intent } from "../model/intent.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";

/** What was answered on the screen or given as options, by key; a node by its id. */
export type Values = Readonly<Record<string, string | number | boolean>>;

/** An operation's command as data; `command/` makes a subcommand of it, named as the intent's kind. */
export interface CommandLine {
	/** For --help. */
	readonly about: string;
	/** The command's argument is a node: the value "node". */
	readonly takesNode?: true;
	readonly options?: readonly CommandOption[];
	/** What is meant by an argument that no registered node is called; null: nothing. */
	readonly unregistered?: (word: string, values: Values, snapshot: ClusterSnapshot) => Intent | null;
}

export interface CommandOption {
	/** As --help shows it: "--upstream <node>". */
	readonly flags: string;
	readonly about: string;
	/** The key of its value. */
	readonly key: string;
	/** What its argument is; else any text. */
	readonly takes?: "node" | "bytes" | "days";
	readonly isRequired?: true;
	readonly choices?: readonly string[];
	readonly default?: string;
	/** The primary is meant where the option is not given; this is the message where there is none. */
	readonly noPrimary?: string;
}

/** Of an operation whose plan says how much may be lost. */
export const ACCEPT_LOSS: CommandOption = {
	flags: "--accept-loss <bytes>",
	about:
		'how many bytes may be lost at most, or "unknown" where the plan can\'t tell; with --yes nothing is asked then',
	key: "acceptLoss",
	takes: "bytes",
};

/** The intent of a command, or a message that says why there is none. */
export function intentOf(
	{ commandLine, intent }: { readonly commandLine: CommandLine; readonly intent: (values: Values) => Intent },
	words: Values,
	snapshot: ClusterSnapshot,
): Intent | string {
	const values: Record<string, string | number | boolean> = { ...words };
	const nodes: readonly Pick<CommandOption, "key" | "noPrimary">[] = [
		...(commandLine.takesNode ? [{ key: "node" }] : []),
		...(commandLine.options ?? []).filter(({ takes }) => takes === "node"),
	];
	for (const { key, noPrimary } of nodes) {
		const word = words[key];
		const nodeId =
			word === undefined
				? (snapshot.cluster.primaryNodeId ?? noPrimary ?? "")
				: nodeIdOf(String(word), snapshot);
		if (typeof nodeId === "string") {
			return commandLine.unregistered?.(String(word), words, snapshot) ?? nodeId;
		}
		values[key] = nodeId;
	}
	return intent(values);
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
