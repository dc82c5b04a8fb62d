import type { InventoryNode } from "../model/inventory.ts";
import { blockIn } from "./files.ts";
import type { FileKey, HostSurvey } from "./host-survey.ts";
import { type Situation, surveyOf, versionOf } from "./situation.ts";
import type { BootstrapStep, CommandWork, FileWork } from "./step.ts";
import { PATHS } from "./survey-script.ts";

export type Name =
	| "no-cluster"
	| "packages"
	| "archive"
	| "key"
	| "known-hosts"
	| "authorized-keys"
	| "passwords"
	| "repmgr-conf"
	| "sudoers"
	| "unit"
	| "enable"
	| "create"
	| "certificate"
	| "settings"
	| "hba"
	| "reload"
	| "role"
	| "clone"
	| "start"
	| "register"
	| "watcher"
	| "synchronous"
	| "use-synchronous"
	| "repmgrd";

export const keyOf = (name: Name, node: InventoryNode): string => `${name}-${node.id}`;

interface WantedFile extends Pick<FileWork, "path" | "owner" | "mode" | "part" | "content"> {
	readonly check?: "visudo";
}

/** What the steps of one host are made with. */
export class NodeContext {
	readonly situation: Situation;
	readonly node: InventoryNode;
	readonly survey: HostSurvey;
	readonly version: number;

	constructor(situation: Situation, node: InventoryNode) {
		this.situation = situation;
		this.node = node;
		this.survey = surveyOf(situation, node);
		this.version = versionOf(situation);
	}

	get hasPasswords(): boolean {
		const { authentication, console: watcher } = this.situation.inventory;
		return authentication !== "trust" || watcher !== null;
	}

	/** The directory that its WAL is archived into; null: there is none, or it is a witness, which archives nothing. */
	get archive(): string | null {
		return this.node.role === "witness" ? null : (this.situation.inventory.archive?.directory ?? null);
	}

	get isRunning(): boolean {
		return this.survey.running === "yes";
	}

	get isUnfinished(): boolean {
		return this.survey.unfinished === "yes";
	}

	repmgrLine(words: string): string {
		return asPostgres(`/usr/lib/postgresql/${this.version}/bin/repmgr -f ${PATHS.repmgrConf} ${words}`);
	}

	/** Keys of this host's own steps. */
	own(...names: readonly Name[]): readonly string[] {
		return names.map((name) => keyOf(name, this.node));
	}

	step(
		name: Name,
		title: string,
		after: readonly string[],
		isDone: boolean,
		work: BootstrapStep["work"],
	): BootstrapStep {
		return { key: keyOf(name, this.node), node: this.node.name, title, after, isDone, work };
	}

	file(name: Name, title: string, after: readonly Name[], key: FileKey, wanted: WantedFile): BootstrapStep {
		const found = this.survey.files.get(key);
		const before =
			found === undefined ? "" : wanted.part === "whole" ? found.content : blockIn(found.content);
		const isDone = before === wanted.content && found?.mode === wanted.mode && found.owner === wanted.owner;
		return this.step(name, title, this.own(...after), isDone, {
			...{ kind: "file", file: key },
			check: null,
			before,
			...wanted,
		});
	}
}

export function command(
	script: string,
	words: readonly (string | number)[],
	shown: readonly string[],
): CommandWork {
	return { kind: "command", script, words: words.map(String), shown };
}

export function asPostgres(words: string): string {
	return `runuser -u postgres -- ${words}`;
}
