import { createHash } from "node:crypto";
import type { EventsAnswer, PollAnswer } from "../../probe/server/parse.ts";
import type { ServerFacts } from "../../probe/server/sql.ts";
import { type Cluster, tablesOf } from "../cluster/cluster.ts";
import { DATA_DIRECTORY } from "../cluster/host.ts";
import { configuredOn } from "../cluster/host-files.ts";
import { receiversOf } from "../cluster/replication.ts";
import type { PracticeNode, Server } from "../cluster/state.ts";
import { historyLines, lsnText, SEGMENT_BYTES, timelineOf } from "../cluster/wal.ts";

/** The statements of src/probe/server/sql.ts, as a superuser gets their answers. */

const VERSION = "15.20 (Debian 15.20-0+deb12u1)";

const FUNCTIONS = [
	...["pg_control_system", "pg_control_checkpoint", "pg_control_recovery", "pg_control_init"],
	...["get_local_node_id", "standby_set_last_updated", "standby_get_last_updated", "get_upstream_last_seen"],
	...[
		"get_upstream_node_id",
		"get_new_primary",
		"reset_voting_status",
		"get_repmgrd_pid",
		"get_repmgrd_pidfile",
	],
	...["repmgrd_is_running", "repmgrd_is_paused", "get_wal_receiver_pid"],
];

export const isInRecovery = ({ data }: PracticeNode): boolean => data.isStandby;

export function factsAnswer(node: PracticeNode, server: Server): ServerFacts {
	return {
		versionNumber: 150020,
		postgresVersion: VERSION,
		startedAt: server.startedAt,
		inRecovery: isInRecovery(node),
		canListWal: true,
		systemIdentifier: node.data.systemIdentifier,
		repmgrVersion: "5.3",
		isSuperuser: false,
		serverAddress: node.address,
		serverPort: 5432,
		canReadStats: true,
		canReadSettings: true,
		canReadFiles: true,
		canReadFileSettings: true,
		tables: ["events", "nodes"],
		functions: FUNCTIONS,
	};
}

/** No row where there is no history file. */
export function promotedAnswer({ data }: PracticeNode): readonly Record<string, unknown>[] {
	const branch = data.history.at(-1);
	return data.isStandby || branch === undefined || branch.timeline === 1
		? []
		: [{ promotedAt: branch.beganAt }];
}

/** Settings, as current_setting() gives them: the defaults, then what the files say, then what ALTER SYSTEM has set. */
export function settingsOf(node: PracticeNode): Record<string, string | null> {
	const { data, server } = node;
	const configured = configuredOn(node).map(({ name, value }) => [name, value] as const);
	return {
		archive_command: "",
		archive_library: "",
		archive_mode: "off",
		cluster_name: "",
		data_checksums: data.hasChecksums ? "on" : "off",
		full_page_writes: "on",
		hot_standby: "on",
		listen_addresses: "localhost",
		max_connections: "100",
		max_replication_slots: "10",
		max_slot_wal_keep_size: "-1",
		max_wal_senders: "10",
		port: "5432",
		primary_slot_name: data.isStandby ? (data.slotName ?? "") : "",
		recovery_min_apply_delay: "0",
		recovery_target_timeline: "latest",
		reserved_connections: null,
		superuser_reserved_connections: "3",
		synchronous_commit: "on",
		synchronous_standby_names: "",
		wal_keep_segments: null,
		wal_keep_size: "0",
		wal_level: "replica",
		wal_log_hints: "off",
		wal_receiver_timeout: "1min",
		wal_sender_timeout: "1min",
		config_file: "/etc/postgresql/15/main/postgresql.conf",
		data_directory: DATA_DIRECTORY,
		hba_file: "/etc/postgresql/15/main/pg_hba.conf",
		shared_preload_libraries: "",
		...Object.fromEntries(configured),
		...Object.fromEntries(server?.settings ?? []),
	};
}

const secondsSince = (at: number): number => (Date.now() - at) / 1000;

/** @param digest of the copy of repmgr.nodes that is known. */
export function pollAnswer(
	cluster: Cluster,
	node: PracticeNode,
	server: Server,
	digest: unknown,
): PollAnswer {
	const { data } = node;
	const { rows } = tablesOf(node);
	const ownDigest = createHash("md5").update(JSON.stringify(rows)).digest("hex");
	const timeline = timelineOf(data.history);
	const senders = walSenders(cluster, node);
	return {
		inRecovery: data.isStandby,
		serverTime: Date.now(),
		currentLsn: data.isStandby ? null : lsnText(data.end),
		primaryTimeline: data.isStandby ? null : timeline,
		control: [{ lsn: lsnText(data.checkpoint.lsn), timeline: data.checkpoint.timeline }],
		walFileTimeline: data.isStandby && server.receiver === null ? timeline : null,
		restoresFromArchive: false,
		history: data.isStandby || timeline === 1 ? null : historyLines(data.history),
		receiveLsn: data.isStandby ? lsnText(data.end) : null,
		replayLsn: data.isStandby ? lsnText(data.replayed) : null,
		lastReplayedCommitSeconds: data.isStandby ? lastReplayedSeconds(node) : null,
		replayPaused: data.isStandby ? server.isReplayPaused : null,
		walReceiver: walReceiver(cluster, node, server),
		walSenders: senders.length === 0 ? null : senders,
		slots: slotsOf(cluster, node),
		archiver: archiverOf(node),
		settings: settingsOf(node),
		connections: server.sessions.size + 3,
		clientSessions: data.isStandby || node.isWitness ? 0 : 4,
		configuration: { loadedAt: server.loadedAt, readOnlyByDefault: data.isReadOnly },
		syncRepWaiters: 0,
		syncRepOldestSeconds: null,
		repmgrd: {
			running: server.repmgrdPid !== null && node.daemon !== null,
			pid: server.repmgrdPid ?? -1,
			paused: node.isPaused,
			upstreamLastSeenSeconds:
				server.upstreamSeenAt === null ? -1 : Math.floor(secondsSince(server.upstreamSeenAt)),
			localNodeId: server.localNodeId ?? -1,
			upstreamNodeId: server.watchedId ?? -1,
		},
		nodes: { digest: ownDigest, rows: digest === ownDigest ? null : rows, count: rows.length },
	};
}

/** Age of the newest commit that it has replayed. */
function lastReplayedSeconds({ data }: PracticeNode): number | null {
	const last = data.written.findLast(({ lsn }) => lsn <= data.replayed);
	return last === undefined ? null : secondsSince(last.at);
}

function walReceiver(
	cluster: Cluster,
	{ data }: PracticeNode,
	{ receiver }: Server,
): PollAnswer["walReceiver"] {
	if (receiver === null) return null;
	return {
		pid: receiver.pid,
		status: "streaming",
		senderHost: cluster.node(receiver.fromId).host,
		senderPort: 5432,
		slotName: data.slotName,
		receivedTimeline: timelineOf(data.history),
		lastMessageSeconds: secondsSince(receiver.heardAt),
		connectedSeconds: secondsSince(receiver.since),
	};
}

function walSenders(cluster: Cluster, node: PracticeNode): NonNullable<PollAnswer["walSenders"]> {
	return receiversOf(cluster, node).map(({ name, address, data, server }) => ({
		pid: (server?.receiver?.pid ?? 0) + 20_000,
		applicationName: name,
		clientAddress: address,
		state: "streaming",
		sentLsn: lsnText(data.end),
		flushLsn: lsnText(data.end),
		replayLsn: lsnText(data.replayed),
		replayLagSeconds:
			data.replayed < data.end
				? secondsSince(data.written.findLast(({ lsn }) => lsn <= data.replayed)?.at ?? Date.now())
				: null,
		syncState: "async",
		connectedSeconds: secondsSince(server?.receiver?.since ?? Date.now()),
	}));
}

function slotsOf(cluster: Cluster, node: PracticeNode): PollAnswer["slots"] {
	const { data } = node;
	if (data.slots.size === 0) return null;
	const receivers = receiversOf(cluster, node);
	return [...data.slots].map(([slotName, { restartLsn, isLost }]) => {
		const user = receivers.find((other) => other.data.slotName === slotName);
		const retained = Math.max(0, data.end - restartLsn);
		return {
			slotName,
			slotType: "physical",
			active: user !== undefined,
			activePid: user?.server?.receiver == null ? null : user.server.receiver.pid + 20_000,
			restartLsn: isLost ? null : lsnText(restartLsn),
			retainedBytes: isLost ? null : retained,
			walStatus: isLost ? "lost" : retained > 64 * SEGMENT_BYTES ? "extended" : "reserved",
		};
	});
}

function archiverOf(node: PracticeNode): PollAnswer["archiver"] {
	const { data } = node;
	const isOn = settingsOf(node).archive_mode === "on";
	const count = data.isStandby || !isOn ? 0 : Math.floor(data.end / SEGMENT_BYTES);
	const last =
		count === 0
			? null
			: `${"0".repeat(7)}${timelineOf(data.history)}${(count - 1).toString(16).toUpperCase().padStart(16, "0")}`;
	return { archivedCount: count, failedCount: 0, lastArchivedWal: last, lastFailedWal: null, failing: false };
}

/** @param since ISO 8601, or null. */
export function eventsAnswer(node: PracticeNode, since: unknown): EventsAnswer {
	const { events } = tablesOf(node);
	const from = typeof since === "string" ? since : "";
	return { tableBytes: 8192, events: events.filter(({ timestamp }) => timestamp >= from) };
}
