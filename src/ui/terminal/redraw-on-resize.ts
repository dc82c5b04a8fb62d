import type { Instance } from "ink";
import type { FrameStream } from "./frame/frame-stream.ts";

/**
 * Draws everything again whenever the window was resized. What was written for the old size has wrapped or scrolled by then,
 * while Ink 8.0 goes on from the lines it believes to be there unless the width shrank; and of a window that became
 * narrower and wide again at once Node tells nothing at all.
 */
export function redrawOnResize(screen: Instance, frames: FrameStream, stdin: NodeJS.ReadStream): void {
	const { stdout } = frames;
	let isTold = false;
	stdout.on("resize", () => {
		isTold = true;
	});
	process.prependListener("SIGWINCH", () => {
		isTold = false;
		// Without raw mode the terminal is the shell's at the moment (Ctrl-Z).
		if (!stdin.isRaw) return;
		frames.forget();
		// Else Ink draws nothing where its frame is the same as before.
		screen.clear();
	});
	// Behind Node's own listener, which tells of a size that is another one.
	process.on("SIGWINCH", () => {
		if (!isTold && stdin.isRaw) stdout.emit("resize");
	});
}
