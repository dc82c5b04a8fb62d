import { wasStandby } from "../../model/control-state.ts";
import { current } from "../../model/node-state.ts";
import type { OwnWal } from "../../model/own-wal.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes } from "../../text/format.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted, sentence } from "../../text/words.ts";
import { failed, ok, unknown, unread, warning } from "../checks/check.ts";
import { confNumber, type Facts, hostOf, nodeOf, serverOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { barmanLine } from "./own-ranges.ts";
import type { Rejoin, WalComparison } from "./wal-comparison.ts";

/** repmgr connects to the registered primary, and reads the node's own row there. */
export function primaryKnowsBoth(node: NodeView, primary: NodeView): Prerequisite {
	const title = `the repmgr.nodes of ${quoted(primary)} has rows for both`;
	const rows = current(primary.state.server)?.registrations ?? null;
	if (rows === null) return failed(title, "It can't be read.", "SELECT on repmgr.nodes is needed.");
	const own = rows.find(({ nodeId }) => nodeId === primary.nodeId);
	if (own?.type !== "primary" || !own.active) {
		const found = `${quoted(primary)} is not an active primary there.`;
		return failed(title, found, `Register it first: register ${primary.nodeName}`);
	}
	return rows.some(({ nodeId }) => nodeId === node.nodeId)
		? ok(title, `${quoted(primary)} is its active primary, and ${quoted(node)} is registered.`)
		: failed(title, `${quoted(node)} is not registered there.`, "It has to be cloned and registered.");
}

/** A node that can't be asked may be a primary, too. */
export function noOtherPrimary({ snapshot }: Facts, node: NodeView, primary: NodeView): Prerequisite {
	const title = `${quoted(primary)} is the only other primary`;
	const silent = snapshot.nodes.filter(
		(other) =>
			other !== node &&
			!other.observed.reachable &&
			other.observed.status !== "stopped" &&
			other.registered.type !== "witness",
	);
	return silent.length === 0
		? ok(title, `It answers on timeline ${primary.observed.timeline ?? "unknown"}.`)
		: warning(title, `${listed(silent.map(quoted))} can't be asked.`, "Make sure that none was promoted.");
}

/** pg_rewind finds changed pages only with wal_log_hints or data checksums. */
export function canBeRewound(facts: Facts, node: NodeView, primary: NodeView): Prerequisite {
	const title = `${quoted(node)} can be rewound`;
	const own = hostOf(facts, node.nodeId).value?.canBeRewound ?? null;
	const source = serverOf(facts, primary.nodeId).value?.canBeRewound ?? null;
	if (own === false) {
		return failed(
			title,
			"Its data were written with neither wal_log_hints nor data checksums.",
			`clone ${shellWords([node.nodeName])}`,
		);
	}
	if (source === false) {
		return failed(
			title,
			`${quoted(primary)} has neither wal_log_hints nor data checksums, or no full_page_writes; repmgr asks for them there.`,
			`Set wal_log_hints = on there (needs a restart), or: clone ${shellWords([node.nodeName])}`,
		);
	}
	return own === null || source === null
		? unknown(title, "The settings that pg_rewind needs can't be read.")
		: ok(title, "full_page_writes, and wal_log_hints or data checksums.");
}

/** WAL that is saved leaves this much of a disk free. */
const SPARE_BYTES = 64 * 1024 ** 2;

/** Where the WAL that a rewind discards is copied to first; null: there is no room. */
export function savePlace(own: OwnWal): string | null {
	return (
		own.directory.places.find(({ freeBytes }) => freeBytes - SPARE_BYTES >= savedBytes(own))?.directory ??
		null
	);
}

function savedBytes({ directory, first, missing }: OwnWal): number {
	const { segments, segmentBytes } = directory;
	return (segments.filter((name) => name.slice(8) >= first).length + missing.length) * segmentBytes;
}

/**
 * pg_rewind reads the node's WAL from the last checkpoint before the fork to its end, and looks only into its pg_wal: repmgr passes
 * no --restore-target-wal. What is missing there is fetched before, into the copy, and put back from it.
 */
export function hasWalToRewind(facts: Facts, { node, own }: Rejoin): readonly Prerequisite[] {
	if (own === null) return [];
	const title = `the WAL that pg_rewind reads on ${quoted(node)} is there`;
	const nowhere = own.missing.filter(({ from }) => from === null).map(({ name }) => name);
	const clone = `clone ${shellWords([node.nodeName])}`;
	if (nowhere.length > 0) {
		const found = `${listed(nowhere.slice(0, 3))}${nowhere.length > 3 ? ` and ${nowhere.length - 3} more` : ""} ${nowhere.length === 1 ? "is" : "are"} neither in its pg_wal nor in the archive (restore_command)${barmanLine(facts, node.nodeId) === "" ? "" : " nor in Barman"} nor in the pg_wal of another server.`;
		return [failed(title, `${found} A rewind is not possible.`, clone)];
	}
	if (own.checkpointLsn === null)
		return [
			unknown(
				title,
				"The last checkpoint before they parted was not found in time.",
				`If pg_rewind fails: ${clone}`,
			),
		];
	const since = `From the last checkpoint before they parted, at ${own.checkpointLsn}, to its end.`;
	const fetched = own.missing.map(({ name, from }) => {
		const server = from?.kind === "node" ? nodeOf(facts, from.nodeId) : null;
		const kept = from?.kind === "barman" ? "Barman" : "the archive";
		return `${name} (${server === null ? kept : quoted(server)})`;
	});
	return [
		fetched.length === 0
			? ok(title, since)
			: ok(title, `${since} These are fetched first: ${listed(fetched)}.`),
	];
}

/** A rewind without a copy of what it discards is refused. */
export function canBeSaved(facts: Facts, { node, own }: Rejoin): readonly Prerequisite[] {
	const title = `what only ${quoted(node)} has can be saved first`;
	const { fault } = facts.ownWal ?? {};
	if (fault !== undefined)
		return [failed(title, sentence(fault), fault.hint ?? "Its WAL has to be read first.")];
	if (own === null) return [unknown(title, "Where it begins can't be told: all of pg_wal is saved.")];
	const bytes = formatBytes(savedBytes(own));
	const place = savePlace(own);
	const free = own.directory.places.map(
		({ directory, freeBytes }) => `${formatBytes(freeBytes)} in ${directory}`,
	);
	return [
		place === null
			? failed(
					title,
					`Up to ${bytes} of WAL files would be copied; free: ${listed(free)}.`,
					"Free space there first.",
				)
			: ok(title, `Up to ${bytes} of WAL files are copied into a new directory in ${place}.`),
	];
}

export function hasNoOwnWal(
	node: NodeView,
	primary: NodeView,
	{ kind, found }: WalComparison,
	again: string,
): Prerequisite {
	const title = `${quoted(node)} has no WAL that ${quoted(primary)} never had`;
	switch (kind) {
		case "attaches":
			return ok(title, found);
		case "unknown":
			return unknown(title, `${found} repmgr's dry run checks it.`);
		case "ahead":
			return failed(
				title,
				found,
				`Decide first which of them to keep; ${quoted(node)} can only be cloned again: clone ${shellWords([node.nodeName])}`,
			);
		case "diverged":
			return failed(title, found, `Rewind it, which discards that; the WAL is copied aside first: ${again}`);
	}
}

/** A switchover waits for the first no longer than the second (repmgr.conf's documentation). */
export function rejoinTimeoutFits(facts: Facts, node: NodeView): Prerequisite {
	const title = "node_rejoin_timeout fits standby_reconnect_timeout";
	const rejoin = confNumber(facts, node.nodeId, "node_rejoin_timeout", 60);
	const reconnect = confNumber(facts, node.nodeId, "standby_reconnect_timeout", 60);
	if (rejoin === null || reconnect === null)
		return unknown(title, `repmgr.conf of ${quoted(node)} can't be read.`);
	const found = `${rejoin} s and ${reconnect} s in repmgr.conf of ${quoted(node)}.`;
	return rejoin <= reconnect
		? ok(title, found)
		: warning(title, found, "Lower the first, or raise the second.");
}

/** Nodes that receive from it would lose their upstream when it is stopped. */
export function hasNoFollowers({ snapshot }: Facts, node: NodeView, primary: NodeView): Prerequisite {
	const title = `no node streams from ${quoted(node)}`;
	const followers = snapshot.nodes.filter(({ observed }) => observed.upstreamNodeId === node.nodeId);
	const [first] = followers;
	if (first !== undefined) {
		return failed(
			title,
			`${listed(followers.map(quoted))} ${followers.length === 1 ? "does" : "do"}.`,
			`Attach ${followers.length === 1 ? "it" : "them"} first: follow ${shellWords([first.nodeName])} --upstream ${shellWords([primary.nodeName])}`,
		);
	}
	const unseen = snapshot.nodes.filter(
		({ nodeId, registered, observed }) =>
			nodeId !== node.nodeId &&
			registered.type === "standby" &&
			!observed.reachable &&
			observed.status !== "stopped",
	);
	return unseen.length === 0
		? ok(title, "None is seen to.")
		: unknown(title, `None is seen to, but ${listed(unseen.map(quoted))} can't be read.`);
}

/**
 * repmgr rejoins no former primary that has crashed. pg_rewind would recover it first, but does not find a postgresql.conf
 * outside of the data directory (repmgr issue 888); single-user mode with that directory does.
 */
export function wasShutDown(facts: Facts, node: NodeView, mayRecover: boolean, again: string): Prerequisite {
	const title = `${quoted(node)} was shut down cleanly`;
	const host = hostOf(facts, node.nodeId);
	if (host.fault !== undefined) return unread(title, host.fault);
	const state = host.value.look.controlData?.state ?? null;
	if (state === null) {
		return failed(
			title,
			"Its control data can't be read.",
			`If it holds half a clone, clone it again: clone ${shellWords([node.nodeName])}`,
		);
	}
	const found = `Its control data say "${state}".`;
	if (state.startsWith("shut down")) return ok(title, found);
	if (wasStandby(state)) {
		return failed(
			title,
			`${found} It is a standby that ended without a shutdown.`,
			`Start it, so that it recovers: start ${shellWords([node.nodeName])}. If it does not stream then: ${again} --stop-first`,
		);
	}
	if (host.value.serverConfigFile === null || host.value.look.dataDirectory === null) {
		return failed(
			title,
			`${found} It ended without a shutdown.`,
			"Recover it as the owner of the database: postgres --single -D DIRECTORY_OF_POSTGRESQL_CONF template1 < /dev/null. Do not start it: it would be a second primary.",
		);
	}
	return mayRecover
		? warning(title, `${found} It ended without a shutdown, and is recovered in single-user mode first.`)
		: failed(
				title,
				`${found} It ended without a shutdown: it has to recover first, and is then past the point where they parted.`,
				`Do not start it: it would be a second primary. It is recovered in single-user mode, where no client can connect, and rewound, with: ${again}`,
			);
}

/** A standby whose repmgrd does not run takes no part in a failover. */
export function repmgrdRuns(facts: Facts, node: NodeView): Prerequisite {
	const title = `repmgrd runs on ${quoted(node)}`;
	const repmgrd = hostOf(facts, node.nodeId).value?.look.repmgrd ?? null;
	if (repmgrd === null) return unknown(title, "It can't be seen.");
	return repmgrd === false
		? warning(title, "It does not.", `Start it afterwards: repmgrd-start ${shellWords([node.nodeName])}`)
		: ok(title, `It does (${repmgrd.pid}).`);
}
