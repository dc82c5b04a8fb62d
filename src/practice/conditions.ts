import { type Cluster, isPrimary, tablesOf } from "./cluster/cluster.ts";
import { isDiskFull } from "./cluster/server.ts";
import type { PracticeNode } from "./cluster/state.ts";

/** A standby may be this far behind. */
const MOST_LAG_BYTES = 256 * 1024;

/** What of a condition is missing on one node, or null. */
type OnNode = (node: PracticeNode, primary: PracticeNode, cluster: Cluster) => string | null;

const onEach =
	(missing: OnNode) =>
	(cluster: Cluster): readonly string[] => {
		const primary = onlyPrimary(cluster);
		if (primary === null) return ["one primary"];
		return cluster.nodes.flatMap((node) => missing(node, primary, cluster) ?? []);
	};

/** What a good end may consist of: each gives what is missing, as words. */
export const CONDITIONS = {
	"one-primary": (cluster: Cluster) => (onlyPrimary(cluster) === null ? ["one primary"] : []),
	writable: onEach((node, primary) =>
		node !== primary || acceptsWrites(node) ? null : `${node.name} accepts no writes`,
	),
	attached: onEach((node, primary, cluster) =>
		cluster.answers(primary.nodeId, node) && isAttached(node, primary)
			? null
			: `${node.name} is not attached`,
	),
	active: onEach((node, primary) =>
		tablesOf(primary).rows.some(({ node_id, active }) => node_id === node.nodeId && active)
			? null
			: `${node.name} is registered as inactive`,
	),
	"repmgrd-running": onEach(({ name, daemon }) =>
		daemon === null ? `repmgrd on ${name} does not run` : null,
	),
	"not-paused": onEach(({ name, isPaused }) => (isPaused ? `repmgrd on ${name} is paused` : null)),
	"disk-free": onEach((node) => (isDiskFull(node) ? `the disk of ${node.name} is full` : null)),
} as const;

export function acceptsWrites(node: PracticeNode): boolean {
	const { server, data } = node;
	const isOpen = server !== null && !server.isFrozen && !server.isStopping && server.readyAt <= Date.now();
	return isOpen && isPrimary(node) && !data.isReadOnly && !isDiskFull(node);
}

function onlyPrimary({ nodes }: Cluster): PracticeNode | null {
	const [primary, second] = nodes.filter(isPrimary);
	return second === undefined ? (primary ?? null) : null;
}

function isAttached(node: PracticeNode, primary: PracticeNode): boolean {
	const lag = node.data.end - node.data.replayed;
	return (
		node.isWitness ||
		node === primary ||
		(node.server?.receiver != null && lag < MOST_LAG_BYTES && node.replayShare >= 1)
	);
}
