import { sanitise } from "../cluster/sanitise.ts";
import type { LockHolder } from "../cluster/survey.ts";
import { LATEST_TIME_MS } from "../cluster/whole-number.ts";

/** What stands in a lock's holder.json; null where it is none of ours. */
export function parseLock(text: string | undefined): LockHolder | null {
	try {
		const { operationId, operation, who, since } = JSON.parse(text ?? "");
		const isWhole =
			[operationId, operation, who].every((word) => typeof word === "string") &&
			typeof since === "number" &&
			Math.abs(since) <= LATEST_TIME_MS;
		return isWhole ? sanitise({ operationId, operation, who, since }) : null;
	} catch {
		return null;
	}
}
