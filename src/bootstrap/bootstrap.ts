import { randomBytes } from "node:crypto";
import { Journal, type Operator } from "../execution/journal.ts";
import type { Inventory, InventoryNode } from "../model/inventory.ts";
import type { Message } from "../text/message.ts";
import { redactAll, redactor } from "../text/redact.ts";
import type { Shell } from "../transport/ports.ts";
import { carryOut, left, type Progress } from "./carry-out.ts";
import { conninfoOf } from "./files.ts";
import { lockHosts } from "./lock.ts";
import { addLines, missingLines } from "./passfile.ts";
import { type BootstrapPlan, planOf } from "./plan.ts";
import { planLines } from "./plan-text.ts";
import { type Proof, rowProofs, shapeProofs } from "./proof.ts";
import { warningsOf } from "./refusals.ts";
import { type Passwords, primaryOf, type Situation } from "./situation.ts";
import { type Shells, surveyHosts } from "./survey.ts";

export type { Progress } from "./carry-out.ts";
export type { Proof } from "./proof.ts";
export type { BootstrapStep } from "./step.ts";

export interface BootstrapOptions {
	readonly inventory: Inventory;
	/** SSH to a node's host; opened when first used. */
	readonly shellFor: (node: InventoryNode) => Shell;
	readonly operator: Operator;
	readonly journalPath: string;
	/** This user's password file. */
	readonly passfile: string;
}

/** A plan that was made, with what a person should read before it is carried out. */
export interface Prepared {
	readonly plan: BootstrapPlan;
	readonly warnings: readonly string[];
	/** How many steps are left. */
	readonly left: number;
	readonly lines: (style: "text" | "markdown") => readonly string[];
	/** For programs: without scripts and passwords. */
	readonly record: unknown;
}

export type Ended =
	| { readonly kind: "done"; readonly proofs: readonly Proof[] }
	| { readonly kind: "failed" | "interrupted" }
	| { readonly kind: "refused"; readonly refusal: Message };

/** A cluster that is to be made of an inventory. */
export class Bootstrap {
	readonly #options: BootstrapOptions;
	readonly #shells: Shells;
	#situation: Situation | null = null;
	#passwords: Passwords | null = null;
	readonly #redact = redactor(() => Object.values(this.#passwords ?? {}));

	constructor(options: BootstrapOptions) {
		this.#options = options;
		this.#shells = new Map(options.inventory.nodes.map((node) => [node.name, options.shellFor(node)]));
	}

	get inventory(): Inventory {
		return this.#options.inventory;
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

	/** Surveys all hosts, and says what would be done, or everything that keeps it from being done. */
	async prepare(): Promise<Prepared | { readonly refusals: readonly Message[] }> {
		const { inventory, passfile } = this.#options;
		const surveyed = await surveyHosts(inventory, this.#shells, this.#passwords);
		if (surveyed.refusals !== undefined) return surveyed;
		const { situation } = surveyed;
		this.#situation = situation;
		this.#passwords = situation.passwords;
		const plan = planOf(situation);
		const redact = this.#redact;
		const own = missingLines(situation, passfile).length;
		return {
			plan,
			left: left(plan).length + own,
			warnings: warningsOf(situation),
			lines: (style) => [
				...planLines(plan, redact, style),
				...(own === 0
					? []
					: [
							"",
							`${style === "markdown" ? "## " : ""}On this machine`,
							...(style === "markdown" ? [""] : []),
							`${style === "markdown" ? "- " : "  "}write the password of the role "${inventory.console?.user}" to ${passfile}`,
						]),
			],
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
		const { inventory, operator, journalPath, passfile } = this.#options;
		const situation = this.#situation;
		if (situation === null) throw new Error("a bootstrap that was not prepared");
		const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
		const operationId = `${time}-bootstrap-${randomBytes(2).toString("hex")}`;
		const journal = new Journal(journalPath, this.#redact);
		const context = {
			...{ operationId, inventory, operator, journal, tell, signal },
			...{ shells: this.#shells, redact: this.#redact },
		};
		const locked = await lockHosts(context, takesOver);
		if ("message" in locked) return { kind: "refused", refusal: locked };
		try {
			const ended = await carryOut(situation, context);
			if (ended === null) return { kind: signal.aborted ? "interrupted" : "failed" };
			const problem = inventory.console === null ? null : addLines(ended, passfile);
			const proofs = [
				...shapeProofs(ended),
				...(await rowProofs(ended, this.#shells)),
				...(problem === null
					? []
					: [{ title: `the password is in ${passfile}`, isOk: false, found: problem }]),
			];
			return { kind: "done", proofs };
		} finally {
			await locked.release();
		}
	}

	/** What the last survey shows, where nothing was left to be done. */
	proofs(): readonly Proof[] {
		return this.#situation === null ? [] : shapeProofs(this.#situation);
	}

	close(): void {
		for (const shell of this.#shells.values()) shell.close();
	}
}
