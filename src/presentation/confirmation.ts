import type { Confirmation } from "../operation/plan/plan.ts";

/** What an operator is asked before a plan is carried out, and whether that was the answer. */
export function confirmationQuestion(confirmation: Confirmation): {
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
