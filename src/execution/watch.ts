import type { ClusterSnapshot } from "../model/snapshot.ts";

/** What carrying out sees of the cluster: the poller's snapshots, and nothing else decides whether a step was well. */
export interface ClusterWatch {
	snapshot(): ClusterSnapshot;
	/** Asks all nodes now, and waits until what is seen passes the test, at most `deadlineMs`. Gives the newest snapshot. */
	until(isSo: (snapshot: ClusterSnapshot) => boolean, deadlineMs: number): Promise<ClusterSnapshot>;
}
