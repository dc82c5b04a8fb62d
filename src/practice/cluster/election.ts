import type { RegisteredRow } from "../../probe/server/parse.ts";
import { type Cluster, tablesOf } from "./cluster.ts";
import type { PracticeNode } from "./state.ts";
import { lsnText } from "./wal.ts";

export interface Election {
	readonly kind: "won" | "lost" | "cancelled";
	readonly said: string;
	/** What the daemon writes on the way, each with level INFO; as recorded on the test cluster (test/fixtures/logs/failover). */
	readonly lines: readonly string[];
}

/** do_election() in repmgrd-physical.c, on one standby: by its own copy of repmgr.nodes, and by what answers it. */
export function holdElection(cluster: Cluster, node: PracticeNode): Election {
	const { rows } = tablesOf(node);
	const own = rows.find(({ node_id }) => node_id === node.nodeId);
	const primary = rows.find(({ type, active }) => type === "primary" && active);
	const siblings = rows.filter(
		(row) =>
			row.active &&
			row.node_id !== node.nodeId &&
			row.type !== "primary" &&
			row.upstream_node_id === own?.upstream_node_id,
	);
	const visible = siblings.filter((row) => cluster.answers(node.nodeId, cluster.node(row.node_id)));
	const { lines, counted } = inquiry(cluster, node, own, visible);
	const inLocation = [own, ...visible].some((row) => row?.location === primary?.location);
	if (!inLocation) {
		return {
			kind: "cancelled",
			lines: [],
			said: `no nodes from the primary location "${primary?.location}" visible - assuming network split`,
		};
	}
	if (siblings.length > 0 && 2 * (visible.length + 1) <= siblings.length + 1) {
		return {
			kind: "cancelled",
			lines,
			said: `unable to reach a majority of nodes: ${visible.length + 1} of ${siblings.length + 1} visible`,
		};
	}
	const seen = visible.filter((row) => hasSeenPrimary(cluster, cluster.node(row.node_id)));
	if (seen.length > 0 && node.conf.get("primary_visibility_consensus") === "true") {
		return {
			...{ kind: "cancelled", lines },
			said: "cancelling failover as some nodes can still see the primary",
		};
	}
	if ((own?.priority ?? 0) <= 0)
		return { kind: "lost", lines, said: "this node has priority 0 and will not be promoted" };
	const candidates = [own, ...visible].flatMap((row) => {
		if (row === undefined || row.type === "witness" || row.priority <= 0) return [];
		const of = cluster.node(row.node_id);
		return of === node || (of.data.isStandby && of.server?.repmgrdPid != null)
			? [{ row, end: of.data.end }]
			: [];
	});
	const [best] = candidates.toSorted(
		(a, b) => b.end - a.end || b.row.priority - a.row.priority || a.row.node_id - b.row.node_id,
	);
	return best?.row.node_id === node.nodeId
		? {
				kind: "won",
				lines: [...lines, counted(siblings.length + 1)],
				said: `promotion candidate is "${node.name}" (ID: ${node.nodeId})`,
			}
		: {
				kind: "lost",
				lines: [...lines, counted(siblings.length + 1)],
				said: `promotion candidate is "${best?.row.node_name}" (ID: ${best?.row.node_id})`,
			};
}

/** As its repmgrd has told the server: within two of its intervals. */
function hasSeenPrimary(cluster: Cluster, { server, conf }: PracticeNode): boolean {
	const at = server?.upstreamSeenAt ?? null;
	const interval = Number(conf.get("monitor_interval_secs") ?? 2);
	return at !== null && Date.now() - at <= cluster.ms(2000 * interval);
}

/** What the daemon asks each visible sibling, and how it compares with the best one so far. */
function inquiry(
	cluster: Cluster,
	node: PracticeNode,
	own: RegisteredRow | undefined,
	visible: readonly RegisteredRow[],
): { readonly lines: readonly string[]; readonly counted: (total: number) => string } {
	const seen = (of: PracticeNode): number =>
		Math.round((Date.now() - (of.server?.upstreamSeenAt ?? Date.now())) / cluster.ms(1000));
	let best = { row: own, end: node.data.end };
	const lines = [`local node's last receive lsn: ${lsnText(node.data.end)}`];
	for (const row of visible) {
		const of = cluster.node(row.node_id);
		const name = `"${row.node_name}" (ID: ${row.node_id})`;
		lines.push(`checking state of sibling node ${name}`);
		lines.push(`${row.type} node ${name} last saw primary node ${seen(of)} second(s) ago`);
		if (row.type === "witness" || best.row === undefined) continue;
		const { end } = of.data;
		const candidate = `current candidate "${best.row.node_name}" (ID: ${best.row.node_id})`;
		lines.push(`last receive LSN for sibling node ${name} is: ${lsnText(end)}`);
		if (end > best.end) {
			lines.push(`node ${name} is ahead of ${candidate}`);
			best = { row, end };
		} else if (end === best.end) {
			lines.push(`node ${name} has same LSN as ${candidate}`);
			const [theirs, mine] = [row.priority, best.row.priority];
			if (theirs !== mine)
				lines.push(
					`node ${name} has ${theirs > mine ? "higher" : "lower"} priority (${theirs}) than ${candidate} (${mine})`,
				);
			if (theirs > mine) best = { row, end };
		}
	}
	return {
		lines,
		counted: (total) =>
			`visible nodes: ${visible.length + 1}; total nodes: ${total}; no nodes have seen the primary within the last 4 seconds`,
	};
}
