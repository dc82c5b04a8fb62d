/**
 * Node waits in write(2) until a terminal takes what is written. One that does not (a line that was cut, a window that stands
 * still) would hold up everything: the polls, the end of this process, and what is being carried out.
 */
export function neverWait(terminal: NodeJS.WriteStream): void {
	// There is no other way; of a pipe, others who hold it would not wait either.
	const { _handle: handle } = terminal as { _handle?: { setBlocking(isOn: boolean): void } };
	if (terminal.isTTY) handle?.setBlocking(false);
}

/** Resolves when all is written or has failed to be, or after so many ms. */
export async function written(streams: readonly NodeJS.WriteStream[], withinMs: number): Promise<void> {
	const { promise: late, resolve } = Promise.withResolvers<void>();
	const timer = setTimeout(resolve, withinMs);
	const all = streams.map((stream) => new Promise((done) => stream.write("", done)));
	await Promise.race([Promise.all(all), late]);
	clearTimeout(timer);
}
