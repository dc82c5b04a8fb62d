/**
 * Makes writes to a terminal return at once. Node's block in write(2) until the terminal takes the data (Node manual, "process
 * I/O"; Ink 8.0.0 leaves that as it is): a cut line or a frozen window would stop polls, operations and the end of this process.
 */
export function neverWait(terminal: NodeJS.WriteStream): void {
	// Node has no public call for this. Never for a pipe: other processes that share it would stop waiting, too.
	const { _handle: handle } = terminal as { _handle?: { setBlocking(isOn: boolean): void } };
	if (terminal.isTTY) handle?.setBlocking(false);
}

/** Resolves when everything is written or has failed, or after so many ms. */
export async function written(streams: readonly NodeJS.WriteStream[], withinMs: number): Promise<void> {
	const { promise: late, resolve } = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, withinMs);
	const all = streams.map((stream) => new Promise((done) => stream.write("", done)));
	await Promise.race([Promise.all(all), late]);
	clearTimeout(timer);
}

/**
 * The escape sequence that puts a text on the clipboard of the operator's terminal, also through SSH and tmux (XTerm
 * control sequences, OSC 52). Other terminals ignore it. Ink 8.0.0 has no clipboard.
 */
export function clipboardSequence(text: string): string {
	return `\u001B]52;c;${Buffer.from(text).toString("base64")}\u0007`;
}

/** The longest notification: terminals show a line or two. */
const NOTIFIED = 120;

/** Rings the bell and, where the terminal may know it, shows a notification of the desktop (iTerm2's OSC 9). Ink 8.0.0 has neither. */
export function alarmSequence(text: string, canNotify: boolean): string {
	const shown = text.replaceAll(/\p{Cc}/gu, " ").slice(0, NOTIFIED);
	return `\u0007${canNotify ? `\u001B]9;${shown}\u001B\\` : ""}`;
}
