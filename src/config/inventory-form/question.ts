export interface InventoryChoice {
	readonly value: string;
	readonly label: string;
	/** What it means. */
	readonly note: string;
	/** Why it can't be chosen, or null. */
	readonly unfit: string | null;
}

/** One question about a cluster that is to be made. */
export interface InventoryQuestion {
	/** The path in the inventory file, such as "postgresql.port", or a name of its own. */
	readonly key: string;
	/** A few words for the summary. */
	readonly label: string;
	readonly title: string;
	/** One or two sentences for a first-timer. */
	readonly about: string;
	/** Asked one after the other; the others have a default that few change, and are in the summary only. */
	readonly isAsked: boolean;
	/** What counts without an answer; "" where one is needed. A choice's default is one of its values. */
	readonly usual: string;
	/** How `usual` is said where it is no value: "the newest that all hosts offer". */
	readonly usualWords?: string;
	/** Null: any text. */
	readonly choices: readonly InventoryChoice[] | null;
	/** What the answer would lead to, line by line: each host with its role. */
	readonly preview: (answer: string) => readonly string[];
}

export const question = (
	key: string,
	label: string,
	title: string,
	about: string,
	usual: string,
	more: Partial<InventoryQuestion>,
): InventoryQuestion => ({
	...{ key, label, title, about, usual, isAsked: false, choices: null, preview: () => [] },
	...more,
});

export const choice = (
	value: string,
	label: string,
	note: string,
	unfit: string | null = null,
): InventoryChoice => ({
	...{ value, label, note, unfit },
});
