import { redactConninfo } from "../../libpq/conninfo.ts";
import { loginOf } from "../../libpq/registered.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import type { Registration } from "../../model/registration.ts";
import type {
	Archiver,
	ReplicationSlot,
	RepmgrdReading,
	RepmgrEvent,
	ServerReading,
	WalReceiver,
	WalSender,
} from "../../model/server-reading.ts";
import { sanitise } from "../../text/sanitise.ts";
import { parseHistory } from "../history-file.ts";
import type { ServerFacts } from "./sql.ts";

/** A row of repmgr.nodes as the server has it; its conninfo may hold a password. */
export interface RegisteredRow {
	readonly node_id: number;
	readonly upstream_node_id: number | null;
	readonly active: boolean;
	readonly node_name: string;
	readonly type: string;
	readonly location: string;
	readonly priority: number;
	readonly conninfo: string;
	readonly slot_name: string | null;
	readonly config_file: string;
}

/** The column "reading" of the poll statement. */
export interface PollAnswer {
	readonly inRecovery: boolean;
	readonly serverTime: number;
	readonly currentLsn: string | null;
	readonly primaryTimeline: number | null;
	/** Positions of its control data, each with the timeline it is on. */
	readonly control?: readonly ({ readonly lsn: string; readonly timeline: number } | null)[] | null;
	/** Of the WAL file that a standby's newest WAL is in; null while a walreceiver streams. */
	readonly walFileTimeline?: number | null;
	readonly restoresFromArchive?: boolean | null;
	/** The lines of the history file of a primary's timeline. */
	readonly history?: readonly string[] | null;
	readonly receiveLsn: string | null;
	readonly replayLsn: string | null;
	readonly lastReplayedCommitSeconds: number | null;
	readonly replayPaused: boolean | null;
	readonly walReceiver: WalReceiver | null;
	readonly walSenders: readonly WalSender[] | null;
	readonly slots: readonly ReplicationSlot[] | null;
	readonly archiver: Archiver | null;
	readonly settings: Readonly<Record<string, string | null>>;
	readonly connections: number;
	readonly clientSessions?: number | null;
	/** `readOnlyByDefault` is null where it is what it was at the last poll. */
	readonly configuration?: { readonly loadedAt: number; readonly readOnlyByDefault: boolean | null } | null;
	readonly syncRepWaiters: number;
	readonly syncRepOldestSeconds?: number | null;
	readonly repmgrd: { readonly [Key in keyof RepmgrdReading]: RepmgrdReading[Key] };
	readonly nodes: {
		readonly digest: string;
		readonly rows: readonly RegisteredRow[] | null;
		readonly count?: number;
	} | null;
}

/** The column "reading" of the statement for events. */
export interface EventsAnswer {
	readonly tableBytes: number;
	readonly events: readonly RepmgrEvent[] | null;
}

/** Makes a reading from a poll's answer and its session's facts. */
export function parseServer(
	answer: PollAnswer,
	facts: ServerFacts,
	registrations: readonly Registration[] | null,
): ServerReading {
	const { inRecovery } = answer;
	return {
		inRecovery,
		...(inRecovery ? standbyTimeline(answer) : { timeline: answer.primaryTimeline, timelineAtLeast: null }),
		currentLsn: answer.currentLsn,
		receiveLsn: answer.receiveLsn,
		replayLsn: answer.replayLsn,
		lastReplayedCommitSeconds: answer.lastReplayedCommitSeconds,
		replayPaused: answer.replayPaused,
		restoresFromArchive: answer.restoresFromArchive ?? null,
		walReceiver: answer.walReceiver,
		walSenders: answer.walSenders ?? [],
		slots: answer.slots ?? [],
		archiver: answer.archiver,
		settings: Object.fromEntries(
			Object.entries(answer.settings).filter((entry): entry is [string, string] => entry[1] !== null),
		),
		repmgrd: parseRepmgrd(answer, registrations),
		postgresVersion: facts.postgresVersion,
		repmgrVersion: facts.repmgrVersion,
		systemIdentifier: facts.systemIdentifier,
		startedAt: facts.startedAt,
		promotedAt: facts.promotedAt ?? null,
		serverTime: answer.serverTime,
		connections: answer.connections,
		clientSessions: answer.clientSessions ?? null,
		forks: forksOf(answer),
		readOnlyByDefault: answer.configuration?.readOnlyByDefault ?? null,
		// Without the right to see other users' sessions, none of them seems to wait.
		syncRepWaiters: facts.canReadStats ? answer.syncRepWaiters : null,
		syncRepOldestSeconds: answer.syncRepOldestSeconds ?? null,
		serverAddress: facts.serverAddress,
		serverPort: facts.serverPort,
		registrations,
		missingRights: missingRights(facts),
		isSuperuser: facts.isSuperuser ?? false,
	};
}

/**
 * A standby's timeline: that of the walreceiver, else of the WAL file with its newest WAL, else of control data. Control data
 * lag behind replay, so their timeline counts only at the position they name.
 */
function standbyTimeline(answer: PollAnswer): Pick<ServerReading, "timeline" | "timelineAtLeast"> {
	const { walReceiver, walFileTimeline, receiveLsn, replayLsn } = answer;
	const known = (timeline: number) => ({ timeline, timelineAtLeast: null });
	if (walReceiver?.status === "streaming" && walReceiver.receivedTimeline) {
		return known(walReceiver.receivedTimeline);
	}
	const control = (answer.control ?? []).filter((position) => position !== null && position.timeline > 0);
	const atLeast = Math.max(0, ...control.map((position) => position?.timeline ?? 0));
	if (walFileTimeline && walFileTimeline >= atLeast) return known(walFileTimeline);
	const reaches = (lsn: string, end: string | null) =>
		end === null || (lsnDistanceBytes(end, lsn) ?? -1) >= 0;
	const isReached =
		(receiveLsn ?? replayLsn) !== null &&
		control.some(
			(position) => position && reaches(position.lsn, receiveLsn) && reaches(position.lsn, replayLsn),
		);
	if (isReached) return known(atLeast);
	return { timeline: null, timelineAtLeast: atLeast || null };
}

/** Timeline 1 has no history file. */
function forksOf({ history, primaryTimeline }: PollAnswer): NonNullable<ServerReading["forks"]> | null {
	if (primaryTimeline === 1) return [];
	return history == null ? null : parseHistory(history).map(({ timeline, endLsn }) => ({ timeline, endLsn }));
}

/** Without the preloaded library all of repmgr's functions return null. */
function parseRepmgrd(
	{ repmgrd, inRecovery }: PollAnswer,
	registrations: readonly Registration[] | null,
): RepmgrdReading | null {
	if (repmgrd.running === null && repmgrd.pid === null) return null;
	const localNodeId = unlessNone(repmgrd.localNodeId);
	const isWitness = registrations?.find(({ nodeId }) => nodeId === localNodeId)?.type === "witness";
	return {
		running: repmgrd.running,
		pid: unlessNone(repmgrd.pid),
		paused: repmgrd.paused,
		// On a primary the counter keeps its value from when it was a standby.
		upstreamLastSeenSeconds: inRecovery || isWitness ? unlessNone(repmgrd.upstreamLastSeenSeconds) : null,
		localNodeId,
		upstreamNodeId: unlessNone(repmgrd.upstreamNodeId),
	};
}

/** repmgr's functions return -1 for "never" and "none". */
function unlessNone(number: number | null): number | null {
	return number === -1 ? null : number;
}

function missingRights(facts: ServerFacts): readonly string[] {
	return [
		...(facts.canReadStats ? [] : ["details of replication (grant pg_monitor)"]),
		...(facts.canReadSettings ? [] : ["some settings (grant pg_monitor)"]),
		...(facts.repmgrVersion === null ? [NO_EXTENSION] : missingTables(facts)),
	];
}

/** Nodes of the cache are shown with whatever database was named this time. */
const NO_EXTENSION =
	'anything of repmgr: this database has no extension "repmgr" (name the right one with dbname=)';

function missingTables({ tables }: ServerFacts): readonly string[] {
	return ["events", "nodes"]
		.filter((table) => !tables.includes(table))
		.map((table) => `repmgr.${table} (grant SELECT)`);
}

/** A row of repmgr.nodes as a record that is safe to show and to keep. */
export function parseRegistration(row: RegisteredRow): Registration {
	const conninfo = redactConninfo(row.conninfo);
	return sanitise({
		nodeId: row.node_id,
		nodeName: row.node_name,
		type: row.type === "primary" || row.type === "witness" ? row.type : "standby",
		active: row.active,
		upstreamNodeId: row.upstream_node_id,
		location: row.location,
		priority: row.priority,
		slotName: row.slot_name,
		conninfo,
		// Of the redacted one: nothing of a password may pass for a host, a role or a database.
		...loginOf(conninfo, row.node_name),
		configFile: row.config_file,
	});
}
