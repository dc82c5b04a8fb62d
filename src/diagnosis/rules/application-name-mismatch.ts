import { UpstreamIndex } from "../../assess/upstream.ts";
import { current } from "../../model/node-state.ts";
import { repmgrOn } from "../remedies.ts";
import { nameOf, quoted } from "../words.ts";
import { evidenceOf, finding, type Rule } from "../world.ts";

/**
 * APPLICATION_NAME_MISMATCH: a standby streams under an application_name that is not its node name. repmgr looks for a
 * downstream by that name only (_is_downstream_node_attached() in dbutils.c): it says "not attached", refuses to switch
 * over to it, and reports lost child nodes (issues #738, #838; bitnami/bitnami-docker-postgresql-repmgr #43, #65).
 * This console also finds the walsender by slot or address.
 */
export const applicationNameMismatch: Rule = (world) => {
	const { snapshot } = world;
	const index = new UpstreamIndex(snapshot.nodes.map(({ state }) => state));
	return snapshot.nodes.flatMap((node) => {
		const server = current(node.state.server);
		if (!server?.inRecovery || !node.observed.attached) return [];
		const { sender, upstreamNodeId } = index.find(node.state, server);
		const upstream = snapshot.nodes.find(({ nodeId }) => nodeId === upstreamNodeId);
		if (!sender || !upstream || sender.applicationName === null || sender.applicationName === node.nodeName)
			return [];
		return [
			finding({
				code: "APPLICATION_NAME_MISMATCH",
				severity: "warning",
				node,
				message: `${quoted(node)} streams under the application_name "${sender.applicationName}"`,
				detail: `repmgr finds a standby in pg_stat_replication by its node name only, so it considers ${quoted(node)} not attached: so it refuses a switchover to that node, and its warnings about it are wrong.`,
				hint: `"repmgr standby follow" rewrites primary_conninfo with application_name=${quoted(node)}. Before PostgreSQL 13 that restarts the standby.`,
				evidence: [
					evidenceOf(
						upstream,
						`walsender ${sender.pid}: application_name "${sender.applicationName}", client ${sender.clientAddress ?? "local"}, ${sender.state ?? "state not seen"}`,
					),
					evidenceOf(node, `its walreceiver streams from ${nameOf(world, upstreamNodeId)}`),
				],
				remedy: repmgrOn(
					node,
					`make ${quoted(node)} follow under its own name`,
					"standby",
					"follow",
					`--upstream-node-id=${upstream.nodeId}`,
				),
			}),
		];
	});
};
