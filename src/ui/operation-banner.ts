import type { ClusterSnapshot } from "../model/snapshot.ts";
import { interruptedRuns, seenLock } from "../session/follow-runs.ts";
import type { OperationsState } from "../session/session.ts";
import { formatDateTime, formatDuration } from "../text/format.ts";

/** The banner about an operation that is running here, or was interrupted. */
export function operationBanner(
	operationStore: OperationsState,
	snapshot: ClusterSnapshot,
	now: number,
): string | null {
	const { run } = operationStore;
	if (run?.outcome === "running") {
		const position = run.steps.findIndex(({ status }) => status === "running" || status === "verifying");
		const step = run.steps[position]?.step;
		const where = step === undefined ? "" : `: step ${position + 1} of ${run.steps.length}, ${step.title}`;
		return `${run.plan.title} is running${where}`;
	}
	const [interrupted] = interruptedRuns(operationStore);
	if (interrupted === undefined) return null;
	const begun = formatDateTime(interrupted.startedAt).slice(0, 16);
	const { title, who, isAlive } = interrupted;
	if (isAlive === true) return `${title} is running in another console on this machine, started by ${who}`;
	const lock = seenLock(snapshot);
	const seen = lock && ` (seen ${formatDuration(Math.max(0, now - lock.at) / 1000)} ago)`;
	return isAlive === null
		? `${title}, started ${begun} UTC by ${who}, holds the cluster lock${seen ?? ""}: still running elsewhere, or interrupted. Press R (history).`
		: `${title}, started ${begun} UTC by ${who}, was interrupted. Press R, then r to resume it.`;
}
