/** `notice`: worth knowing. `unknown`: something that a check needs could not be read. */
export type LintSeverity = "error" | "warning" | "notice" | "unknown";

/** A file (or table) of a host. */
export interface LintPlace {
	/** As registered; null for what is common to all hosts: repmgr.nodes. */
	readonly host: string | null;
	readonly file: string;
	/** Null for the file as a whole. */
	readonly line: number | null;
}

/** One step of a change. */
export interface LintChange {
	/** Where to do it: "line 3 of /etc/repmgr.conf on node1". */
	readonly title: string;
	/** The exact new line, or command. */
	readonly text: string;
}

/** A result about the configuration of a node or the cluster. In PostgreSQL's message style. */
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
	/** Empty where there is nothing to change. */
	readonly change: readonly LintChange[];
	/** Codes of the checks that could not be made, in a result about that. */
	readonly notChecked?: readonly string[];
}

/** The result of all configuration checks. */
export interface LintReport {
	/** Epoch ms. */
	readonly readAt: number;
	/** The worst first. */
	readonly results: readonly LintResult[];
	/** Could anything be read? */
	readonly isAnythingRead: boolean;
}

/** Results with the same key are the same one, of different runs. */
export function lintKey({ code, nodeId, where, message }: LintResult): string {
	return `${code} ${nodeId ?? ""} ${where.file}:${where.line ?? ""} ${message}`;
}

/** "node1:/etc/repmgr.conf:12". */
export function placeText({ host, file, line }: LintResult["where"]): string {
	return [host, file, line].filter((part) => part !== null).join(":");
}
