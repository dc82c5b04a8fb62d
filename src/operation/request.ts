import type { Facts } from "./facts.ts";
import type { Intent } from "./intent.ts";
import type { Requested } from "./plan.ts";
import { requestSwitchover } from "./switchover.ts";

/** What would be done, or why it is not. */
export function request(intent: Intent, facts: Facts): Requested {
	switch (intent.kind) {
		case "switchover":
			return requestSwitchover(intent, facts);
		default:
			throw new Error(`not yet: ${intent.kind}`);
	}
}

/** Will repmgr go from node to node over SSH? Then it has to be tried first, by the very ways. */
export function needsCrosscheck({ kind }: Intent): boolean {
	return kind === "switchover" || kind === "promote";
}
