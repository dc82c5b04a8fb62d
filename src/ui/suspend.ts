/**
 * Stops this process and its group as the terminal's Ctrl-Z does (raw mode keeps that key from the kernel),
 * and returns when the shell continues it.
 */
export async function suspendProcess(): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	process.once("SIGCONT", resolve);
	process.kill(0, "SIGTSTP");
	await promise;
}
