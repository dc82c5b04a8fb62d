import { rangesFrom } from "../../assess/own-commits.ts";
import { forksOf } from "../../assess/positions.ts";
import { conninfoTo } from "../../libpq/registered.ts";
import { type Lsn, lsnDistanceBytes } from "../../model/lsn.ts";
import { historyOf, type WalDirectory, type WalRange, type WalServer } from "../../model/own-wal.ts";
import type { NodeView } from "../../model/snapshot.ts";
import type { TimelineEnd } from "../../model/wal-file.ts";
import { barmanFrom } from "../clone/barman-options.ts";
import { confValue, type Facts, hostOf, nodeOf } from "../plan/facts.ts";

/**
 * The WAL of a node that is not in the history of the only other primary: its timelines from the point where they parted, as
 * pg_rewind finds it (findCommonAncestorTimeline() in pg_rewind.c). Null: there is no such point, or it can't be told.
 */
export function ownRanges(facts: Facts, nodeId: number, directory: WalDirectory): readonly WalRange[] | null {
	const node = nodeOf(facts, nodeId);
	const [primary, another] = facts.snapshot.nodes.filter(
		(other) => other.nodeId !== nodeId && other.observed.role === "primary",
	);
	if (node === null || primary === undefined || another !== undefined) return null;
	const own = historyOf(directory);
	const theirs = primaryHistory(facts, primary);
	if (own === null || theirs === null) return null;
	const at = own.findIndex(({ timeline, endLsn }, index) => {
		const other = theirs[index];
		return other?.timeline !== timeline || lsnDistanceBytes(other.endLsn, endLsn) !== 0;
	});
	const [ownEnd, theirEnd] = [own[at], theirs[at]];
	if (ownEnd === undefined) return null;
	if (ownEnd.timeline !== theirEnd?.timeline) {
		// Both left the timeline before at the same point.
		const fork = own[at - 1]?.endLsn ?? null;
		return fork === null ? null : rangesFrom(fork, own.slice(at));
	}
	const fork = earlier(ownEnd.endLsn, theirEnd.endLsn);
	if (fork === null) return null;
	return rangesFrom(fork, lsnDistanceBytes(ownEnd.endLsn, fork) === 0 ? own.slice(at + 1) : own.slice(at));
}

/** The servers whose pg_wal may have what a node lacks: all others that answer. */
export function walServers({ snapshot }: Facts, nodeId: number): readonly WalServer[] {
	return snapshot.nodes.flatMap((node) => {
		const conninfo = conninfoTo(node.registered.conninfo);
		const isAsked = node.nodeId !== nodeId && node.observed.reachable && node.registered.type !== "witness";
		return isAsked && conninfo !== null ? [{ nodeId: node.nodeId, conninfo }] : [];
	});
}

/** Barman as a node's repmgr.conf names it, "HOST SERVER [CONFIG]"; "": it names none that ssh can be given. */
export function barmanLine(facts: Facts, nodeId: number): string {
	const [host, server, config] = ["barman_host", "barman_server", "barman_config"].map(
		(name) => confValue(facts, nodeId, name) ?? "",
	) as [string, string, string];
	return barmanFrom(`${host}:${server}`) == null || /[^\w./-]/.test(config)
		? ""
		: [host, server, config].join(" ").trim();
}

function primaryHistory(facts: Facts, primary: NodeView): readonly TimelineEnd[] | null {
	const { timeline } = primary.observed;
	const forks = forksOf(primary, hostOf(facts, primary.nodeId).value?.look);
	return forks === null || timeline === null ? null : [...forks, { timeline, endLsn: null }];
}

function earlier(a: Lsn | null, b: Lsn | null): Lsn | null {
	if (a === null || b === null) return a ?? b;
	return (lsnDistanceBytes(a, b) ?? 0) >= 0 ? a : b;
}
