/** Where in a file, counted from 1. */
export interface Place {
	readonly file: string;
	readonly line: number;
	/** Undefined where the whole line is meant (repmgr.conf, pg_service.conf). */
	readonly column?: number;
}

/**
 * PostgreSQL's message style: `message` lower case without a full stop, `detail` and `hint` in sentences; "" counts as none.
 */
export interface Message {
	readonly message: string;
	readonly detail?: string;
	readonly hint?: string;
}

/** What is wrong with the operator's input. Never holds a password: what might be one is shown as `********`. */
export interface Problem extends Message {
	readonly where?: Place;
	/** sysexits: 64 (EX_USAGE) for the command line, 78 (EX_CONFIG) for a file or the environment. */
	readonly exitCode: 64 | 78;
}

/** A value, or everything that is wrong with its source (never an empty list). */
export type Configured<T> =
	| { readonly value: T; readonly problems?: never }
	| { readonly problems: readonly Problem[]; readonly value?: never };

/** The only problem of something that can have just one. */
export function refuse(problem: Problem): { readonly problems: readonly Problem[] } {
	return { problems: [problem] };
}

/** The same problem, found in a file instead of on the command line. */
export function foundIn(problem: Problem, where: Place): Problem {
	return { ...problem, where, exitCode: 78 };
}

/** "FILE:LINE:COL: message", then DETAIL and HINT on lines of their own, as psql prints them. */
export function formatMessage({
	message,
	detail = "",
	hint = "",
	where,
}: Message & Pick<Problem, "where">): string {
	const place =
		where === undefined
			? ""
			: `${[where.file, where.line, where.column].filter((part) => part !== undefined).join(":")}: `;
	return [
		`${place}${message}`,
		...(detail === "" ? [] : [`DETAIL:  ${detail}`]),
		...(hint === "" ? [] : [`HINT:  ${hint}`]),
	].join("\n");
}

/**
 * The operating system's words for a failed file operation, as strerror() gives them:
 * "No such file or directory". Node puts its own around: "ENOENT: no such file or directory, open '…'".
 */
export function systemMessage(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	const words = /^[A-Z0-9]+: (.*?)(, \w+( '.*)?)?$/.exec(text)?.[1] ?? text;
	return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The operating system's error name, e.g. "ENOENT"; undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
	return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
