import type { OperationSummary } from "../execution/history.ts";
import type { ClusterSnapshot } from "../model/snapshot.ts";
import type { OperationsState } from "./operation-store.ts";
import type { Session } from "./session.ts";

/** While a lock is held its holder may die: the operations are read again this often at most, since that asks every host. */
const LOCK_READING_MS = 5000;

/** How often to look in the journal for the end of what another console on this machine carries out. */
const JOURNAL_READING_MS = 2000;

/** Has the operations read again whenever the cluster's lock, or the journal, may say something new. Gives a function that ends it. */
export function followRuns({ store, operationStore }: Pick<Session, "store" | "operationStore">): () => void {
	let lockRead: string | null = null;
	let journalRead: number | null = null;
	const follow = (): void => {
		const { snapshot, now } = store.getState();
		const state = operationStore.store.getState();
		// Of its own run this console knows, and reading would ask the hosts while they work.
		const lock = state.run?.outcome === "running" ? null : seenLock(snapshot);
		const lockReading =
			lock === null ? "none" : `${lock.operationId} ${Math.floor(lock.at / LOCK_READING_MS)}`;
		if (snapshot.cluster.systemIdentifier !== null && lockReading !== lockRead) {
			lockRead = lockReading;
			operationStore.readRuns();
		}
		const isAnotherAlive = interruptedRuns(state).some(({ isAlive }) => isAlive === true);
		const journalReading = isAnotherAlive ? Math.floor(now / JOURNAL_READING_MS) : null;
		if (journalReading !== null && journalReading !== journalRead) operationStore.readRuns(false);
		journalRead = journalReading;
	};
	follow();
	return store.subscribe(follow);
}

/** Operations that were begun and have not ended, without the one that this console carries out. */
export function interruptedRuns({ runs, run }: OperationsState): readonly OperationSummary[] {
	return (runs ?? []).filter(
		({ outcome, operationId }) =>
			outcome === "interrupted" && !(run?.outcome === "running" && run.operationId === operationId),
	);
}

/** The cluster's lock, and when it was last seen on a host. */
export function seenLock({ cluster, nodes }: ClusterSnapshot): { operationId: string; at: number } | null {
	const seen = nodes.flatMap(({ state: { host } }) =>
		(host.good?.value.locks ?? [])
			.filter(({ systemIdentifier }) => systemIdentifier === cluster.systemIdentifier)
			.map(({ operationId }) => ({ operationId, at: host.good?.at ?? 0 })),
	);
	const [first] = seen;
	return first === undefined
		? null
		: { operationId: first.operationId, at: Math.max(...seen.map(({ at }) => at)) };
}
