import { parseLsn } from "../model/lsn.ts";
import { type ClusterSnapshot, NODE_STATUSES, type NodeView } from "../model/snapshot.ts";
import { countOf, findingsOf, isRead } from "./counts.ts";

type Labels = Readonly<Record<string, string | number>>;

/** Null: not known, and then there is no sample, as 0 would be a claim. */
type Sample = readonly [Labels, number | boolean | null];

interface Metric {
	readonly name: string;
	readonly help: string;
	readonly samples: (snapshot: ClusterSnapshot) => readonly Sample[];
}

/** A metric with one sample a node. */
function ofNodes(name: string, help: string, value: (node: NodeView) => Sample[1]): Metric {
	return {
		name: `repmgr_node_${name}`,
		help,
		samples: ({ nodes }) => nodes.map((node) => [labelsOf(node), value(node)]),
	};
}

/** A metric with a sample of 1 for the word that applies to a node, and of 0 for each other one. */
function wordOfNodes(
	name: string,
	help: string,
	words: readonly string[],
	word: (node: NodeView) => string | null,
) {
	return {
		name: `repmgr_node_${name}`,
		help,
		samples: ({ nodes }: ClusterSnapshot): readonly Sample[] =>
			nodes.flatMap((node) => {
				const applies = word(node);
				return words.map(
					(one): Sample => [{ ...labelsOf(node), [name]: one }, applies === null ? null : one === applies],
				);
			}),
	};
}

const SEVERITIES = ["ok", "warning", "critical", "unknown"] as const;
const FINDING_SEVERITIES = ["critical", "warning", "notice", "unknown"] as const;

const bytesAt = (lsn: string | null): number | null => {
	const position = lsn === null ? null : parseLsn(lsn);
	return position === null ? null : Number(position);
};

/** Those that are printed even where nothing was read. */
const ALWAYS: readonly string[] = ["repmgr_status", "repmgr_taken_timestamp_seconds"];

/** Names and labels are an interface: some may come, none changes or goes. All are gauges. */
export const METRICS: readonly Metric[] = [
	{
		name: "repmgr_status",
		help: "1 for the verdict on the cluster, 0 for the others.",
		samples: ({ severity }) => SEVERITIES.map((status) => [{ status }, status === severity]),
	},
	{
		name: "repmgr_taken_timestamp_seconds",
		help: "When the status was taken, by the clock of the machine that took it.",
		samples: ({ takenAt }) => [[{}, takenAt / 1000]],
	},
	{
		name: "repmgr_settling",
		help: "1 while a node is not well, but within the grace time.",
		samples: (snapshot) => [[{}, snapshot.settling !== null]],
	},
	{
		name: "repmgr_not_read",
		help: "Servers and hosts that were not read in time, so that nothing is known of them.",
		samples: (snapshot) => [[{}, snapshot.notRead.length]],
	},
	{
		name: "repmgr_nodes",
		help: "Registered nodes.",
		samples: (snapshot) => [[{}, snapshot.nodes.length]],
	},
	{
		name: "repmgr_primaries",
		help: "Nodes that are seen as primary.",
		samples: ({ nodes }) => [[{}, countOf(nodes, ({ observed }) => observed.role === "primary")]],
	},
	{
		name: "repmgr_findings",
		help: "Findings by severity.",
		samples: (snapshot) =>
			FINDING_SEVERITIES.map((severity) => [{ severity }, findingsOf(snapshot, severity)]),
	},
	{
		name: "repmgr_finding",
		help: "1 for each finding. Those about the cluster as a whole have no node.",
		samples: ({ findings, nodes }) =>
			findings.map(({ code, severity, nodeId }) => [
				{
					code,
					severity,
					node_id: nodeId ?? "",
					node: nodes.find((node) => node.nodeId === nodeId)?.nodeName ?? "",
				},
				1,
			]),
	},
	{
		name: "repmgr_node_info",
		help: "1, with what is registered, and with the versions seen.",
		samples: ({ nodes }) =>
			nodes.map((node) => [
				{
					...labelsOf(node),
					type: node.registered.type,
					location: node.registered.location,
					postgres_version: node.observed.postgresVersion ?? "",
					repmgr_version: node.observed.repmgrVersion ?? "",
				},
				1,
			]),
	},
	ofNodes("active", "The flag in repmgr.nodes.", ({ registered }) => registered.active),
	ofNodes("priority", "The priority in repmgr.nodes.", ({ registered }) => registered.priority),
	ofNodes("reachable", "Whether SQL was answered.", ({ observed }) =>
		observed.status === "unknown" ? null : observed.reachable,
	),
	wordOfNodes(
		"role",
		"1 for the role that is seen, 0 for the others.",
		["primary", "standby", "witness"],
		({ observed }) => observed.role,
	),
	wordOfNodes(
		"status",
		"1 for the status that is seen, 0 for the others.",
		NODE_STATUSES,
		({ observed }) => observed.status,
	),
	ofNodes("attached", "Whether a standby receives WAL.", ({ observed }) => observed.attached),
	ofNodes(
		"upstream_node_id",
		"The node that a standby is seen to stream from.",
		({ observed }) => observed.upstreamNodeId,
	),
	ofNodes("timeline", "The timeline of its newest WAL.", ({ observed }) => observed.timeline),
	ofNodes("current_lsn_bytes", "Where a primary writes WAL.", ({ observed }) => bytesAt(observed.currentLsn)),
	ofNodes("receive_lsn_bytes", "Up to where a standby has received WAL.", ({ observed }) =>
		bytesAt(observed.receiveLsn),
	),
	ofNodes("replay_lsn_bytes", "Up to where a standby has replayed WAL.", ({ observed }) =>
		bytesAt(observed.replayLsn),
	),
	ofNodes(
		"lag_bytes",
		"How far a standby's replay is behind the primary.",
		({ observed }) => observed.lagBytes,
	),
	ofNodes("lag_seconds", "The same in seconds.", ({ observed }) => observed.lagSeconds),
	ofNodes("replay_paused", "Whether replay of WAL is paused.", ({ observed }) => observed.replayPaused),
	ofNodes("repmgrd_running", "Whether repmgrd runs.", ({ repmgrd }) => repmgrd.running),
	ofNodes("repmgrd_paused", "Whether repmgrd is paused.", ({ repmgrd }) => repmgrd.paused),
	ofNodes("age_seconds", "Age of what was last read of the server.", ({ ageMs }) =>
		ageMs === null ? null : ageMs / 1000,
	),
];

const labelsOf = ({ nodeId, nodeName }: NodeView): Labels => ({ node_id: nodeId, node: nodeName });

/**
 * The text exposition format 0.0.4, without timestamps, which node_exporter's textfile collector refuses. Every sample has
 * the label "cluster".
 */
export function prometheusText(snapshot: ClusterSnapshot): string {
	const wasRead = snapshot.nodes.some(isRead);
	return METRICS.filter(({ name }) => wasRead || ALWAYS.includes(name))
		.flatMap(({ name, help, samples }) => {
			const lines = samples(snapshot).flatMap(([labels, value]) =>
				value === null
					? []
					: [`${name}${labelText({ cluster: snapshot.cluster.name, ...labels })} ${Number(value)}`],
			);
			return lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines];
		})
		.join("\n");
}

/** In a label's value backslash, quote and line feed are escaped; in a HELP line none of them occurs. */
function labelText(labels: Labels): string {
	const pairs = Object.entries(labels).map(
		([name, value]) =>
			`${name}="${String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`,
	);
	return `{${pairs.join(",")}}`;
}
