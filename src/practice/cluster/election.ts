import { type Cluster, tablesOf } from "./cluster.ts";
import type { PracticeNode } from "./state.ts";
import { lsnText } from "./wal.ts";

export interface Election {
	readonly kind: "won" | "lost" | "cancelled";
	readonly said: string;
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
	const inLocation = [own, ...visible].some((row) => row?.location === primary?.location);
	if (!inLocation) {
		return {
			kind: "cancelled",
			said: `no nodes from the primary location "${primary?.location}" visible - assuming network split`,
		};
	}
	if (siblings.length > 0 && 2 * (visible.length + 1) <= siblings.length + 1) {
		return {
			kind: "cancelled",
			said: `unable to reach a majority of nodes: ${visible.length + 1} of ${siblings.length + 1} visible`,
		};
	}
	if ((own?.priority ?? 0) <= 0)
		return { kind: "lost", said: "this node has priority 0 and will not be promoted" };
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
				said: `promotion candidate is "${node.name}" (ID: ${node.nodeId}), last received LSN ${lsnText(best.end)}`,
			}
		: {
				kind: "lost",
				said: `promotion candidate is "${best?.row.node_name}" (ID: ${best?.row.node_id}); waiting for it`,
			};
}
