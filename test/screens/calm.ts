import type { Terminal } from "../support/terminal.ts";

/** What stands there without what goes on by itself: times, positions, sizes, bars. */
export const wordsOf = (terminal: Terminal): string =>
	terminal.text().replaceAll(/[\d.:/]+ ?(s|m|kB|MB|B)?\b|[▁-█]/g, "");

/** Waits until words that are wanted have been the same for so long. @returns since when, epoch ms; null: not within the timeout. */
export async function calm(
	terminal: Terminal,
	forMs: number,
	timeoutMs: number,
	isWanted: (words: string) => boolean = () => true,
): Promise<number | null> {
	const deadline = Date.now() + timeoutMs;
	for (let [last, since] = [wordsOf(terminal), Date.now()]; Date.now() < deadline; ) {
		await new Promise((resolve) => setTimeout(resolve, 50));
		const words = wordsOf(terminal);
		if (words !== last) [last, since] = [words, Date.now()];
		if (Date.now() - since >= forMs && isWanted(words)) return since;
	}
	return null;
}
