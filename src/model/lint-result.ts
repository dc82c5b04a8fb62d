/** `notice`: worth knowing. `unknown`: what a check needs could not be read. */
export type LintSeverity = "error" | "warning" | "notice" | "unknown";

/** Where something stands: a file (or table) of a host. */
export interface LintPlace {
	/** As registered; null where it is no host's own: repmgr.nodes. */
	readonly host: string | null;
	readonly file: string;
	/** Null where no single line is meant. */
	readonly line: number | null;
}

/** One step of a change. */
export interface LintChange {
	/** Where it is done, as a beginning of a sentence: "in /etc/repmgr.conf, line 3". */
	readonly title: string;
	/** Exactly what is to stand there, or what is to be typed. */
	readonly text: string;
}

/** Something about the set-up of a node or of the cluster. In PostgreSQL's message style. */
export interface LintResult {
	readonly code: string;
	readonly severity: LintSeverity;
	/** Null for the cluster as a whole. */
	readonly nodeId: number | null;
	/** Lower case, without a full stop. */
	readonly message: string;
	readonly where: LintPlace;
	/** Why it matters, in sentences. */
	readonly why: string;
	/** Documentation or issue. */
	readonly link: string;
	/** Empty where nothing is to be changed. */
	readonly change: readonly LintChange[];
	/** Codes of the checks that could not be made, where that is what this result says. */
	readonly notChecked?: readonly string[];
}

/** What a check of the set-up found. */
export interface LintReport {
	/** Epoch ms. */
	readonly readAt: number;
	/** The worst first. */
	readonly results: readonly LintResult[];
	/** Could anything at all be read? */
	readonly isAnythingRead: boolean;
}

/** What makes two results the same one, of different runs. */
export function lintKey({ code, nodeId, where, message }: LintResult): string {
	return `${code} ${nodeId ?? ""} ${where.file}:${where.line ?? ""} ${message}`;
}

/** "node1:/etc/repmgr.conf:12". */
export function placeText({ host, file, line }: LintResult["where"]): string {
	return [host, file, line].filter((part) => part !== null).join(":");
}
