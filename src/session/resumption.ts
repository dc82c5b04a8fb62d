import type { Intent } from "../model/intent.ts";
import { resumedEndSteps } from "../operation/change/password-steps.ts";
import type { Facts } from "../operation/plan/facts.ts";
import type { Refusal } from "../operation/plan/plan.ts";
import { refusalOf } from "../operation/plan/refusal.ts";
import { cloneEnds, type Interrupted } from "../operation/run/resumed-plan.ts";

/** What has to be read again to resume an operation; null: what is always read is enough. */
export function intentBehind({ clone, changesPassword }: Interrupted): Intent | null {
	if (changesPassword) return { kind: "change", what: "password", password: "generated" };
	if (clone?.at === undefined) return null;
	const { at, upstreamNodeId, discardOld } = clone;
	return { kind: "clone-host", ...at, upstreamNodeId, discardOld, maxRate: "" };
}

/** Why an operation is not resumed now: what it has to undo or to end lies where it can't be read. Null: it is. */
export function notResumable(left: Interrupted, now: Facts): Refusal | null {
	if (left.clone !== undefined && cloneEnds(left.clone, now) === null) {
		return refusalOf(`operation "${left.operationId}" is not resumed: the host of its clone can't be read`, {
			detail: "What it has to undo lies there, beside the data directory.",
			hint: "Bring the host back first; a new standby's clone is resumed where it was begun.",
		});
	}
	return left.changesPassword && resumedEndSteps(now, "") === null
		? refusalOf(
				`operation "${left.operationId}" is not resumed: a host can't be read, or no primary is seen`,
				{
					detail: "Each host has its own part of the change to end.",
					hint: 'See "status", and bring the host back first.',
				},
			)
		: null;
}
