/**
 * The escape sequence that puts a text on the clipboard of the operator's own terminal, also through
 * SSH and tmux (XTerm control sequences, OSC 52). Terminals that don't know it ignore it.
 */
export function clipboardSequence(text: string): string {
	return `\u001B]52;c;${Buffer.from(text).toString("base64")}\u0007`;
}
