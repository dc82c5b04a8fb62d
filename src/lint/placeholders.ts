/** A "%x" of a command. */
export interface Placeholder {
	readonly letter: string;
	/** Of the "%" in the command. */
	readonly at: number;
	/** Does it stand within quotes? */
	readonly isQuoted: boolean;
	/** Is it a word, or in quotes, by itself? Anything else may be a format of another program, such as date's. */
	readonly isAlone: boolean;
}

/** How a shell reads a command: the placeholders in it, and whether a quote has no end. */
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
