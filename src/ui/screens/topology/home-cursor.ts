import { type Finding, findingKey } from "../../../model/finding.ts";
import type { UiContext } from "../../context.ts";
import type { TopologyState } from "../states.ts";

/** So long after the last key that moved it, the cursor is on the worst finding again. */
const CHOSEN_MS = 60_000;

export interface HomeCursor {
	readonly on: "findings" | "nodes";
	/** The selected one; the worst that is not acknowledged, unless the operator went to another one. */
	readonly finding: Finding | null;
}

/** What Enter and the arrows work on: the worst finding if there is one, and otherwise the table, until the operator chooses. */
export function homeCursor(
	{ data, now }: Pick<UiContext, "data" | "now">,
	{ cursor, finding: chosen }: Pick<TopologyState, "cursor" | "finding">,
): HomeCursor {
	const { findings } = data.snapshot;
	const isAcknowledged = (finding: Finding): boolean =>
		(data.findingPeriods.get(findingKey(finding))?.acknowledgement ?? null) !== null;
	const worst = findings.find((finding) => !isAcknowledged(finding)) ?? findings[0] ?? null;
	if (worst === null) return { on: "nodes", finding: null };
	if (cursor === null || now - cursor.at > CHOSEN_MS) {
		const isUrgent = worst.severity !== "notice" && !isAcknowledged(worst);
		return { on: isUrgent ? "findings" : "nodes", finding: worst };
	}
	const selected = findings.find((finding) => findingKey(finding) === chosen);
	return { on: cursor.on, finding: (cursor.on === "findings" && selected) || worst };
}
