import type { ClusterSnapshot } from "./snapshot.ts";

/** No operation takes as long; a lock that is older may be of one that was left. */
const LONGEST_MS = 5 * 60_000;

/**
 * Does another console carry something out? By the lock, which is on more than half of the hosts: a host alone could say
 * anything.
 */
export function isLockedNow({ cluster, nodes, takenAt }: Omit<ClusterSnapshot, "isOperating">): boolean {
	const holders = nodes.filter(({ state: { host } }) =>
		host.good?.value.locks?.some(
			({ systemIdentifier, since }) =>
				systemIdentifier === cluster.systemIdentifier && Math.abs(takenAt - since) < LONGEST_MS,
		),
	);
	return holders.length * 2 > nodes.length;
}
