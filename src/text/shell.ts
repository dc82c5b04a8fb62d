/** Words that mean themselves to every POSIX shell. */
const PLAIN_WORD = /^[A-Za-z0-9_/:=.,@%+-]+$/;

/**
 * One line for a POSIX shell (POSIX sh, 2.2.2 single quotes) whose words are exactly `argv`. The only place where
 * words become a line: names and conninfo strings come from databases and are untrusted.
 */
export function shellWords(argv: readonly string[]): string {
	return argv.map(quoted).join(" ");
}

function quoted(word: string, position: number): string {
	// A first word with "=" would be an assignment, not a program.
	const isPlain = PLAIN_WORD.test(word) && !(position === 0 && word.includes("="));
	return isPlain ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
