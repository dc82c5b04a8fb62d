import type { PracticeNode } from "./state.ts";

/** Where everything lies on each host: as Debian has it. */
export const CONF_FILE = "/etc/repmgr.conf";
export const CONFIG = "/etc/postgresql/15/main";
export const DATA_DIRECTORY = "/var/lib/postgresql/15/main";
export const BIN = "/usr/lib/postgresql/15/bin/";
export const SSH = "/var/lib/postgresql/.ssh";
export const PASSFILE = "/var/lib/postgresql/.pgpass";
export const SERVER_UNIT = "postgresql@15-main.service";

/** From where this console comes, as the hosts see it. */
export const BASTION_ADDRESS = "192.0.2.1";

/** What pg_basebackup copies in a second. */
export const COPIED_A_SECOND = 80 * 1024 ** 2;
const DISK_BYTES = 40 * 1024 ** 3;

export const slotOf = (nodeId: number): string => `repmgr_slot_${nodeId}`;

/** A host on which nothing runs. @param place from 1: its place in the network. */
export function idle(
	host: string,
	place: number,
): Omit<PracticeNode, "nodeId" | "name" | "isWitness" | "conf" | "etc" | "setUp" | "data"> {
	return {
		...{
			host,
			address: `192.0.2.${10 + place}`,
			server: null,
			daemon: null,
			isPaused: false,
			pausedAt: null,
		},
		...{ isMasked: false, replayShare: 1, copy: null },
		disk: { sizeBytes: DISK_BYTES, usedBytes: Math.round(DISK_BYTES * 0.31) },
		...{ commands: [], runs: new Map(), files: new Map(), logs: { postgresql: [], repmgrd: [] } },
	};
}
