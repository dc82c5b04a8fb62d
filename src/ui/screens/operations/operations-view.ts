import { OPERATIONS } from "../../../operation/index.ts";
import { impossibility, type Operation } from "../../../operation/operation.ts";
import { REPLAY_ONLY } from "../../../session/replay-session.ts";
import type { UiContext } from "../../context.ts";
import { fitText } from "../../text/fit-text.ts";
import { type StyledLine, textIn } from "../../text/styled-line.ts";

/** Why nothing at all can be changed from here, or null. */
export function changesForbidden({ data, replay }: Pick<UiContext, "data" | "replay">): string | null {
	if (replay !== undefined) return REPLAY_ONLY;
	if (data.isReadOnly) return "this is a read-only session";
	return data.sshOff === null ? null : `commands need SSH: ${data.sshOff}`;
}

/** One operation in the list. Where changes are forbidden, a plan may still be made. */
export function operationLine(
	{ data, columns }: UiContext,
	operation: Operation,
	isSelected: boolean,
): StyledLine {
	const width = Math.max(...OPERATIONS.map(({ title }) => title.length));
	const reason = impossibility(operation, data.snapshot);
	const rest = reason === null ? operation.about : `not now: ${reason}`;
	return {
		key: operation.kind,
		isSelected,
		spans: [
			{ text: ` ${operation.title.padEnd(width)}  `, role: reason === null ? "key" : "muted" },
			{ text: fitText(rest, columns - width - 6), role: reason === null ? "plain" : "muted" },
		],
	};
}

/** What the selected operation does, and why it is not possible. */
export function aboutLines(
	context: UiContext,
	{ about }: Operation,
	impossible: string | null,
): readonly StyledLine[] {
	const forbidden = changesForbidden(context);
	const text = textIn(context.columns);
	return [
		...text("about", 2, about),
		...(forbidden === null
			? []
			: text("forbidden", 2, `A plan can be made but not executed: ${forbidden}.`, "warning")),
		...(impossible === null ? [] : text("reason", 2, `Not now: ${impossible}.`, "warning")),
	];
}
