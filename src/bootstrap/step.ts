import type { FileKey } from "./host-survey.ts";

/** One thing that is to be so on one host. */
export interface BootstrapStep {
	/** Unique within the plan, and the name of a directory: "packages-1". */
	readonly key: string;
	readonly node: string;
	readonly title: string;
	/** Steps that come before it, by their keys. */
	readonly after: readonly string[];
	/** The survey finds it done. */
	readonly isDone: boolean;
	readonly work: FileWork | CommandWork;
}

export interface FileWork {
	readonly kind: "file";
	/** Its name in the survey. */
	readonly file: FileKey;
	readonly path: string;
	readonly owner: "root" | "postgres";
	readonly mode: string;
	/** whole: the file is ours. block: only some of its lines are. */
	readonly part: "whole" | "block";
	/** Null: it is not known before other steps are done. */
	readonly content: string | null;
	/** What is there now: the whole file, or our block. */
	readonly before: string;
	readonly check: "visudo" | null;
}

export interface CommandWork {
	readonly kind: "command";
	readonly script: string;
	readonly words: readonly string[];
	/** The commands in it, for a person; as root. */
	readonly shown: readonly string[];
}
