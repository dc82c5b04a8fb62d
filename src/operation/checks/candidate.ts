import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes } from "../../text/format.ts";
import { shellWords } from "../../text/shell.ts";
import { quoted } from "../../text/words.ts";
import { errorLine } from "../plan/commands.ts";
import { type Facts, hostOf, serverOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { failed, ok, unknown, unread, warning } from "./check.ts";

/** One segment of WAL: repmgr waits for what was not received, and the promotion for what was not replayed. */
const TOO_FAR_BEHIND_BYTES = 16 * 1024 ** 2;

/** repmgr switches over only to a standby that streams from the primary itself. */
export function attachedTo(candidate: NodeView, primary: NodeView): Prerequisite {
	const title = `${quoted(candidate)} streams from ${quoted(primary)}`;
	const { status, upstreamNodeId } = candidate.observed;
	if (status === "streaming" && upstreamNodeId === primary.nodeId) return ok(title, "It does.");
	const found =
		upstreamNodeId !== null && upstreamNodeId !== primary.nodeId
			? `It streams from node ${upstreamNodeId}.`
			: `It is ${status}.`;
	const fix = `Attach it first: follow ${shellWords([candidate.nodeName])}`;
	return failed(title, found, fix);
}

export function caughtUp(candidate: NodeView): Prerequisite {
	const title = `${quoted(candidate)} has caught up`;
	const { lagBytes } = candidate.observed;
	const fix = "Wait until it has caught up, or choose another standby.";
	if (lagBytes === null) return failed(title, "Its distance to the primary is unknown.", fix);
	const found = `It is ${formatBytes(lagBytes)} behind in replay.`;
	return lagBytes > TOO_FAR_BEHIND_BYTES ? failed(title, found, fix) : ok(title, found);
}

/** repmgr checks this only before PostgreSQL 13; a promotion while replay is paused waits, or ends the pause. */
export function replays(node: NodeView): Prerequisite {
	const title = `WAL replay runs on ${quoted(node)}`;
	switch (node.observed.replayPaused) {
		case true:
			return failed(title, "It is paused.", `On ${quoted(node)}: SELECT pg_wal_replay_resume();`);
		case false:
			return ok(title, "It does.");
		case null:
			return unknown(title, "It can't be read.");
	}
}

/** repmgr tries this for the old primary of a switchover only; a sibling that pg_hba.conf rejects would be left behind. */
export function replicatesFrom(facts: Facts, node: NodeView, candidate: NodeView): Prerequisite {
	const title = `${quoted(node)} can replicate from ${quoted(candidate)}`;
	const attempt = hostOf(facts, node.nodeId).value?.replicationTo ?? null;
	if (attempt === null || attempt.toNodeId !== candidate.nodeId) return unknown(title, "It was not tried.");
	return attempt.isWell
		? ok(title, "A replication connection was made.")
		: failed(
				title,
				errorLine(attempt.lines) ?? "repmgr can't make a replication connection.",
				`Fix pg_hba.conf on ${quoted(candidate)} and reload it, or the password for "replication" in .pgpass on ${quoted(node)}.`,
			);
}

/** Each follower needs a walsender on the new primary, and a slot where slots are used. */
export function roomFor(
	facts: Facts,
	candidate: NodeView,
	followers: readonly NodeView[],
	usesSlots: boolean,
): Prerequisite {
	const title = `walsenders and slots free on ${quoted(candidate)}`;
	const server = serverOf(facts, candidate.nodeId);
	if (server.fault !== undefined) return unread(title, server.fault);
	const { freeWalSenders, freeSlots } = server.value;
	const needed = followers.filter(({ registered }) => registered.type !== "witness").length;
	if (freeWalSenders === null || freeSlots === null) return unknown(title, "They can't be counted.");
	const found = `${needed} will be needed; free are ${freeWalSenders} of max_wal_senders and ${freeSlots} of max_replication_slots.`;
	const idle = server.value.idleSlots.length === 0 ? "" : ` (idle now: ${server.value.idleSlots.join(", ")})`;
	if (freeWalSenders < needed) return failed(title, found, "Raise max_wal_senders there (needs a restart).");
	// The worst case: repmgr reuses slots of the followers that exist there already.
	if (usesSlots && freeSlots < needed) {
		return failed(
			title,
			found,
			`Drop unused slots${idle}, or raise max_replication_slots there (needs a restart).`,
		);
	}
	return usesSlots && freeSlots === needed ? warning(title, `${found} None will be left.`) : ok(title, found);
}
