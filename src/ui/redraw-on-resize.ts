import type { Instance } from "ink";

const CLEAR_AND_HOME = "\u001b[2J\u001b[H";

/**
 * Draws everything anew whenever the window was resized. What was written for the old size has wrapped or scrolled by then,
 * while Ink 8.0 goes on from the lines it believes to be there unless the width shrank; and of a window that became
 * narrower and wide again at once Node tells nothing at all.
 */
export function redrawOnResize(screen: Instance, stdout: NodeJS.WriteStream, stdin: NodeJS.ReadStream): void {
	let isTold = false;
	stdout.on("resize", () => {
		isTold = true;
	});
	process.prependListener("SIGWINCH", () => {
		isTold = false;
		// Without raw mode the terminal is the shell's at the moment (Ctrl-Z).
		if (!stdin.isRaw) return;
		screen.clear();
		stdout.write(CLEAR_AND_HOME);
	});
	// Behind Node's own listener, which tells of a size that is another one.
	process.on("SIGWINCH", () => {
		if (!isTold && stdin.isRaw) stdout.emit("resize");
	});
}
