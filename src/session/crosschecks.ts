import { beginCrosscheck, type Crosscheck, recordReport } from "../model/crosscheck.ts";
import type { Poller } from "../probe/poller.ts";
import type { ConsoleStore } from "../store/console-store.ts";

export interface Crosschecks {
	/** Has every host try its connections to all others; the results go into the store. A second call ends the first. */
	crosscheck(): Promise<void>;
	cancelCrosscheck(): void;
	/** Has one host try its connections, for an operation; the screen's crosscheck stays as it is. */
	crosscheckFrom(nodeId: number): Promise<Crosscheck>;
}

/** Crosschecks of a session: the screen's go into the store, one at a time. */
export function crosschecks(store: ConsoleStore, poller: Pick<Poller, "crosscheck">): Crosschecks {
	let running: AbortController | null = null;

	async function tried(
		nodeIds: readonly number[],
		signal: AbortSignal,
		show: (found: Crosscheck) => void,
	): Promise<Crosscheck> {
		let found = beginCrosscheck(nodeIds, Date.now());
		show(found);
		const serverOf = (nodeId: number) => store.getState().nodes.get(nodeId)?.server;
		await poller.crosscheck(nodeIds, (nodeId) => serverOf(nodeId)?.good?.value.registrations ?? null, {
			signal,
			isSilent: (nodeId) => serverOf(nodeId)?.fault?.fault.kind === "unreachable",
			report(reports) {
				found = reports.reduce(recordReport, found);
				show(found);
			},
		});
		return { ...found, endedAt: Date.now(), isCancelled: signal.aborted };
	}

	return {
		async crosscheck() {
			running?.abort();
			const mine = new AbortController();
			running = mine;
			const ids = store.getState().registrations.map(({ nodeId }) => nodeId);
			const ended = await tried(ids, mine.signal, (found) => store.receiveCrosscheck(found));
			// Another one has begun since.
			if (running !== mine) return;
			running = null;
			store.receiveCrosscheck(ended);
		},
		cancelCrosscheck: () => running?.abort(),
		crosscheckFrom: (nodeId) => tried([nodeId], new AbortController().signal, () => {}),
	};
}
