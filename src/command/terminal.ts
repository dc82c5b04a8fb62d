import { once } from "node:events";
import type { Outcome } from "../model/fault.ts";
import { formatMessage, type Message } from "../text/message.ts";

/** Where a command writes; a value, so that tests can read it. */
export interface Output {
	readonly out: (text: string) => void;
	readonly err: (text: string) => void;
}

/** The operator at the terminal; a value, so that tests can play one. */
export interface Interaction {
	/** False: standard input or standard error is not a terminal, so nothing can be asked. */
	readonly isInteractive: boolean;
	/** One line of an answer; null at the end of input. hidden: without echo. */
	ask(question: string, echo?: "hidden"): Promise<string | null>;
	/** Ctrl-C. Returns a function that removes the listener. */
	onInterrupt(listener: () => void): () => void;
	/** SIGTERM. Returns a function that removes the listener. */
	onTerminate(listener: () => void): () => void;
}

/** As PostgreSQL's programs print errors: the message, then DETAIL and HINT on lines of their own. */
export function errorText(...messages: readonly Message[]): string {
	return messages.map((message) => `repmgr-console: error: ${formatMessage(message)}`).join("\n");
}

/** Waits until the cluster has been read; prints why where it can't be. */
export async function isRead(reading: Promise<Outcome<true>>, { err }: Output): Promise<boolean> {
	const { fault } = await reading;
	if (fault !== undefined) err(errorText(fault));
	return fault === undefined;
}

export async function untilAborted(signal: AbortSignal): Promise<void> {
	if (!signal.aborted) await once(signal, "abort");
}
