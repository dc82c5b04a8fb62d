import { Cluster } from "../cluster/cluster.ts";
import { idle } from "../cluster/host.ts";
import type { DataDirectory, PracticeNode } from "../cluster/state.ts";
import { FIRST_BRANCH } from "../cluster/wal.ts";

/** Of a server on which nothing was written yet. */
const FRESH_BYTES = 30 * 1024 ** 2;
const FRESH_LSN = 0x14f_5a80;

/** Hosts with these names and nothing on them; a bootstrap makes a cluster of them. */
export function bareCluster(hosts: readonly string[], speed: number): Cluster {
	return new Cluster(
		hosts.map((host, index) => bareNode(host, index + 1)),
		speed,
	);
}

function bareNode(host: string, place: number): PracticeNode {
	return {
		...idle(host, place),
		...{ nodeId: -place, name: host, isWitness: true, conf: new Map(), etc: new Map() },
		data: freshDirectory("0", false),
		setUp: {
			...{ isInstalled: false, found: "nothing", hasKey: false, hasCertificate: false, isEnabled: false },
			record: [],
		},
	};
}

/** What initdb makes. */
export function freshDirectory(systemIdentifier: string, hasChecksums: boolean): DataDirectory {
	return {
		...{ systemIdentifier, hasChecksums, databaseBytes: FRESH_BYTES, history: [{ ...FIRST_BRANCH }] },
		...{ end: FRESH_LSN, replayed: FRESH_LSN, versions: [], state: "shut down", controlAt: Date.now() },
		checkpoint: { lsn: FRESH_LSN - 0x78, timeline: 1 },
		...{ isStandby: false, upstreamId: null, slotName: null, slots: new Map(), isReadOnly: false },
		...{ autoConf: new Map(), written: [], drillWrites: null },
	};
}
