import { randomBytes } from "node:crypto";
import { Journal, type JournalEvent, type Operator } from "../execution/journal.ts";
import type { Inventory, InventoryNode } from "../model/inventory.ts";
import { redactAll, redactor } from "../text/redact.ts";
import type { Shell, SudoPassword } from "../transport/ports.ts";
import type { CarryOutContext, Progress } from "./carry-out.ts";
import { lockHosts } from "./lock.ts";
import type { BootstrapPlan } from "./plan.ts";
import { planLines } from "./plan-text.ts";
import type { Refusal } from "./refusal.ts";
import type { Passwords, Shells } from "./situation.ts";

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
	/** The file by which this user's libpq checks servers' certificates, "system", or null. */
	readonly authority: () => string | null;
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

type Kind = "bootstrap" | "bootstrap-undo";

/** What a bootstrap and its undo have in common: the hosts, their lock, the journal, and what is never shown. */
export class Workplace {
	readonly options: BootstrapOptions;
	readonly shells: Shells;
	/** Of the last survey. */
	passwords: Passwords | null = null;
	/** For plans, which have no password for sudo: one that is a common word would leave them unreadable. */
	readonly redactPlan = redactor(() => Object.values(this.passwords ?? {}));
	readonly #redact = redactor(() => [
		...Object.values(this.passwords ?? {}),
		...(this.options.sudoPassword.value === null ? [] : [this.options.sudoPassword.value]),
	]);

	constructor(options: BootstrapOptions) {
		this.options = options;
		this.shells = new Map(options.inventory.nodes.map((node) => [node.name, options.shellFor(node)]));
	}

	get journal(): Journal {
		return new Journal(this.options.journalPath, this.#redact);
	}

	/** Of all nodes, sorted. */
	get hosts(): readonly string[] {
		return this.options.inventory.nodes.map(({ host }) => host).toSorted();
	}

	prepared(plan: BootstrapPlan, what: "Bootstrap" | "Undo"): Pick<Prepared, "plan" | "lines" | "record"> {
		const redact = this.redactPlan;
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

	/**
	 * Works while all hosts are locked, and notes beginning and end in the journal.
	 *
	 * @param work null: it did not come to its end.
	 */
	async whileLocked<T>(
		kind: Kind,
		watcher: Pick<CarryOutContext, "tell" | "signal">,
		takesOver: boolean,
		work: (context: CarryOutContext) => Promise<T | null>,
	): Promise<
		| { readonly kind: "done"; readonly value: T }
		| { readonly kind: "failed" | "interrupted" }
		| { readonly kind: "refused"; readonly refusal: Refusal }
	> {
		const context = this.#context(kind, watcher);
		const locked = await lockHosts(context, takesOver);
		if ("message" in locked) return { kind: "refused", refusal: locked };
		context.note(this.#begun(kind));
		let value: T | null = null;
		try {
			value = await work(context);
		} finally {
			const outcome = value !== null ? "done" : watcher.signal.aborted ? "stopped" : "failed";
			context.note({ event: "ended", outcome, notes: [] });
			await locked.release();
		}
		if (value !== null) return { kind: "done", value };
		return { kind: watcher.signal.aborted ? "interrupted" : "failed" };
	}

	#begun(kind: Kind): JournalEvent {
		const { inventory, again } = this.options;
		const isUndo = kind === "bootstrap-undo";
		return {
			...{ event: "bootstrap begun", kind, hosts: this.hosts },
			title: `${isUndo ? "undo of the bootstrap" : "bootstrap"} of "${inventory.cluster}"`,
			again: isUndo ? `${again} --undo` : again,
		};
	}

	#context(
		kind: Kind,
		{ tell, signal }: { readonly tell: (progress: Progress) => void; readonly signal: AbortSignal },
	): CarryOutContext {
		const { inventory, operator } = this.options;
		const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
		const operationId = `${time}-${kind}-${randomBytes(2).toString("hex")}`;
		const { journal } = this;
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
			...{ shells: this.shells, redact: this.#redact, operator },
		};
	}

	close(): void {
		for (const shell of this.shells.values()) shell.close();
	}
}
