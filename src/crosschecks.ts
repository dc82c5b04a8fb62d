import { beginCrosscheck, type Crosscheck, recordReport } from "./cluster/crosscheck.ts";
import type { Poller } from "./probe/poller.ts";
import type { Session } from "./session.ts";
import type { ConsoleStore } from "./store/console-store.ts";

/** Crosschecks of a session, one at a time, from the hosts into the store. */
export function crosschecks(
	store: ConsoleStore,
	poller: Pick<Poller, "crosscheck">,
): Pick<Session, "crosscheck" | "cancelCrosscheck"> {
	let running: AbortController | null = null;
	return {
		async crosscheck() {
			running?.abort();
			const mine = new AbortController();
			running = mine;
			const ids = store.getState().registrations.map(({ nodeId }) => nodeId);
			let found = beginCrosscheck(ids, Date.now());
			const show = (next: Crosscheck): void => {
				found = next;
				store.receiveCrosscheck(next);
			};
			show(found);
			const serverOf = (nodeId: number) => store.getState().nodes.get(nodeId)?.server;
			await poller.crosscheck((nodeId) => serverOf(nodeId)?.good?.value.registrations ?? null, {
				signal: mine.signal,
				isSilent: (nodeId) => serverOf(nodeId)?.fault?.fault.kind === "unreachable",
				report: (reports) => show(reports.reduce(recordReport, found)),
			});
			// Another one has begun meanwhile.
			if (running !== mine) return;
			running = null;
			show({ ...found, endedAt: Date.now(), isCancelled: mine.signal.aborted });
		},
		cancelCrosscheck: () => running?.abort(),
	};
}
