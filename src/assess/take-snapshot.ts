import { isOurs } from "../model/fault.ts";
import { lsnDistanceBytes } from "../model/lsn.ts";
import { current, type NodeState, repmgrdProcess } from "../model/node-state.ts";
import { hasForgottenRepmgrd, type ServerReading } from "../model/server-reading.ts";
import type {
	ClusterSnapshot,
	NamedServer,
	NodeView,
	NotRead,
	Observed,
	ObservedRepmgrd,
	Role,
} from "../model/snapshot.ts";
import { isNode, withoutMistaken } from "./identity.ts";
import { pauseOf } from "./pause.ts";
import { determineStatus } from "./status.ts";
import { type Attachment, UpstreamIndex } from "./upstream.ts";

/** Everything known about every node at one moment. Pure; linear in the number of nodes. */
export function takeSnapshot(
	name: string,
	read: ReadonlyMap<number, NodeState>,
	notices: readonly string[],
	now: number,
	named: NamedServer | null = null,
): ClusterSnapshot {
	const states = new Map([...read].map(([nodeId, state]) => [nodeId, withoutMistaken(state, read)]));
	const systemIdentifier = commonSystemIdentifier(states.values());
	const context: Context = { systemIdentifier, states, attachments: new Map() };
	const index = new UpstreamIndex(states.values());
	for (const state of states.values()) {
		const server = current(state.server);
		if (server?.inRecovery) context.attachments.set(state.nodeId, index.find(state, server));
	}
	const nodes = [...states.values()]
		.sort((a, b) => a.nodeId - b.nodeId)
		.map((state) => viewNode(state, context, now));
	const primaries = nodes.filter((node) => node.observed.role === "primary");
	return {
		takenAt: now,
		cluster: {
			name,
			systemIdentifier,
			primaryNodeId: primaries.length === 1 ? (primaries[0]?.nodeId ?? null) : null,
		},
		nodes,
		// The diagnosis fills these in.
		severity: "unknown",
		findings: [],
		explained: [],
		settling: null,
		notRead: nodes.flatMap(notReadOf),
		forecast: null,
		...(named !== null && !isNode(named, states.values()) && { named }),
		notices,
	};
}

function notReadOf({ nodeId, nodeName: node, state: { server, host } }: NodeView): readonly NotRead[] {
	const fault = server.fault?.fault ?? null;
	const isRead = fault === null ? server.good !== null : !isOurs(fault);
	const late = host.fault !== null && isOurs(host.fault.fault) ? host.fault.fault : null;
	return [
		...(isRead ? [] : [{ nodeId, node, what: "sql" as const, fault }]),
		...(late === null ? [] : [{ nodeId, node, what: "ssh" as const, fault: late }]),
	];
}

interface Context {
	readonly systemIdentifier: string | null;
	readonly states: ReadonlyMap<number, NodeState>;
	readonly attachments: Map<number, Attachment>;
}

function viewNode(state: NodeState, context: Context, now: number): NodeView {
	const { registration } = state;
	const attachment = context.attachments.get(state.nodeId) ?? null;
	const { status, detail } = determineStatus(state, attachment);
	return {
		nodeId: state.nodeId,
		nodeName: registration.nodeName,
		registered: registration,
		observed: { status, ...observedOf(state, attachment, context) },
		repmgrd: repmgrdOf(state, context),
		ageMs: state.server.good === null ? null : Math.max(0, now - state.server.good.at),
		fault: state.server.fault?.fault ?? null,
		detail,
		state,
	};
}

function observedOf(
	state: NodeState,
	attachment: Attachment | null,
	context: Context,
): Omit<Observed, "status"> {
	const server = current(state.server);
	const role = server && roleOf(state, server, context.systemIdentifier);
	const lag = server && attachment?.attached ? lagOf(server, attachment, rootOf(attachment, context)) : null;
	return {
		reachable: server !== null,
		role,
		timeline: server?.timeline ?? null,
		timelineAtLeast: server?.timelineAtLeast ?? null,
		currentLsn: server?.currentLsn ?? null,
		receiveLsn: server?.receiveLsn ?? null,
		replayLsn: server?.replayLsn ?? null,
		lagBytes: lag?.bytes ?? null,
		lagSeconds: lag?.seconds ?? null,
		attached: attachment?.attached ?? null,
		upstreamNodeId: attachment?.upstreamNodeId ?? null,
		replayPaused: server?.replayPaused ?? null,
		postgresVersion: server?.postgresVersion ?? null,
		repmgrVersion: server?.repmgrVersion ?? null,
	};
}

/** A witness is not in recovery and has another system identifier. */
function roleOf(state: NodeState, server: ServerReading, systemIdentifier: string | null): Role {
	if (server.inRecovery) return "standby";
	const isMember = server.systemIdentifier !== null && server.systemIdentifier === systemIdentifier;
	return state.registration.type === "witness" && !isMember ? "witness" : "primary";
}

/** The primary at the end of the chain of upstreams; null where the chain is broken or partly unknown. */
function rootOf(attachment: Attachment, context: Context): ServerReading | null {
	let at: Attachment | undefined = attachment;
	for (let hops = 0; hops <= context.states.size; hops++) {
		if (!at?.attached || at.upstreamNodeId === null) return null;
		const state = context.states.get(at.upstreamNodeId);
		const server = state && current(state.server);
		if (!server) return null;
		if (!server.inRecovery) return server;
		at = context.attachments.get(at.upstreamNodeId);
	}
	return null;
}

/**
 * Lag against the primary's own position, never against what was received: repmgr shows 0 for a detached standby that
 * replayed all it received (get_replication_info() in dbutils.c; issues #519, #568). Two servers are read a few
 * milliseconds apart, so a standby may seem to be ahead: that counts as 0.
 */
function lagOf(server: ServerReading, { sender }: Attachment, primary: ServerReading | null) {
	const distance = lsnDistanceBytes(server.replayLsn, primary?.currentLsn ?? null);
	if (distance === null) return null;
	const bytes = Math.max(0, distance);
	const seconds = bytes === 0 ? 0 : (sender?.replayLagSeconds ?? sinceLastCommit(server));
	return { bytes, seconds: seconds === null ? null : Math.max(0, seconds) };
}

/**
 * The age of the newest replayed commit is the lag only while more WAL waits to be replayed: on an idle cluster it grows
 * without any lag.
 */
function sinceLastCommit({ receiveLsn, replayLsn, lastReplayedCommitSeconds }: ServerReading): number | null {
	return receiveLsn === replayLsn ? null : lastReplayedCommitSeconds;
}

/** A process seen over SSH overrides a server that may have forgotten its pid; without SSH that is unknown. */
function repmgrdOf(state: NodeState, { systemIdentifier }: Context): ObservedRepmgrd {
	const server = current(state.server);
	const bySql = server?.repmgrd ?? null;
	const process = repmgrdProcess(state);
	const toldBySql = server === null || hasForgottenRepmgrd(server) ? null : (bySql?.running ?? null);
	const running = bySql?.running || (process === null ? toldBySql : process !== false);
	return {
		running,
		pid: bySql?.running ? bySql.pid : process ? process.pid : null,
		paused: bySql?.paused ?? null,
		...(bySql?.paused && { pause: pauseOf(state, systemIdentifier) }),
		upstreamLastSeenSeconds: bySql?.upstreamLastSeenSeconds ?? null,
	};
}

function commonSystemIdentifier(states: Iterable<NodeState>): string | null {
	const counts = new Map<string, number>();
	for (const { registration, server } of states) {
		const id = server.good?.value.systemIdentifier;
		if (id && registration.type !== "witness") counts.set(id, (counts.get(id) ?? 0) + 1);
	}
	return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

/** An operation that has not begun for so long, and of which no command ran for so long, may have left its lock. */
const QUIET_MS = 5 * 60_000;

/**
 * Is another console running an operation? By its lock on more than half of the hosts: a single host may be wrong. Its commands run on
 * any of them.
 */
export function isLockedNow({ cluster, nodes, takenAt }: Omit<ClusterSnapshot, "isOperating">): boolean {
	const locks = nodes.map(({ state: { host } }) =>
		(host.good?.value.locks ?? [])
			.filter(({ systemIdentifier }) => systemIdentifier === cluster.systemIdentifier)
			.map(({ operationId, since, workedAgoSeconds }) => {
				const workedAt =
					workedAgoSeconds === undefined ? since : (host.good?.at ?? since) - workedAgoSeconds * 1000;
				return { operationId, livedAt: Math.max(since, workedAt) };
			}),
	);
	const living = new Set(
		locks
			.flat()
			.filter(({ livedAt }) => Math.abs(takenAt - livedAt) < QUIET_MS)
			.map(({ operationId }) => operationId),
	);
	const holders = locks.filter((held) => held.some(({ operationId }) => living.has(operationId)));
	return holders.length * 2 > nodes.length;
}
