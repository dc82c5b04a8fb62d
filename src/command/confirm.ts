import type { Confirmation } from "../operation/plan/plan.ts";
import { confirmationQuestion } from "../presentation/plan-report.ts";
import type { Interaction } from "./terminal.ts";

/** What the operator agreed to on the command line. */
export interface Consent {
	/** --yes */
	readonly yes: boolean;
	/** --accept-loss: the most bytes that may be lost; "unknown" accepts a loss that is not known. */
	readonly acceptLoss: number | "unknown" | null;
}

/**
 * --yes confirms everything but data loss. That takes --accept-loss with at least the number of bytes that may be lost, or
 * an operator who types the number.
 *
 * @returns null if confirmed, else why not.
 */
export async function confirm(
	confirmation: Confirmation,
	{ yes, acceptLoss }: Consent,
	interaction: Interaction,
): Promise<string | null> {
	if (confirmation.kind === "name and loss" && acceptLoss !== null) {
		const { lossBytes } = confirmation;
		if (lossBytes === null && acceptLoss !== "unknown") {
			return "possible data loss is unknown; pass --accept-loss unknown";
		}
		if (lossBytes !== null && (acceptLoss === "unknown" || acceptLoss < lossBytes)) {
			return `${lossBytes} bytes may be lost; pass --accept-loss ${lossBytes}`;
		}
		if (yes) return null;
	}
	if (yes && confirmation.kind !== "name and loss") return null;
	if (!interaction.isInteractive) {
		const loss =
			confirmation.kind === "name and loss"
				? ` and --accept-loss ${confirmation.lossBytes ?? "unknown"}`
				: "";
		return `not a terminal; pass --yes${loss}`;
	}
	const wanted = confirmationQuestion(confirmation);
	const answer = await interaction.ask(`${wanted.question} `);
	return answer !== null && wanted.isRight(answer.trim()) ? null : "not confirmed";
}
