/** The operator at the other end; a value, so that tests can play them. */
export interface Interaction {
	/** False: nobody can be asked. */
	readonly isInteractive: boolean;
	/** One line of an answer; null where none came (end of input). */
	ask(question: string): Promise<string | null>;
	/** Ctrl-C. Gives a function that ends the listening. */
	onInterrupt(listener: () => void): () => void;
	/** Somebody wants this program to end (SIGTERM). */
	onTerminate(listener: () => void): () => void;
}
