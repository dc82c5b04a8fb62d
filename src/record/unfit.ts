import type { Problem } from "../text/message.ts";
import { sanitiseText } from "../text/sanitise.ts";

/** A record whose parts are whole, but hold what no console writes: it can't be played. */
export function unfitRecord(path: string, error: unknown): Problem {
	const words = error instanceof Error ? error.message : String(error);
	return {
		message: `"${sanitiseText(path)}" can't be shown`,
		detail: `Something in it is not what a console writes: ${sanitiseText(words)}.`,
		hint: "If a console has written it so, this is a bug: please report it.",
		exitCode: 78,
	};
}
