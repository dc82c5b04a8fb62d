import { type LintResult, lintKey } from "../../../model/lint-result.ts";
import type { UiContext } from "../../context.ts";
import { say } from "../../reduce.ts";
import { styledLine } from "../../text/styled-line.ts";
import { type Text, textScreen } from "../../text-screen.tsx";
import { changeText, lintResultView } from "../lint-results/lint-view.ts";
import { LINT } from "../lint-results/screen.tsx";
import type { LintResultState, ScreenName } from "../states.ts";

interface LintResultModel extends Text {
	/** Null if the newest check has not found it again. */
	readonly result: LintResult | null;
}

const BOTH: readonly ScreenName[] = ["lint", "lintResult"];

/** One result of the check in full. */
export const LINT_RESULT = textScreen<LintResultState, LintResultModel>({
	name: "lintResult",
	title: "one result",
	derive: ({ data, columns }, state) => {
		const { results = [] } = data.setupCheck.report ?? {};
		const result = results.find((one) => lintKey(one) === state.result) ?? null;
		return {
			result,
			heading: "CONFIGURATION",
			lines:
				result === null
					? [styledLine("gone", "  the latest check no longer finds this", "ok")]
					: lintResultView(result, columns),
		};
	},
	bindings: [
		{
			id: "lint.copy",
			keys: ["y"],
			label: "copy change",
			help: "Copy the exact change, line by line, to the clipboard (OSC 52).",
			screens: BOTH,
			disabled: (context) => {
				const result = resultOf(context);
				if (result === null) return "there is no result";
				return result.change.length === 0 ? "there is nothing to change here" : null;
			},
			run: (context) => {
				const result = resultOf(context);
				if (result === null) return null;
				context.copy(changeText(result));
				const first = result.change[0]?.text ?? "";
				const more = result.change.length - 1;
				return say(`copied: ${first}${more === 0 ? "" : ` and ${more} more`}`);
			},
		},
	],
});

/** The selected result, or the one shown alone. */
function resultOf(context: UiContext): LintResult | null {
	return LINT.shown(context)?.model.list.item ?? LINT_RESULT.shown(context)?.model.result ?? null;
}
