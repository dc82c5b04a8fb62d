import type { ClusterSnapshot, NodeStatus, NodeView } from "../cluster/snapshot.ts";
import { formatAge, formatBytes, formatSeconds } from "./format.ts";
import { treeOf } from "./tree.ts";

/** What a text means, for the theme to colour; never told by colour alone. */
export type Tone =
	| "ok"
	| "warning"
	| "critical"
	| "unknown"
	| "primary"
	| "standby"
	| "witness"
	| "plain"
	| "muted";

export interface Cell {
	readonly text: string;
	readonly tone: Tone;
}

export const TOPOLOGY_COLUMNS = [
	"id",
	"node",
	"role",
	"status",
	"upstream",
	"timeline",
	"lsn",
	"lag",
	"repmgrd",
	"location",
	"priority",
	"seen",
] as const;

export type TopologyColumn = (typeof TOPOLOGY_COLUMNS)[number];

/** One node as a row of the topology table. */
export interface TopologyRow {
	readonly nodeId: number;
	readonly cells: Readonly<Record<TopologyColumn, Cell>>;
}

/** Unknown is not nothing: "?" is what could be known and isn't, "–" what does not exist for this node. */
const UNKNOWN: Cell = { text: "?", tone: "unknown" };
const NONE: Cell = { text: "–", tone: "muted" };

/** The topology table's rows, in the order of the tree. */
export function topologyRows(snapshot: ClusterSnapshot): readonly TopologyRow[] {
	const names = new Map(snapshot.nodes.map(({ nodeId, nodeName }) => [nodeId, nodeName]));
	return treeOf(snapshot.nodes).map(({ node, branch }) => ({
		nodeId: node.nodeId,
		cells: {
			id: plain(String(node.nodeId)),
			node: plain(`${branch}${node.nodeName}`),
			role: roleCell(node),
			status: { text: node.observed.status, tone: STATUS_TONE[node.observed.status] },
			upstream: upstreamCell(node, names),
			timeline: isWitness(node) ? NONE : known(node.observed.timeline, String),
			lsn: isWitness(node) ? NONE : known(node.observed.currentLsn ?? node.observed.replayLsn, String),
			lag: lagCell(node),
			repmgrd: repmgrdCell(node),
			location: plain(node.registered.location),
			priority: plain(String(node.registered.priority)),
			seen: seenCell(node),
		},
	}));
}

const STATUS_TONE: Readonly<Record<NodeStatus, Tone>> = {
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
	unknown: "unknown",
};

function plain(text: string): Cell {
	return { text, tone: "plain" };
}

function known<T>(value: T | null, format: (value: T) => string): Cell {
	return value === null ? UNKNOWN : plain(format(value));
}

function isWitness({ observed, registered }: NodeView): boolean {
	return (observed.role ?? registered.type) === "witness";
}

/** In brackets: only registered, not seen. With ≠: registered as something else. */
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

function lagCell({ observed, registered }: NodeView): Cell {
	if ((observed.role ?? registered.type) !== "standby") return NONE;
	if (observed.lagBytes === null) return UNKNOWN;
	const seconds =
		observed.lagSeconds === null || observed.lagSeconds < 0.05
			? ""
			: `  ${formatSeconds(observed.lagSeconds)}`;
	const paused = observed.replayPaused ? "  paused" : "";
	return { text: `${formatBytes(observed.lagBytes)}${seconds}${paused}`, tone: paused ? "warning" : "plain" };
}

function repmgrdCell({ repmgrd }: NodeView): Cell {
	if (repmgrd.running === false)
		return { text: repmgrd.paused ? "not running, paused" : "not running", tone: "warning" };
	if (repmgrd.paused) return { text: "paused", tone: "warning" };
	return repmgrd.running === null ? UNKNOWN : { text: "running", tone: "ok" };
}

function seenCell({ ageMs, observed }: NodeView): Cell {
	return { text: formatAge(ageMs), tone: observed.reachable ? "plain" : "warning" };
}
