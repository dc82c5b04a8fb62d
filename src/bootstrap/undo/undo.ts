import { runScript } from "../../execution/host.ts";
import { sentence } from "../../text/words.ts";
import { carryOut, left, type Progress } from "../carry-out.ts";
import { removeLines } from "../passfile.ts";
import type { Proof } from "../proof.ts";
import { recordedCluster } from "../record.ts";
import type { Refusal } from "../refusal.ts";
import { type Situation, surveyOf } from "../situation.ts";
import type { Prepared, Workplace } from "../workplace.ts";
import { undoPlanOf } from "./plan.ts";
import { FORGET_SCRIPT } from "./scripts.ts";
import { hasData, lossOf, surveyForUndoing } from "./situation.ts";
import type { UndoSituation } from "./survey.ts";

/** Takes a bootstrap back: what the hosts' records say was added, and nothing else. */
export class Undo {
	readonly #workplace: Workplace;
	#situation: UndoSituation | null = null;

	constructor(workplace: Workplace) {
		this.#workplace = workplace;
	}

	/** Says what would be taken back. */
	async prepare(): Promise<Prepared | { readonly refusals: readonly Refusal[] }> {
		const surveyed = await this.#survey();
		if (surveyed.refusals !== undefined) return surveyed;
		const { situation } = surveyed;
		this.#situation = situation;
		this.#workplace.passwords = situation.passwords;
		const plan = undoPlanOf(situation);
		return {
			...this.#workplace.prepared(plan, "Undo"),
			// The records themselves are the last thing to go.
			left: left(plan).length + this.#recorded(situation).length,
			warnings: lossOf(situation),
			losesData: hasData(situation),
		};
	}

	/** Carries out what prepare() has found. The proof is that the hosts have no record any more. */
	async carryOut(tell: (progress: Progress) => void, signal: AbortSignal, takesOver: boolean) {
		const situation = this.#situation;
		if (situation === null) throw new Error("an undo that was not prepared");
		const goal = { planOf: undoPlanOf, survey: () => this.#survey() };
		const ended = await this.#workplace.whileLocked(
			"bootstrap-undo",
			{ tell, signal },
			takesOver,
			(context) => carryOut(situation, goal, context),
		);
		return ended.kind === "done" ? { kind: ended.kind, proofs: await this.#forget(ended.value) } : ended;
	}

	async #forget(situation: UndoSituation): Promise<readonly Proof[]> {
		const { inventory, passfile } = this.#workplace.options;
		const problem = inventory.console === null ? null : removeLines(inventory, passfile);
		const forgotten = await Promise.all(
			this.#recorded(situation).map(async ({ id, name, shell }) => {
				const host = { nodeId: id, shell, user: "root", configFile: "" };
				const { fault } = await runScript(host, FORGET_SCRIPT, []);
				const title = `"${name}" is as it was before`;
				return { title, isOk: fault === undefined, found: fault === undefined ? "" : sentence(fault) };
			}),
		);
		const own = problem === null ? [] : [{ title: `${passfile} is as before`, isOk: false, found: problem }];
		return [...forgotten, ...own];
	}

	/** The nodes whose hosts have a record. */
	#recorded(situation: Situation) {
		const { options, shells } = this.#workplace;
		return options.inventory.nodes.flatMap((node) => {
			const shell = shells.get(node.name);
			const isRecorded = recordedCluster(surveyOf(situation, node)) !== null;
			return isRecorded && shell !== undefined ? [{ id: node.id, name: node.name, shell }] : [];
		});
	}

	#survey() {
		const { options, shells, passwords } = this.#workplace;
		return surveyForUndoing(options.inventory, shells, passwords);
	}
}
