import { timelinesOf } from "../../src/assess/timelines.ts";
import type { Fault } from "../../src/model/fault.ts";
import type { HostReading } from "../../src/model/host-reading.ts";
import type { RepmgrEvent, ServerReading } from "../../src/model/server-reading.ts";
import type {
	HistoryFile,
	KnownOperation,
	LoggedPromotion,
	NodeTimelines,
} from "../../src/model/timelines.ts";
import { hostReading } from "./records.ts";
import { type Changes, type NodeChanges, worldOf } from "./worlds.ts";

// A history recorded on the test cluster: a switchover from node1 to node2, a failover to node1, and then node3 and node2
// promoted by hand, two seconds apart.

const at = (time: string): number => Date.parse(`2026-11-30T${time}Z`);

const FIRST = { timeline: 1, endLsn: "0/60000A0", reason: "no recovery target specified" };
const SECOND = { timeline: 2, endLsn: "0/601A960", reason: "no recovery target specified" };
const OF_NODE_2 = { timeline: 3, endLsn: "0/60246D0", reason: "no recovery target specified" };
const OF_NODE_3 = { timeline: 3, endLsn: "0/6020E30", reason: "no recovery target specified" };

export function history(lines: HistoryFile["lines"], time: string): HistoryFile {
	const last = lines.at(-1)?.timeline ?? 0;
	return { timeline: last + 1, writtenAt: at(time), lines };
}

export const EVENTS: readonly RepmgrEvent[] = (
	[
		[
			1,
			"repmgrd_failover_promote",
			"07:00:43.455255",
			'node "node1" (ID: 1) promoted to primary; old primary "node2" (ID: 2) marked as failed',
		],
		[1, "standby_promote", "07:00:43.372427", 'server "node1" (ID: 1) was successfully promoted to primary'],
		[
			2,
			"standby_switchover",
			"07:00:01.413799",
			'node "node2" (ID: 2) promoted to primary, node "node1" (ID: 1) demoted to standby',
		],
		[2, "standby_promote", "06:59:58.425066", 'server "node2" (ID: 2) was successfully promoted to primary'],
	] as const
).map(([nodeId, event, time, details]) => ({
	...{ nodeId, event, details, successful: true },
	timestamp: `2026-11-30T${time}Z`,
}));

export const OPERATION: KnownOperation = {
	kind: "switchover",
	title: 'switchover to "node2"',
	who: "root on bastion",
	startedAt: at("06:59:50"),
};

/** What a test changes of what a node's reading has; null: may not be read. */
export interface ReadingChanges {
	readonly files?: readonly HistoryFile[] | null;
	readonly logged?: readonly LoggedPromotion[] | null;
	readonly events?: readonly RepmgrEvent[] | null;
	readonly look?: Partial<HostReading>;
	readonly serverFault?: Fault;
	readonly hostFault?: Fault;
}

const logged = (timeline: number, time: string): LoggedPromotion => ({ timeline, at: at(time) });

/** Copies come a moment later; that of node2's pg_rewind much later. */
export const RECORDED: Readonly<Record<number, ReadingChanges>> = {
	1: {
		files: [history([FIRST], "06:59:59.042"), history([FIRST, SECOND], "07:00:42.390")],
		logged: [logged(3, "07:00:42.380")],
	},
	2: {
		files: [
			history([FIRST], "07:01:41.486"),
			history([FIRST, SECOND], "07:01:41.514"),
			history([FIRST, SECOND, OF_NODE_2], "07:01:48.138"),
		],
		logged: [logged(2, "06:59:57.419"), logged(4, "07:01:48.123")],
	},
	3: {
		files: [
			history([FIRST], "07:00:02.046"),
			history([FIRST, SECOND], "07:00:44.422"),
			history([FIRST, SECOND, OF_NODE_3], "07:01:46.214"),
		],
		logged: [logged(4, "07:01:46.200")],
	},
};

const primaryOn = (timeline: number, currentLsn: string): NodeChanges => ({
	server: {
		inRecovery: false,
		timeline,
		currentLsn,
		receiveLsn: null,
		replayLsn: null,
		walReceiver: null,
		forks: null,
	} satisfies Partial<ServerReading>,
});

/** All three write. */
export const SPLIT: Changes = {
	1: primaryOn(3, "0/6024840"),
	2: primaryOn(4, "0/60379F0"),
	3: primaryOn(4, "0/6022D68"),
};

/** After the failover, before the others were promoted: node1 writes, node3 follows. */
export const FAILED_OVER: Changes = {
	1: primaryOn(3, "0/601D9B8"),
	2: { fault: { kind: "refused", message: "connection refused" } },
	3: { server: { timeline: 3, receiveLsn: "0/601D9B8", replayLsn: "0/601D9B8" } },
};

export const AFTER_FAILOVER: Readonly<Record<number, ReadingChanges>> = {
	1: RECORDED[1] ?? {},
	2: {
		files: [history([FIRST], "06:59:57.422")],
		logged: [logged(2, "06:59:57.419")],
		look: {
			postmaster: false,
			controlData: {
				state: "in production",
				timeline: 2,
				checkpointLsn: "0/60014E0",
				systemIdentifier: null,
			},
		},
		serverFault: { kind: "refused", message: "connection refused" },
	},
	3: { files: RECORDED[3]?.files?.slice(0, 2) ?? [], logged: [] },
};

export function readingsOf(
	recorded: Readonly<Record<number, ReadingChanges>>,
	changes: Readonly<Record<number, ReadingChanges>> = {},
): readonly NodeTimelines[] {
	return [1, 2, 3].map((nodeId): NodeTimelines => {
		const {
			files = [],
			logged: lines = [],
			look,
			events = EVENTS,
			serverFault,
			hostFault,
		} = {
			...recorded[nodeId],
			...changes[nodeId],
		};
		return {
			nodeId,
			server:
				serverFault !== undefined
					? { fault: serverFault }
					: {
							value: {
								histories: null,
								events: events && { promotions: events, since: "2026-11-30T05:02:53.709133Z" },
							},
						},
			host:
				hostFault !== undefined
					? { fault: hostFault }
					: { value: { look: hostReading(look), histories: files, logged: lines } },
		};
	});
}

export function timelinesIn(
	world: Changes,
	readings: readonly NodeTimelines[],
	operations: readonly KnownOperation[] = [OPERATION],
) {
	return timelinesOf(worldOf(world).snapshot, readings, operations);
}
