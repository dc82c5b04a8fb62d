/** How an operation of the past is said to stand. `isAlive` null: it is another machine's, which does not tell. */
export function outcomeLabel<Outcome extends string>({
	outcome,
	isAlive,
}: {
	readonly outcome: Outcome;
	readonly isAlive: boolean | null;
}): Outcome | "running" | "running?" {
	// What has no end yet is called interrupted only where nobody is known, or may be, to carry it on.
	if (outcome !== "interrupted" || isAlive === false) return outcome;
	return isAlive === true ? "running" : "running?";
}
