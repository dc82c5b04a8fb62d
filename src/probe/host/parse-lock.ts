import type { LockHolder } from "../../model/host-reading.ts";
import { sanitise } from "../../text/sanitise.ts";
import { LATEST_TIME_MS } from "../../text/whole-number.ts";

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
