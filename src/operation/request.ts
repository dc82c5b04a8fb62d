import type { Intent } from "../model/intent.ts";
import type { GivenBarman } from "./clone/barman-options.ts";
import { operationOf } from "./index.ts";
import type { Needs } from "./operation.ts";
import type { Facts } from "./plan/facts.ts";
import type { Requested } from "./plan/plan.ts";
import { refused } from "./plan/refusal.ts";

/** The plan of an intent, or why there is none. */
export function request(intent: Intent, facts: Facts): Requested {
	if (facts.snapshot.cluster.systemIdentifier === null) {
		return refused("the cluster's system identifier is not known", {
			detail: "No server reports it, and without it the cluster can't be locked.",
			hint: "EXECUTE on pg_control_system() is needed.",
		});
	}
	const operation = operationOf(intent.kind);
	return operation === undefined
		? refused("only an operation that was interrupted is resumed", { hint: 'See "runs".' })
		: operation.plan(intent, facts);
}

/** Does something run that ends by itself, so that the facts are worth a second look? */
export function isWorthWaiting(intent: Intent, facts: Facts): boolean {
	return operationOf(intent.kind)?.waitsFor?.(facts) ?? false;
}

/** What a plan of the intent needs beyond the snapshot and the survey. */
export function needsOf(intent: Intent): Needs {
	return operationOf(intent.kind)?.needs ?? {};
}

/** Which Barman is to be asked for it; null: that of repmgr.conf. Undefined: none. */
export function barmanFor(intent: Intent): GivenBarman | null | undefined {
	return operationOf(intent.kind)?.barman?.(intent);
}
