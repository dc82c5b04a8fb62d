import type { Confirmation } from "../operation/plan/plan.ts";
import { confirmationQuestion } from "../presentation/plan-report.ts";
import type { Interaction } from "./terminal.ts";

/** What the operator said beforehand, on the command line. */
export interface Consent {
	/** --yes */
	readonly yes: boolean;
	/** --accept-loss: so many bytes at most; unknown: where nobody can tell. */
	readonly acceptLoss: number | "unknown" | null;
}

/**
 * --yes answers y or n, and the name of a node, since that stands on the command line already. What may be lost is never
 * accepted by it: that takes --accept-loss with no less than the number, or typing it.
 *
 * @returns null where it is confirmed, else why not.
 */
export async function confirm(
	confirmation: Confirmation,
	{ yes, acceptLoss }: Consent,
	interaction: Interaction,
): Promise<string | null> {
	if (confirmation.kind === "name and loss" && acceptLoss !== null) {
		const { lossBytes } = confirmation;
		if (lossBytes === null && acceptLoss !== "unknown") {
			return "what may be lost can't be told, and --accept-loss does not say unknown";
		}
		if (lossBytes !== null && (acceptLoss === "unknown" || acceptLoss < lossBytes)) {
			return `--accept-loss does not say the ${lossBytes} bytes that may be lost now`;
		}
		if (yes) return null;
	}
	if (yes && confirmation.kind !== "name and loss") return null;
	if (!interaction.isInteractive) {
		return confirmation.kind === "name and loss"
			? `nobody can be asked: --yes and --accept-loss ${confirmation.lossBytes ?? "unknown"} are needed`
			: "nobody can be asked: --yes is needed";
	}
	const wanted = confirmationQuestion(confirmation);
	const answer = await interaction.ask(`${wanted.question} `);
	return answer !== null && wanted.isRight(answer.trim()) ? null : "not confirmed";
}
