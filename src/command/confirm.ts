import type { Confirmation } from "../operation/plan.ts";
import type { Interaction } from "./interaction.ts";

/** What the operator said beforehand, on the command line. */
export interface Consent {
	/** --yes */
	readonly yes: boolean;
	/** --accept-loss, in bytes. */
	readonly acceptLossBytes: number | null;
}

/**
 * --yes answers y or n, and the name of a node, since that stands on the command line already. What may be lost is never
 * accepted by it: that takes --accept-loss with the number, or typing it.
 *
 * @returns null where it is confirmed, else why not.
 */
export async function confirm(
	confirmation: Confirmation,
	{ yes, acceptLossBytes }: Consent,
	interaction: Interaction,
): Promise<string | null> {
	if (confirmation.kind === "name and loss" && acceptLossBytes !== null) {
		if (acceptLossBytes !== confirmation.lossBytes) return "--accept-loss does not say what may be lost now";
		if (yes) return null;
	}
	if (yes && confirmation.kind !== "name and loss") return null;
	if (!interaction.isInteractive) {
		return confirmation.kind === "name and loss"
			? "nobody can be asked: --yes and --accept-loss with the number of bytes are needed"
			: "nobody can be asked: --yes is needed";
	}
	const wanted = answerTo(confirmation);
	const answer = await interaction.ask(`${wanted.question} `);
	return answer !== null && wanted.isRight(answer.trim()) ? null : "not confirmed";
}

function answerTo(confirmation: Confirmation): {
	readonly question: string;
	readonly isRight: (answer: string) => boolean;
} {
	switch (confirmation.kind) {
		case "yes":
			return { question: "Do it? (y/n)", isRight: (answer) => /^y(es)?$/i.test(answer) };
		case "name":
			return {
				question: `Type ${confirmation.name} to do it:`,
				isRight: (answer) => answer === confirmation.name,
			};
		case "name and loss": {
			const words = `${confirmation.name} ${confirmation.lossBytes ?? "unknown"}`;
			return {
				question: `Type the node and the bytes that may be lost, "${words}", to do it:`,
				isRight: (answer) => answer === words,
			};
		}
	}
}
