/** The operator at the other end; a value, so that tests can play them. */
export interface Interaction {
	/** False: nobody can be asked. */
	readonly isInteractive: boolean;
	/** One line of an answer; null where none came (end of input). */
	ask(question: string): Promise<string | null>;
	/** Ctrl-C. Gives a function that ends the listening. */
	onInterrupt(listener: () => void): () => void;
	/** The terminal has gone, or somebody wants this program to end. */
	onHangup(listener: () => void): () => void;
}
