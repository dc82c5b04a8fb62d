import { replaceRows, tablesOf, writeEvent } from "../cluster/cluster.ts";
import { named, primarySeenBy, setPaused } from "../cluster/members.ts";
import { promoteServer, stopServer } from "../cluster/server.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { lsnText } from "../cluster/wal.ts";
import { type Program, REPMGR_EXIT } from "./program.ts";
import { attachAndStart } from "./repmgr-rejoin.ts";
import {
	attach,
	becomePrimary,
	FOLLOW_MS,
	isDryRun,
	PROMOTE_MS,
	registerAs,
	THINK_MS,
} from "./repmgr-standby.ts";

/** `repmgr standby switchover`. */
export async function switchover(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	await cluster.sleep(THINK_MS);
	const primary = primarySeenBy(cluster, node);
	if (primary === null || node.server?.receiver?.fromId !== primary.nodeId) {
		say("ERROR: unable to connect to current primary node, or this node is not attached to it");
		return REPMGR_EXIT.noConnection;
	}
	const siblings = tablesOf(primary).rows.flatMap((row) =>
		row.active && row.upstream_node_id === primary.nodeId && row.node_id !== node.nodeId
			? [cluster.node(row.node_id)]
			: [],
	);
	const silent = [primary, ...siblings].find((other) => !cluster.answers(node.nodeId, other));
	if (silent !== undefined) {
		say(`ERROR: unable to connect to node ${named(silent)}, so repmgrd can't be paused there`);
		return REPMGR_EXIT.switchoverFailed;
	}
	if (isDryRun(program)) {
		say(`NOTICE: checking switchover on node ${named(node)} in --dry-run mode`);
		say(`INFO: SSH connection to host "${primary.host}" succeeded`);
		say(`INFO: able to execute "repmgr" on remote host "${primary.host}"`);
		say(`INFO: all sibling nodes are reachable via SSH`);
		say("INFO: 4 walsenders required, 10 available");
		say("INFO: 4 replication slots required, 10 available");
		say(`INFO: the following shutdown command would be run on node "${primary.name}":`);
		say(`  "${primary.conf.get("service_stop_command")}"`);
		say("INFO: prerequisites for executing STANDBY SWITCHOVER are met");
		return 0;
	}
	say(`NOTICE: executing switchover on node ${named(node)}`);
	const members = [node, primary, ...siblings];
	const wasPaused = new Map(members.map((member) => [member, member.isPaused]));
	say(`NOTICE: attempting to pause repmgrd on ${members.length} nodes`);
	for (const member of members) setPaused(member, true);
	await cluster.sleep(THINK_MS);
	say(
		`NOTICE: local node ${named(node)} will be promoted to primary; current primary ${named(primary)} will be demoted to standby`,
	);
	say(`NOTICE: stopping current primary node ${named(primary)}`);
	say(`DETAIL: executing server command "${primary.conf.get("service_stop_command")}"`);
	await stopServer(cluster, primary);
	say(
		`NOTICE: current primary has been cleanly shut down at location ${lsnText(primary.data.checkpoint.lsn)}`,
	);
	say("NOTICE: promoting standby to primary");
	await cluster.sleep(PROMOTE_MS);
	if (node.server === null || !cluster.reaches(node.nodeId, primary.nodeId)) {
		say("ERROR: STANDBY PROMOTE failed");
		return REPMGR_EXIT.switchoverIncomplete;
	}
	promoteServer(node);
	becomePrimary(node);
	writeEvent(node, node, "standby_promote", `server ${named(node)} was successfully promoted to primary`);
	say(`DETAIL: server ${named(node)} was successfully promoted to primary`);
	const rejoined = await attachAndStart({ ...program, node: primary }, node);
	if (rejoined !== 0) return REPMGR_EXIT.switchoverIncomplete;
	say(`NOTICE: node ${named(node)} promoted to primary, node ${named(primary)} demoted to standby`);
	if (words.includes("--siblings-follow")) await siblingsFollow(program, siblings);
	for (const [member, isPaused] of wasPaused) setPaused(member, isPaused);
	writeEvent(
		node,
		node,
		"standby_switchover",
		`node ${named(node)} promoted to primary, node ${named(primary)} demoted to standby`,
	);
	say("NOTICE: STANDBY SWITCHOVER has completed successfully");
	return 0;
}

async function siblingsFollow(
	{ cluster, node, say }: Program,
	siblings: readonly PracticeNode[],
): Promise<void> {
	say(`NOTICE: executing STANDBY FOLLOW on ${siblings.length} of ${siblings.length} siblings`);
	await cluster.sleep(FOLLOW_MS);
	for (const sibling of siblings) {
		if (sibling.isWitness) registerWitness(sibling, node);
		else {
			attach(cluster, sibling, node);
			if (sibling.server !== null) sibling.server.retryAt = 0;
			registerAs(node, sibling, "standby", node.nodeId);
		}
	}
	say("INFO: STANDBY FOLLOW successfully executed on all reachable sibling nodes");
}

/** A witness under that primary, with a copy of its table. */
export function registerWitness(witness: PracticeNode, primary: PracticeNode): void {
	registerAs(primary, witness, "witness", primary.nodeId);
	replaceRows(witness, tablesOf(primary).rows);
}
