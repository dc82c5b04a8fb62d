import { type OperationSummary, unendedBootstraps } from "../execution/history.ts";
import type { Inventory } from "../model/inventory.ts";
import { isPassword } from "../text/password.ts";
import { authorityRefusals } from "./authority.ts";
import { carryOut, left, type Progress } from "./carry-out.ts";
import { conninfoOf } from "./files.ts";
import { addLines, missingLines } from "./passfile.ts";
import { planOf } from "./plan.ts";
import { planLines } from "./plan-text.ts";
import { encryptionProofs, type Proof, rowProofs, shapeProofs } from "./proof.ts";
import { beginRecords } from "./record.ts";
import type { Refusal } from "./refusal.ts";
import { primaryOf, type Situation } from "./situation.ts";
import { type HostLook, surveyHosts } from "./survey.ts";
import { Undo } from "./undo/undo.ts";
import { warningsOf } from "./warnings.ts";
import { type BootstrapOptions, type Prepared, Workplace } from "./workplace.ts";

export type { OperationSummary } from "../execution/history.ts";
export type { Progress } from "./carry-out.ts";
export type { Proof } from "./proof.ts";
export type { Refusal } from "./refusal.ts";
export type { BootstrapStep } from "./step.ts";
export type { HostLook } from "./survey.ts";
export type { BootstrapOptions, Prepared } from "./workplace.ts";

export type Ended =
	| { readonly kind: "done"; readonly proofs: readonly Proof[] }
	| { readonly kind: "failed" | "interrupted" }
	| { readonly kind: "refused"; readonly refusal: Refusal };

/** A cluster that is to be made of an inventory. */
export class Bootstrap {
	readonly #options: BootstrapOptions;
	readonly #workplace: Workplace;
	readonly #undo: Undo;
	#situation: Situation | null = null;

	constructor(options: BootstrapOptions) {
		this.#options = options;
		this.#workplace = new Workplace(options);
		this.#undo = new Undo(this.#workplace);
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
		const { entries } = this.#workplace.journal.read();
		return unendedBootstraps(entries, this.#workplace.hosts)[0] ?? null;
	}

	/** Surveys all hosts, and says what would be done, or everything that keeps it from being done. */
	async prepare(
		tell?: (look: HostLook) => void,
	): Promise<Prepared | { readonly refusals: readonly Refusal[] }> {
		const { inventory, passfile, authority } = this.#options;
		const { shells, passwords, redactPlan } = this.#workplace;
		const surveyed = await surveyHosts(inventory, shells, passwords, tell);
		const here = authorityRefusals(inventory, authority());
		if (surveyed.refusals !== undefined) return { refusals: [...surveyed.refusals, ...here] };
		if (here.length > 0) return { refusals: here };
		const { situation } = surveyed;
		this.#situation = situation;
		this.#workplace.passwords = situation.passwords;
		const plan = planOf(situation);
		const own = missingLines(situation, passfile).length;
		return {
			...this.#workplace.prepared(plan, "Bootstrap"),
			left: left(plan).length + own,
			warnings: warningsOf(situation),
			losesData: false,
			lines: (style) => [
				...planLines(plan, redactPlan, style, "Bootstrap"),
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

	/** Carries out what prepare() has found to be missing. */
	async carryOut(
		tell: (progress: Progress) => void,
		signal: AbortSignal,
		takesOver: boolean,
	): Promise<Ended> {
		const { inventory } = this.#options;
		const { shells } = this.#workplace;
		const situation = this.#situation;
		if (situation === null) throw new Error("a bootstrap that was not prepared");
		const unrecorded = await beginRecords(situation, shells);
		if (unrecorded !== null) return { kind: "refused", refusal: unrecorded };
		const goal = { planOf, survey: () => surveyHosts(inventory, shells, situation.passwords) };
		const ended = await this.#workplace.whileLocked(
			"bootstrap",
			{ tell, signal },
			takesOver,
			async (context) => {
				const made = await carryOut(situation, goal, context);
				return made === null ? null : await this.#proofsOf(made);
			},
		);
		return ended.kind === "done" ? { kind: ended.kind, proofs: ended.value } : ended;
	}

	async #proofsOf(made: Situation): Promise<readonly Proof[]> {
		const { inventory, passfile } = this.#options;
		const { shells } = this.#workplace;
		const problem = inventory.console === null ? null : addLines(made, passfile);
		return [
			...shapeProofs(made),
			...(await rowProofs(made, shells)),
			...(await encryptionProofs(made, shells)),
			...(problem === null ? [] : [{ title: `the password is in ${passfile}`, isOk: false, found: problem }]),
		];
	}

	/** Says what an undo would take back: what the hosts' records say was added, and nothing else. */
	prepareUndo(): Promise<Prepared | { readonly refusals: readonly Refusal[] }> {
		return this.#undo.prepare();
	}

	/** Carries out what prepareUndo() has found to be taken back. */
	undo(tell: (progress: Progress) => void, signal: AbortSignal, takesOver: boolean): Promise<Ended> {
		return this.#undo.carryOut(tell, signal, takesOver);
	}

	/** What the last survey shows, where nothing was left to be done. */
	proofs(): readonly Proof[] {
		return this.#situation === null ? [] : shapeProofs(this.#situation);
	}

	close(): void {
		this.#workplace.close();
	}
}
