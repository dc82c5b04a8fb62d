import type { Lsn } from "../model/lsn.ts";
import type { ServerReading } from "../model/server-reading.ts";
import type { ClusterSnapshot, NodeStatus, NodeView } from "../model/snapshot.ts";
import { type LagHistory, sparkline } from "../store/lag-history.ts";
import { formatAge, formatBytes, formatSeconds } from "../text/format.ts";
import { type Cell, NONE, type Tone, UNKNOWN } from "./grid.ts";
import { treeOf } from "./tree.ts";

export const TOPOLOGY_COLUMNS = [
	"id",
	"node",
	"role",
	"status",
	"upstream",
	"timeline",
	"lsn",
	"lag",
	"trend",
	"repmgrd",
	"location",
	"priority",
	"age",
] as const;

export type TopologyColumn = (typeof TOPOLOGY_COLUMNS)[number];

/** A sparkline has no order. */
export const SORTABLE_COLUMNS: readonly TopologyColumn[] = TOPOLOGY_COLUMNS.filter(
	(name) => name !== "trend",
);

/** One node as a row of the topology table. */
export interface TopologyRow {
	readonly nodeId: number;
	/** Does not answer now: values in brackets are the last ones read, or only registered. */
	readonly isStale: boolean;
	readonly cells: Readonly<Record<TopologyColumn, Cell>>;
}

const TREND_WIDTH = 8;

/** Rows in the order of the tree. */
export function topologyRows(
	snapshot: ClusterSnapshot,
	lagHistory: LagHistory = new Map(),
): readonly TopologyRow[] {
	const names = new Map(snapshot.nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
	return treeOf(snapshot.nodes).map(({ node, branch }) => ({
		nodeId: node.nodeId,
		isStale: !node.observed.reachable,
		cells: {
			id: plain(String(node.nodeId)),
			node: plain(`${branch}${node.nodeName}`),
			role: roleCell(node),
			status: { text: node.observed.status, tone: STATUS_TONE[node.observed.status] },
			upstream: upstreamCell(node, names),
			timeline: isWitness(node) ? NONE : seen(node, timelineOf),
			lsn: isWitness(node) ? NONE : seen(node, lsnOf),
			lag: lagCell(node),
			trend: trendCell(node, lagHistory),
			repmgrd: repmgrdCell(node),
			location: plain(node.registered.location),
			priority: plain(String(node.registered.priority)),
			age: ageCell(node),
		},
	}));
}

/** "≥6" if only a lower bound is known. */
export function timelineOf({ timeline, timelineAtLeast }: ServerReading): number | string | null {
	return timeline ?? (timelineAtLeast ? `≥${timelineAtLeast}` : null);
}

/** A primary's write position, or a standby's replay position. */
export function lsnOf({ currentLsn, replayLsn }: ServerReading): Lsn | null {
	return currentLsn ?? replayLsn;
}

export const STATUS_TONE: Readonly<Record<NodeStatus, Tone>> = {
	running: "ok",
	streaming: "ok",
	"catching up": "warning",
	detached: "critical",
	starting: "warning",
	stopping: "warning",
	stopped: "critical",
	refusing: "critical",
	hung: "critical",
	rejecting: "critical",
	unreachable: "critical",
	unresolved: "critical",
	unknown: "unknown",
};

function plain(text: string): Cell {
	return { text, tone: "plain" };
}

/** A value read from the node, in brackets if the node does not answer now. */
function seen({ state, observed }: NodeView, read: (server: ServerReading) => number | string | null): Cell {
	const value = state.server.good === null ? null : read(state.server.good.value);
	if (value === null) return UNKNOWN;
	return observed.reachable ? plain(String(value)) : { text: `(${value})`, tone: "muted" };
}

function trendCell({ nodeId }: NodeView, lagHistory: LagHistory): Cell {
	const bytes = (lagHistory.get(nodeId) ?? []).slice(-TREND_WIDTH).map((sample) => sample.bytes);
	return { text: bytes.length === 0 ? "" : sparkline(bytes, TREND_WIDTH), tone: "muted" };
}

function known<T>(value: T | null, format: (value: T) => string): Cell {
	return value === null ? UNKNOWN : plain(format(value));
}

export function isWitness({ observed, registered }: NodeView): boolean {
	return (observed.role ?? registered.type) === "witness";
}

export function isStandby({ observed, registered }: NodeView): boolean {
	return (observed.role ?? registered.type) === "standby";
}

/** In brackets: registered, not observed. With ≠: registered as something else. */
function roleCell({ observed, registered }: NodeView): Cell {
	if (observed.role === null) return { text: `(${registered.type})`, tone: "unknown" };
	if (observed.role !== registered.type)
		return { text: `${observed.role} ≠ ${registered.type}`, tone: "warning" };
	if (!registered.active) return { text: `${observed.role} ≠ inactive`, tone: "warning" };
	return { text: observed.role, tone: observed.role };
}

function upstreamCell({ observed }: NodeView, names: ReadonlyMap<number, string>): Cell {
	if (observed.role === "primary" || observed.role === "witness") return NONE;
	if (observed.attached === false) return { text: "none", tone: "critical" };
	return known(observed.upstreamNodeId, (id) => names.get(id) ?? String(id));
}

function lagCell(node: NodeView): Cell {
	const { observed } = node;
	if (!isStandby(node)) return NONE;
	if (observed.lagBytes === null) return UNKNOWN;
	const seconds =
		observed.lagSeconds === null || observed.lagSeconds < 0.05
			? ""
			: `  ${formatSeconds(observed.lagSeconds)}`;
	const paused = observed.replayPaused ? "  paused" : "";
	return { text: `${formatBytes(observed.lagBytes)}${seconds}${paused}`, tone: paused ? "warning" : "plain" };
}

/** Well above repmgr's default monitor_interval_secs (2 s), within which repmgrd sees its upstream again. */
export const LONGEST_UNSEEN_SECONDS = 10;

/** "lost upstream": repmgrd runs but does not see its upstream. A witness's repmgrd may stay so after the primary is back. */
function repmgrdCell({ repmgrd, state }: NodeView): Cell {
	// A pause outlives its server.
	const wasPaused = repmgrd.paused === null && state.server.good?.value.repmgrd?.paused === true;
	if (wasPaused) return { text: repmgrd.running === false ? "off, (paused)" : "(paused)", tone: "warning" };
	if (repmgrd.running === false)
		return { text: repmgrd.paused ? "off, paused" : "not running", tone: "warning" };
	if (repmgrd.paused) return { text: "paused", tone: "warning" };
	if (repmgrd.running === null) return UNKNOWN;
	const unseen = repmgrd.upstreamLastSeenSeconds ?? 0;
	return unseen < LONGEST_UNSEEN_SECONDS
		? { text: "running", tone: "ok" }
		: { text: `lost upstream ${formatSeconds(unseen)}`, tone: "warning" };
}

function ageCell({ ageMs, observed }: NodeView): Cell {
	return { text: formatAge(ageMs).replace(" ago", ""), tone: observed.reachable ? "plain" : "warning" };
}
