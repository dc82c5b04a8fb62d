import { OPERATIONS } from "../../../operation/index.ts";
import { impossibility, type Operation } from "../../../operation/operation.ts";
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
export function whyNot({ data }: Pick<UiContext, "data">, operation: Operation): string | null {
	return impossibility(operation, data.snapshot);
}

export function selectedWizard({ kind }: Pick<ScreenOf<"operations">, "kind">): Operation {
	return (OPERATIONS.find((one) => one.kind === kind) ?? OPERATIONS[0]) as Operation;
}

/** All that can be done, one a line, and the selected one in full. */
export function operationsView(
	context: UiContext,
	screen: ScreenOf<"operations">,
): { readonly list: readonly StyledLine[]; readonly about: readonly StyledLine[] } {
	const { columns } = context;
	const selected = selectedWizard(screen);
	const width = Math.max(...OPERATIONS.map(({ title }) => title.length));
	const list = OPERATIONS.map((operation): StyledLine => {
		const reason = whyNot(context, operation);
		const rest = reason === null ? operation.about : `not now: ${reason}`;
		return {
			key: operation.kind,
			isSelected: operation === selected,
			spans: [
				{ text: ` ${operation.title.padEnd(width)}  `, role: reason === null ? "key" : "muted" },
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
