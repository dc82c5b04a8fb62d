import type { RegisteredRow } from "../../probe/server/parse.ts";
import { type Cluster, isPrimary, replaceRows, tablesOf, writeEvent, writeRows } from "../cluster/cluster.ts";
import { CONF_FILE, slotOf } from "../cluster/host.ts";
import { named, primarySeenBy } from "../cluster/members.ts";
import { promoteServer } from "../cluster/server.ts";
import type { PracticeNode } from "../cluster/state.ts";
import { hasDiverged, lsnText, timelineOf } from "../cluster/wal.ts";
import { optionOf, type Program, REPMGR_EXIT } from "./program.ts";

/** repmgr connects, asks and thinks for so long before it does something. */
export const THINK_MS = 600;
export const PROMOTE_MS = 500;
export const FOLLOW_MS = 700;

export const isDryRun = ({ words }: Program): boolean => words.includes("--dry-run");

/** `repmgr standby promote`. */
export async function promote(program: Program): Promise<number> {
	const { cluster, node, say } = program;
	await cluster.sleep(THINK_MS);
	if (node.server === null) {
		say(`ERROR: connection to database failed`);
		say(
			`DETAIL: connection to server at "${node.host}" (${node.address}), port 5432 failed: Connection refused`,
		);
		return REPMGR_EXIT.noConnection;
	}
	if (!node.data.isStandby) {
		say("ERROR: STANDBY PROMOTE can only be executed on a standby node");
		return REPMGR_EXIT.promotionFailed;
	}
	const active = cluster.nodes.find((other) => isPrimary(other) && cluster.answers(node.nodeId, other));
	if (active !== undefined) {
		say("ERROR: this replication cluster already has an active primary server");
		say(`DETAIL: the active primary server is ${named(active)}`);
		return REPMGR_EXIT.promotionFailed;
	}
	if (node.server.isReplayPaused) {
		say("ERROR: WAL replay is paused on this node");
		return REPMGR_EXIT.promotionFailed;
	}
	if (isDryRun(program)) {
		say("INFO: node is a standby");
		say("INFO: no active primary server found in this replication cluster");
		say("INFO: all sibling nodes are reachable via SSH");
		say('INFO: node will be promoted using the "pg_promote()" function');
		say("INFO: prerequisites for executing STANDBY PROMOTE are met");
		return 0;
	}
	say("NOTICE: promoting standby to primary");
	say(`DETAIL: promoting server ${named(node)} using pg_promote()`);
	say('NOTICE: waiting up to 60 seconds (parameter "promote_check_timeout") for promotion to complete');
	await cluster.sleep(PROMOTE_MS);
	promoteServer(node);
	becomePrimary(node);
	writeEvent(node, node, "standby_promote", `server ${named(node)} was successfully promoted to primary`);
	say("NOTICE: STANDBY PROMOTE successful");
	say(`DETAIL: server ${named(node)} was successfully promoted to primary`);
	return 0;
}

/** As update_node_record_set_primary() in dbutils.c. */
export function becomePrimary(node: PracticeNode): void {
	writeRows(node, (row) => {
		if (row.node_id === node.nodeId) return { ...row, type: "primary", active: true, upstream_node_id: null };
		return row.type === "primary" && row.active ? { ...row, active: false } : row;
	});
}

/** `repmgr standby follow`. */
export async function follow(program: Program): Promise<number> {
	const { cluster, node, words, say } = program;
	await cluster.sleep(THINK_MS);
	const wanted = optionOf(words, "--upstream-node-id");
	const upstream = wanted === null ? primarySeenBy(cluster, node) : cluster.node(Number(wanted));
	if (upstream === null || !cluster.answers(node.nodeId, upstream)) {
		say(`ERROR: unable to connect to follow target ${upstream === null ? "" : named(upstream)}`);
		return REPMGR_EXIT.noConnection;
	}
	const refusal = cannotFollow(node, upstream);
	if (refusal !== null) {
		for (const line of refusal) say(line);
		return REPMGR_EXIT.followFailed;
	}
	say(`NOTICE: attempting to find and follow node ${named(upstream)}`);
	if (isDryRun(program)) {
		say(`INFO: local node ${node.nodeId} can attach to follow target node ${upstream.nodeId}`);
		say("INFO: prerequisites for executing STANDBY FOLLOW are met");
		return 0;
	}
	say(`NOTICE: setting node ${node.nodeId}'s upstream to node ${upstream.nodeId}`);
	await cluster.sleep(FOLLOW_MS);
	attach(cluster, node, upstream);
	if (node.server !== null) node.server.retryAt = 0;
	const primary = primarySeenBy(cluster, node);
	if (primary !== null) {
		registerAs(primary, node, "standby", upstream.nodeId);
		writeEvent(primary, node, "standby_follow", `standby attached to upstream node ${named(upstream)}`);
	}
	say("NOTICE: STANDBY FOLLOW successful");
	say(`DETAIL: standby attached to upstream node ${named(upstream)}`);
	return 0;
}

export function cannotFollow(
	{ data, nodeId }: PracticeNode,
	{ data: theirs, nodeId: to }: PracticeNode,
): readonly string[] | null {
	if (!hasDiverged(data, theirs)) return null;
	return [
		`ERROR: this node cannot attach to follow target node ${to}`,
		`DETAIL: local node ${nodeId} is at ${lsnText(data.end)} on timeline ${timelineOf(data.history)}, follow target's server is on timeline ${timelineOf(theirs.history)} at ${lsnText(theirs.end)}`,
	];
}

/** Its WAL comes from there from now on, by a slot of its own there; the slot on its old upstream is dropped. */
export function attach(cluster: Cluster, node: PracticeNode, upstream: PracticeNode): void {
	const { data } = node;
	const before = data.upstreamId === null ? null : cluster.node(data.upstreamId);
	data.isStandby = true;
	data.upstreamId = upstream.nodeId;
	data.slotName = slotOf(node.nodeId);
	if (!upstream.data.slots.has(data.slotName))
		upstream.data.slots.set(data.slotName, { restartLsn: data.end, isLost: false });
	if (before !== null && before !== upstream && cluster.answers(node.nodeId, before))
		before.data.slots.delete(data.slotName);
}

/** The node's row; a new one where it has none yet. */
export function registerAs(
	primary: PracticeNode,
	node: PracticeNode,
	type: "standby" | "primary" | "witness",
	upstreamId: number | null,
): void {
	const { rows } = tablesOf(primary);
	const own = rows.find(({ node_id }) => node_id === node.nodeId);
	replaceRows(primary, [
		...rows.filter((row) => row !== own),
		{ ...(own ?? newRow(node)), type, active: true, upstream_node_id: upstreamId },
	]);
}

/** As its repmgr.conf says. */
function newRow({ nodeId, name, conf }: PracticeNode): Omit<RegisteredRow, "type" | "upstream_node_id"> {
	return {
		...{ node_id: nodeId, node_name: name, active: true, config_file: CONF_FILE },
		location: conf.get("location") ?? "default",
		priority: Number(conf.get("priority") ?? 100),
		conninfo: conf.get("conninfo") ?? "",
		slot_name: slotOf(nodeId),
	};
}
