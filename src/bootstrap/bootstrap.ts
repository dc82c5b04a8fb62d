import { randomBytes } from "node:crypto";
import { type OperationSummary, unendedBootstraps } from "../execution/history.ts";
import { runScript } from "../execution/host.ts";
import { Journal, type JournalEvent, type Operator } from "../execution/journal.ts";
import type { Inventory, InventoryNode } from "../model/inventory.ts";
import { isPassword } from "../text/password.ts";
import { redactAll, redactor } from "../text/redact.ts";
import { sentence } from "../text/words.ts";
import type { Shell, SudoPassword } from "../transport/ports.ts";
import { type CarryOutContext, carryOut, left, type Progress } from "./carry-out.ts";
import { conninfoOf } from "./files.ts";
import { lockHosts } from "./lock.ts";
import { addLines, missingLines, removeLines } from "./passfile.ts";
import { type BootstrapPlan, planOf } from "./plan.ts";
import { planLines } from "./plan-text.ts";
import { encryptionProofs, type Proof, rowProofs, shapeProofs } from "./proof.ts";
import { beginRecords, recordedCluster } from "./record.ts";
import type { Refusal } from "./refusal.ts";
import { type Passwords, primaryOf, type Shells, type Situation, surveyOf } from "./situation.ts";
import { type HostLook, surveyHosts } from "./survey.ts";
import { undoPlanOf } from "./undo/plan.ts";
import { FORGET_SCRIPT } from "./undo/scripts.ts";
import { hasData, lossOf, surveyForUndoing } from "./undo/situation.ts";
import type { UndoSituation } from "./undo/survey.ts";
import { warningsOf } from "./warnings.ts";

export type { OperationSummary } from "../execution/history.ts";
export type { Progress } from "./carry-out.ts";
export type { Proof } from "./proof.ts";
export type { Refusal } from "./refusal.ts";
export type { BootstrapStep } from "./step.ts";
export type { HostLook } from "./survey.ts";

export interface BootstrapOptions {
	readonly inventory: Inventory;
	/** SSH to a node's host; opened when first used. */
	readonly shellFor: (node: InventoryNode) => Shell;
	readonly operator: Operator;
	readonly journalPath: string;
	/** The command that goes on with this bootstrap, for whoever finds it half done. */
	readonly again: string;
	/** This user's password file. */
	readonly passfile: string;
	/** The command that watches the cluster later, logging in as its making did; null: there is none. */
	readonly watch: (conninfo: string, hasSudoPassword: boolean) => string | null;
	/** The one that `shellFor` uses. */
	readonly sudoPassword: SudoPassword;
}

/** A plan that was made, with what a person should read before it is carried out. */
export interface Prepared {
	readonly plan: BootstrapPlan;
	readonly warnings: readonly string[];
	/** How many steps are left. */
	readonly left: number;
	readonly lines: (style: "text" | "markdown") => readonly string[];
	/** Data of a cluster would be deleted. */
	readonly losesData: boolean;
	/** For programs: without scripts and passwords. */
	readonly record: unknown;
}

export type Ended =
	| { readonly kind: "done"; readonly proofs: readonly Proof[] }
	| { readonly kind: "failed" | "interrupted" }
	| { readonly kind: "refused"; readonly refusal: Refusal };

/** A cluster that is to be made of an inventory. */
export class Bootstrap {
	readonly #options: BootstrapOptions;
	readonly #shells: Shells;
	#situation: Situation | null = null;
	#undo: UndoSituation | null = null;
	#passwords: Passwords | null = null;
	/** For plans, which have no password for sudo: one that is a common word would leave them unreadable. */
	readonly #redactPlan = redactor(() => Object.values(this.#passwords ?? {}));
	readonly #redact = redactor(() => [
		...Object.values(this.#passwords ?? {}),
		...(this.#options.sudoPassword.value === null ? [] : [this.#options.sudoPassword.value]),
	]);

	constructor(options: BootstrapOptions) {
		this.#options = options;
		this.#shells = new Map(options.inventory.nodes.map((node) => [node.name, options.shellFor(node)]));
	}

	get inventory(): Inventory {
		return this.#options.inventory;
	}

	/** From now on sudo on the hosts gets it where it asks. @returns false: it can't be a password. */
	giveSudoPassword(password: string): boolean {
		if (!isPassword(password)) return false;
		this.#options.sudoPassword.value = password;
		return true;
	}

	/** A connection to the primary as the role that watches; null: there is no such role. */
	get conninfo(): string | null {
		const { inventory } = this.#options;
		const { console: watcher } = inventory;
		if (watcher === null) return null;
		return conninfoOf(
			{ ...inventory, repmgr: { ...inventory.repmgr, user: watcher.user } },
			primaryOf(inventory),
		);
	}

	/** The command that opens the console on the cluster; null: there is none. */
	get watchLine(): string | null {
		const { watch, sudoPassword } = this.#options;
		return this.conninfo === null ? null : watch(this.conninfo, sudoPassword.value !== null);
	}

	/** What was begun on these hosts from this machine, and has not ended; null: nothing. */
	unended(): OperationSummary | null {
		const { journalPath, inventory } = this.#options;
		const { entries } = new Journal(journalPath, this.#redact).read();
		return unendedBootstraps(entries, hostsOf(inventory))[0] ?? null;
	}

	/** Surveys all hosts, and says what would be done, or everything that keeps it from being done. */
	async prepare(
		tell?: (look: HostLook) => void,
	): Promise<Prepared | { readonly refusals: readonly Refusal[] }> {
		const { inventory, passfile } = this.#options;
		const surveyed = await surveyHosts(inventory, this.#shells, this.#passwords, tell);
		if (surveyed.refusals !== undefined) return surveyed;
		const { situation } = surveyed;
		this.#situation = situation;
		this.#passwords = situation.passwords;
		const plan = planOf(situation);
		const own = missingLines(situation, passfile).length;
		return {
			...this.#prepared(plan, "Bootstrap"),
			left: left(plan).length + own,
			warnings: warningsOf(situation),
			losesData: false,
			lines: (style) => [
				...planLines(plan, this.#redactPlan, style, "Bootstrap"),
				...(own === 0
					? []
					: [
							"",
							`${style === "markdown" ? "## " : ""}On this machine`,
							...(style === "markdown" ? [""] : []),
							`${style === "markdown" ? "- " : "  "}write the password of the role "${inventory.console?.user}" to ${passfile}`,
						]),
			],
		};
	}

	/** Says what an undo would take back: what the hosts' records say was added, and nothing else. */
	async prepareUndo(): Promise<Prepared | { readonly refusals: readonly Refusal[] }> {
		const surveyed = await this.#surveyForUndo();
		if (surveyed.refusals !== undefined) return surveyed;
		const { situation } = surveyed;
		this.#undo = situation;
		this.#passwords = situation.passwords;
		const plan = undoPlanOf(situation);
		const hosts = this.#recorded(situation).length;
		return {
			...this.#prepared(plan, "Undo"),
			// The records themselves are the last thing to go.
			left: left(plan).length + hosts,
			warnings: lossOf(situation),
			losesData: hasData(situation),
		};
	}

	#prepared(plan: BootstrapPlan, what: "Bootstrap" | "Undo"): Pick<Prepared, "plan" | "lines" | "record"> {
		const redact = this.#redactPlan;
		return {
			plan,
			lines: (style) => planLines(plan, redact, style, what),
			record: {
				cluster: plan.cluster,
				version: plan.version,
				steps: plan.steps.map(({ work, ...step }) => {
					if (work.kind === "file") return redactAll({ ...step, work }, redact);
					return redactAll({ ...step, work: { kind: work.kind, shown: work.shown } }, redact);
				}),
			},
		};
	}

	/** Carries out what prepare() has found to be missing. */
	async carryOut(
		tell: (progress: Progress) => void,
		signal: AbortSignal,
		takesOver: boolean,
	): Promise<Ended> {
		const { inventory, passfile } = this.#options;
		const situation = this.#situation;
		if (situation === null) throw new Error("a bootstrap that was not prepared");
		const unrecorded = await beginRecords(situation, this.#shells);
		if (unrecorded !== null) return { kind: "refused", refusal: unrecorded };
		const context = this.#context("bootstrap", tell, signal);
		const locked = await lockHosts(context, takesOver);
		if ("message" in locked) return { kind: "refused", refusal: locked };
		context.note(this.#begun("bootstrap"));
		let ended: Situation | null = null;
		try {
			const survey = () => surveyHosts(inventory, this.#shells, situation.passwords);
			ended = await carryOut(situation, { planOf, survey }, context);
			if (ended === null) return { kind: signal.aborted ? "interrupted" : "failed" };
			const problem = inventory.console === null ? null : addLines(ended, passfile);
			const proofs = [
				...shapeProofs(ended),
				...(await rowProofs(ended, this.#shells)),
				...(await encryptionProofs(ended, this.#shells)),
				...(problem === null
					? []
					: [{ title: `the password is in ${passfile}`, isOk: false, found: problem }]),
			];
			return { kind: "done", proofs };
		} finally {
			context.note({ event: "ended", outcome: outcomeOf(ended, signal), notes: [] });
			await locked.release();
		}
	}

	/** Carries out what prepareUndo() has found to be taken back. The proof is that the hosts have no record any more. */
	async undo(tell: (progress: Progress) => void, signal: AbortSignal, takesOver: boolean): Promise<Ended> {
		const situation = this.#undo;
		if (situation === null) throw new Error("an undo that was not prepared");
		const context = this.#context("bootstrap-undo", tell, signal);
		const locked = await lockHosts(context, takesOver);
		if ("message" in locked) return { kind: "refused", refusal: locked };
		context.note(this.#begun("bootstrap-undo"));
		let ended: UndoSituation | null = null;
		try {
			ended = await carryOut(situation, { planOf: undoPlanOf, survey: () => this.#surveyForUndo() }, context);
		} finally {
			context.note({ event: "ended", outcome: outcomeOf(ended, signal), notes: [] });
			await locked.release();
		}
		if (ended === null) return { kind: signal.aborted ? "interrupted" : "failed" };
		const { inventory, passfile } = this.#options;
		const problem = inventory.console === null ? null : removeLines(inventory, passfile);
		const forgotten = await Promise.all(
			this.#recorded(ended).map(async ({ id, name, shell }) => {
				const host = { nodeId: id, shell, user: "root", configFile: "" };
				const { fault } = await runScript(host, FORGET_SCRIPT, []);
				const title = `"${name}" is as it was before`;
				return { title, isOk: fault === undefined, found: fault === undefined ? "" : sentence(fault) };
			}),
		);
		const own = problem === null ? [] : [{ title: `${passfile} is as before`, isOk: false, found: problem }];
		return { kind: "done", proofs: [...forgotten, ...own] };
	}

	/** The nodes whose hosts have a record. */
	#recorded(situation: Situation) {
		return this.#options.inventory.nodes.flatMap((node) => {
			const shell = this.#shells.get(node.name);
			const isRecorded = recordedCluster(surveyOf(situation, node)) !== null;
			return isRecorded && shell !== undefined ? [{ id: node.id, name: node.name, shell }] : [];
		});
	}

	#surveyForUndo() {
		return surveyForUndoing(this.#options.inventory, this.#shells, this.#passwords);
	}

	#begun(kind: "bootstrap" | "bootstrap-undo"): JournalEvent {
		const { inventory, again } = this.#options;
		const isUndo = kind === "bootstrap-undo";
		return {
			...{ event: "bootstrap begun", kind, hosts: hostsOf(inventory) },
			title: `${isUndo ? "undo of the bootstrap" : "bootstrap"} of "${inventory.cluster}"`,
			again: isUndo ? `${again} --undo` : again,
		};
	}

	#context(
		kind: "bootstrap" | "bootstrap-undo",
		tell: (progress: Progress) => void,
		signal: AbortSignal,
	): CarryOutContext {
		const { inventory, operator, journalPath } = this.#options;
		const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
		const operationId = `${time}-${kind}-${randomBytes(2).toString("hex")}`;
		const journal = new Journal(journalPath, this.#redact);
		// One that can't be written now does not keep a host from being set up. There is no system identifier before there is a cluster.
		const note = (event: JournalEvent) =>
			journal.note({
				operationId,
				cluster: inventory.cluster,
				systemIdentifier: "",
				who: operator,
				...event,
			});
		return {
			...{ operationId, inventory, note, tell, signal },
			...{ shells: this.#shells, redact: this.#redact, operator },
		};
	}

	/** What the last survey shows, where nothing was left to be done. */
	proofs(): readonly Proof[] {
		return this.#situation === null ? [] : shapeProofs(this.#situation);
	}

	close(): void {
		for (const shell of this.#shells.values()) shell.close();
	}
}

const hostsOf = ({ nodes }: Inventory): readonly string[] => nodes.map(({ host }) => host).toSorted();

function outcomeOf(ended: Situation | null, signal: AbortSignal): "done" | "failed" | "stopped" {
	return ended !== null ? "done" : signal.aborted ? "stopped" : "failed";
}
