/** A "%x" in a command. */
export interface Placeholder {
	readonly letter: string;
	/** Index of the "%". */
	readonly at: number;
	readonly isQuoted: boolean;
	/** Is it a word, or in quotes, by itself? Otherwise it may be a format of another program, such as date's. */
	readonly isAlone: boolean;
}

/** The placeholders in a command, and whether a quote is unterminated, by the quoting rules of a shell. */
export function scanCommand(command: string): {
	readonly placeholders: readonly Placeholder[];
	readonly hasOpenQuote: boolean;
} {
	const placeholders: Placeholder[] = [];
	let quote = "";
	for (let at = 0; at < command.length; at++) {
		const char = command.charAt(at);
		if (char === "\\" && quote !== "'") at++;
		else if (quote === "" && /["']/.test(char)) quote = char;
		else if (char === quote) quote = "";
		else if (char === "%" && /[a-z%]/i.test(command.charAt(at + 1))) {
			placeholders.push({
				letter: command.charAt(at + 1),
				at,
				isQuoted: quote !== "",
				isAlone: /^[\s"'=]?$/.test(command.charAt(at - 1)) && /^[\s"';]?$/.test(command.charAt(at + 2)),
			});
			at++;
		}
	}
	return { placeholders, hasOpenQuote: quote !== "" };
}
