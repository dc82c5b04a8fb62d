import { WIZARDS } from "../../../operation/wizards/index.ts";
import { impossibility, type Wizard } from "../../../operation/wizards/wizard.ts";
import type { UiContext } from "../../context.ts";
import { fitText } from "../../text/fit-text.ts";
import type { StyledLine } from "../../text/styled-line.ts";
import { wrapText } from "../../text/wrap-text.ts";
import type { ScreenOf } from "../../ui-state.ts";

const INDENT = "  ";

/** Why nothing at all can be changed from here, or null. */
export function changesForbidden({ data }: Pick<UiContext, "data">): string | null {
	if (data.isReadOnly) return "this is a read-only session";
	return data.sshOff === null ? null : `commands need SSH: ${data.sshOff}`;
}

/** Why there can be no plan of an operation now, or null. A plan may be made by those who may not carry it out. */
export function whyNot({ data }: Pick<UiContext, "data">, wizard: Wizard): string | null {
	return impossibility(wizard, data.snapshot);
}

export function selectedWizard({ kind }: Pick<ScreenOf<"operations">, "kind">): Wizard {
	return (WIZARDS.find((wizard) => wizard.kind === kind) ?? WIZARDS[0]) as Wizard;
}

/** All that can be done, one a line, and the selected one in full. */
export function operationsView(
	context: UiContext,
	screen: ScreenOf<"operations">,
): { readonly list: readonly StyledLine[]; readonly about: readonly StyledLine[] } {
	const { columns } = context;
	const selected = selectedWizard(screen);
	const width = Math.max(...WIZARDS.map(({ title }) => title.length));
	const list = WIZARDS.map((wizard): StyledLine => {
		const reason = whyNot(context, wizard);
		const rest = reason === null ? wizard.about : `not now: ${reason}`;
		return {
			key: wizard.kind,
			isSelected: wizard === selected,
			spans: [
				{ text: ` ${wizard.title.padEnd(width)}  `, role: reason === null ? "key" : "muted" },
				{ text: fitText(rest, columns - width - 6), role: reason === null ? "plain" : "muted" },
			],
		};
	});
	const reason = whyNot(context, selected);
	const forbidden = changesForbidden(context);
	const text = (part: string, content: string, role: "plain" | "warning"): readonly StyledLine[] =>
		wrapText(content, columns - INDENT.length - 1).map((piece, position) => ({
			key: `${part} ${position}`,
			spans: [{ text: INDENT + piece, role }],
		}));
	return {
		list,
		about: [
			...text("about", selected.about, "plain"),
			...(forbidden === null
				? []
				: text("forbidden", `A plan can be made, but not carried out: ${forbidden}.`, "warning")),
			...(reason === null ? [] : text("reason", `Not now: ${reason}.`, "warning")),
		],
	};
}
