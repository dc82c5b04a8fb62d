/**
 * Stops this process and its group as the terminal's Ctrl-Z does (raw mode keeps that key from the kernel),
 * and returns when the shell continues it. A window that got another size meanwhile told only the shell: Node is
 * made to look again, and has done so before this returns.
 */
export async function suspendProcess(): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	process.once("SIGCONT", () => {
		process.once("SIGWINCH", resolve);
		process.kill(process.pid, "SIGWINCH");
	});
	process.kill(0, "SIGTSTP");
	await promise;
}
