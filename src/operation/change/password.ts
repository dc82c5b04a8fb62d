import type { ChangeIntent } from "../../model/intent.ts";
import { listed } from "../../text/words.ts";
import { pausedNow, restorePauses } from "../pause/steps.ts";
import { type Facts, passwordsOf } from "../plan/facts.ts";
import type { Requested } from "../plan/plan.ts";
import { impact, planOf, refused, refusedUnless, writablePrimary } from "../plan/refusal.ts";
import { passwordChecks } from "./password-checks.ts";
import { passwordSteps } from "./password-steps.ts";

/** Gives repmgr's role another password, everywhere at once. */
export function planPassword(intent: ChangeIntent, facts: Facts): Requested {
	const title = "change password";
	const primary = writablePrimary(title, facts);
	if ("message" in primary) return { refusal: primary };
	const { nodes } = facts.snapshot;
	const roles = [...new Set(nodes.map(({ registered }) => registered.user ?? ""))];
	const [role = ""] = roles;
	if (role === "" || roles.length > 1) {
		return refused(`${title} is refused: the nodes do not log in as one role`, {
			detail: `The registered conninfo strings name ${listed(roles.map((one) => `"${one}"`))}.`,
			hint: "Give all of them the same user, and register the nodes again.",
		});
	}
	const files = [...new Set(nodes.map(({ nodeId }) => passwordsOf(facts, nodeId).value?.path ?? "?"))];
	const prerequisites = passwordChecks(intent, facts, role, primary);
	return refusedUnless(title, prerequisites, () =>
		planOf(intent, `${title} of ${role}`, facts, {
			prerequisites,
			steps: [...passwordSteps(facts, role, primary), ...restorePauses(facts)],
			blastRadius: impact({
				reasoning:
					"Existing connections stay. A new one of this role may fail for about a second: each host puts its file in place by itself as soon as the primary has the new password.",
			}),
			confirmation: { kind: "yes" },
			pausedBefore: pausedNow(facts),
			afterwards: [
				`The new password stands in ${listed(files)} of each host, and nowhere else. Whatever else logs in as ${role} needs it, too: Barman, monitoring, other consoles.`,
			],
		}),
	);
}
