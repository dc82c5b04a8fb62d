/** What a key asks for on the topology screen. */
export type Command = "up" | "down" | "refresh" | "quit";

/** One row of the table that dispatch and footer read. */
export interface Binding {
	/** As Ink names special keys, else the character. */
	readonly keys: readonly string[];
	readonly label: string;
	readonly help: string;
	readonly command: Command;
}

export const BINDINGS: readonly Binding[] = [
	{ keys: ["upArrow", "k"], label: "↑", help: "up", command: "up" },
	{ keys: ["downArrow", "j"], label: "↓", help: "down", command: "down" },
	{ keys: ["r"], label: "r", help: "poll now", command: "refresh" },
	{ keys: ["q", "ctrl+c"], label: "q", help: "quit", command: "quit" },
];

/** The command for a key as Ink reports it, or null. */
export function commandFor(input: string, key: Readonly<Record<string, unknown>>): Command | null {
	const name = key.ctrl === true ? `ctrl+${input}` : input;
	const found = BINDINGS.find(({ keys }) =>
		keys.some((candidate) => candidate === name || key[candidate] === true),
	);
	return found?.command ?? null;
}
