import type { Instance } from "ink";
import type { FrameStream } from "./frame/frame-stream.ts";

/**
 * Draws everything after each change of the window's size. By then the terminal has wrapped or scrolled the old frame, but
 * Ink 8.0.0 clears it only if the width shrank (vadimdemedes/ink#828), and has no call to draw again (#942). A window that
 * became narrower and wide again at once is not even an event in Node.
 */
export function redrawOnResize(screen: Instance, frames: FrameStream, stdin: NodeJS.ReadStream): void {
	const { stdout } = frames;
	let hasEvent = false;
	stdout.on("resize", () => {
		hasEvent = true;
	});
	process.prependListener("SIGWINCH", () => {
		hasEvent = false;
		// Without raw mode the terminal belongs to the shell at the moment (Ctrl-Z).
		if (!stdin.isRaw) return;
		frames.invalidate();
		// Otherwise Ink draws nothing if its frame is the same as before.
		screen.clear();
	});
	// After Node's own listener, which emits "resize" if the size is another one.
	process.on("SIGWINCH", () => {
		if (!hasEvent && stdin.isRaw) stdout.emit("resize");
	});
}

/** Draws everything, as after a change of the window's size. */
export function redraw(): void {
	process.kill(process.pid, "SIGWINCH");
}

/**
 * Stops this process and its group as Ctrl-Z does, which raw mode keeps from the kernel, and returns when the shell
 * continues it. Ink 8.0.0's suspendTerminal() only hands over the terminal. If the window was resized meanwhile, only the
 * shell was told: Node is made to read the size again before this returns.
 */
export async function suspendProcess(): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	process.once("SIGCONT", () => {
		process.once("SIGWINCH", resolve);
		redraw();
	});
	process.kill(0, "SIGTSTP");
	await promise;
}
