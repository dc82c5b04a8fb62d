import { current } from "../../model/node-state.ts";
import type { ServerReading } from "../../model/server-reading.ts";
import { formatDuration } from "../../text/format.ts";
import { isSettled } from "../grace.ts";
import { solePrimary } from "../members.ts";
import { quoted } from "../words.ts";
import { evidenceOf, finding, nodesOfRole, type Rule, type World } from "../world.ts";

/**
 * SYNC_REP_BLOCKED: commits wait for a synchronous standby that does not confirm (manual 27.2.8). Critical once sessions
 * have waited for longer than a standby's restart takes; a warning while too few synchronous standbys stream but no
 * session waits yet. Short waits are normal in synchronous replication.
 */
export const syncRepBlocked: Rule = (world) => {
	const primary = solePrimary(world);
	const server = primary && current(primary.state.server);
	if (!primary || !server || server.settings.synchronous_standby_names?.trim() === "") return [];
	const names = server.settings.synchronous_standby_names;
	if (names === undefined) return [];
	const needed = neededBy(names);
	const confirming = server.walSenders.filter(
		({ syncState }) => syncState === "sync" || syncState === "quorum",
	).length;
	const waited = (server.syncRepWaiters ?? 0) > 0 ? (server.syncRepOldestSeconds ?? null) : null;
	const isBlocked = waited !== null && waited >= world.thresholds.graceSeconds;
	if (!isBlocked && !(confirming < needed && wouldBlock(world, server))) return [];
	return [
		finding({
			code: "SYNC_REP_BLOCKED",
			severity: isBlocked ? "critical" : "warning",
			node: primary,
			message: isBlocked
				? `${server.syncRepWaiters} sessions on ${quoted(primary)} wait for a synchronous standby`
				: `the next commit on ${quoted(primary)} will wait for a synchronous standby`,
			detail: `${confirming} of ${needed} required synchronous standbys stream. Commits wait until they confirm.${
				isBlocked && confirming >= needed
					? " They stream but do not confirm: check their replay (synchronous_commit = remote_apply), disks and network."
					: ""
			}`,
			hint: "Bring back a standby named in synchronous_standby_names. If writes matter more than the second copy, empty synchronous_standby_names on the primary and reload: commits are then on one node only.",
			evidence: [
				evidenceOf(primary, `synchronous_standby_names = '${names}'`),
				evidenceOf(
					primary,
					`pg_stat_replication: ${server.walSenders.map(({ applicationName, state, syncState }) => `${applicationName} ${state} ${syncState}`).join("; ") || "no rows"}`,
				),
				evidenceOf(
					primary,
					`pg_stat_activity: ${server.syncRepWaiters} sessions in SyncRep${waited === null ? "" : `, the longest for ${formatDuration(waited)}`}`,
				),
			],
			doNot:
				"Do not cancel the waiting sessions: their transactions are already committed here, and clients would be told so without a second copy.",
		}),
	];
};

/** "s1, s2" and "FIRST 1 (…)" need one, "2 (…)" and "ANY 2 (…)" two. */
function neededBy(names: string): number {
	return Number(/^\s*(?:(?:first|any)\s+)?(\d+)\s*\(/i.exec(names)?.[1] ?? 1);
}

/** No session waits yet: certain only where walsenders are visible and no standby merely restarts. */
function wouldBlock(world: World, server: ServerReading): boolean {
	const isSeen = server.walSenders.every(({ syncState }) => syncState !== null);
	const waitsByDefault = !["off", "local"].includes(server.settings.synchronous_commit ?? "off");
	return isSeen && waitsByDefault && nodesOfRole(world, "standby").every((node) => isSettled(world, node));
}
