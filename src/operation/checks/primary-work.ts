import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import type { ServerSurvey } from "../../model/survey.ts";
import { cutName, listed, quoted } from "../../text/words.ts";
import { confNumber, type Facts, hostOf, serverOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import { failed, ok, unknown, unread, warning } from "./check.ts";

/** A restart aborts a backup: one by pg_basebackup and one by pg_backup_start(). repmgr checks for neither. */
export function noBackup(facts: Facts, node: NodeView): Prerequisite {
	const title = `no backup runs on ${quoted(node)}`;
	const server = serverOf(facts, node.nodeId);
	if (server.fault !== undefined) return unread(title, server.fault);
	const { baseBackups, backupSessions } = server.value;
	const label = hostOf(facts, node.nodeId).value?.hasBackupLabel ?? null;
	const isRunning = (baseBackups ?? 0) > 0 || (backupSessions ?? 0) > 0 || label === true;
	if (isRunning) {
		const found = label
			? "There is a backup_label."
			: `${baseBackups ?? 0} base backups stream, ${backupSessions ?? 0} sessions have started one.`;
		return failed(title, found, "Wait until it ends, or abort it.");
	}
	if (baseBackups === null || backupSessions === null) {
		return unknown(title, "Other users' sessions can't be seen.", "Needs pg_read_all_stats.");
	}
	return label === null
		? unknown(title, "None streams; whether there is a backup_label can't be seen without SSH.")
		: ok(title, "None streams, and no session is seen to have begun one.");
}

/** A restart rolls them back. */
export function noLongTransactions(facts: Facts, node: NodeView): Prerequisite {
	const title = `no long transactions on ${quoted(node)}`;
	const server = serverOf(facts, node.nodeId);
	if (server.fault !== undefined) return unread(title, server.fault);
	const { longTransactions, preparedTransactions } = server.value;
	if (longTransactions === null) {
		return unknown(title, "Other users' sessions can't be seen.", "Needs pg_read_all_stats.");
	}
	const prepared =
		preparedTransactions === null || preparedTransactions === 0
			? ""
			: ` ${preparedTransactions} prepared transactions stay prepared.`;
	const [oldest] = longTransactions;
	if (oldest === undefined) {
		return prepared === "" ? ok(title, "There are none.") : warning(title, `There are none.${prepared}`);
	}
	return warning(title, `${longTransactions.length} will be rolled back; ${described(oldest)}.${prepared}`);
}

function described({
	pid,
	seconds,
	applicationName,
	state,
}: NonNullable<ServerSurvey["longTransactions"]>[number]) {
	const name = applicationName === "" ? "" : ` (${cutName(applicationName)})`;
	return `the oldest is that of pid ${pid}${name}, ${Math.round(seconds)} s old, ${state}`;
}

/** After so long archive_command hangs, or is too slow for a stop to end. */
const ARCHIVE_HANGS_SECONDS = 60;

/** A primary archives all waiting WAL before it stops: that takes minutes, or never ends where archiving fails. */
export function archiveIsUpToDate(facts: Facts, node: NodeView): Prerequisite {
	const title = `little WAL waits to be archived on ${quoted(node)}`;
	const ready = hostOf(facts, node.nodeId).value?.look.archiveReadyFiles ?? null;
	const failing = current(node.state.server)?.archiver?.failing ?? null;
	const limit = confNumber(facts, node.nodeId, "archive_ready_warning", 16) ?? 16;
	if (ready === null) return unknown(title, "Waiting files can't be counted without SSH.");
	const found = `${ready} files wait${failing ? ", and archiving fails" : ""}.`;
	if (failing && ready > 0) {
		return failed(title, found, "Fix archive_command first: see pg_stat_archiver and the server's log.");
	}
	// Files are archived one at a time: the others wait for the oldest, and so does the stop.
	const waited = hostOf(facts, node.nodeId).value?.archiveWaitSeconds ?? 0;
	if (ready > 0 && waited > ARCHIVE_HANGS_SECONDS) {
		const fix = "See what archive_command is doing: it is the archiver's child process on that host.";
		return failed(title, `${found} The oldest has waited for ${waited} s.`, fix);
	}
	if (ready > 0 && failing === null) return unknown(title, `${found} Whether archiving works can't be seen.`);
	return ready >= limit
		? failed(title, found, `Wait until they are archived (repmgr.conf's archive_ready_warning is ${limit}).`)
		: ok(title, found);
}

/** A server that stops sends all WAL to its receivers and waits until they confirm it. */
export function receiversAnswer(facts: Facts, node: NodeView): Prerequisite {
	const title = `receivers of ${quoted(node)} answer it`;
	const server = serverOf(facts, node.nodeId);
	if (server.fault !== undefined) return unread(title, server.fault);
	const silent = server.value.silentReceivers;
	if (silent === null)
		return unknown(title, "Other users' sessions can't be seen.", "Needs pg_read_all_stats.");
	const [first] = silent;
	if (first === undefined) return ok(title, "All have done so recently.");
	const names = silent.map(
		({ applicationName, seconds }) => `"${cutName(applicationName)}" for ${Math.round(seconds)} s`,
	);
	return failed(
		title,
		`No answer from ${names.join(", ")}. The stop would wait for wal_sender_timeout, or forever.`,
		`Find out what is wrong there, or end its walsender: SELECT pg_catalog.pg_terminate_backend(${first.pid});`,
	);
}

/** A subscriber whose slot is missing on the new primary loses its position and the changes it has not received. */
export function noLogicalSlots(
	facts: Facts,
	node: NodeView,
	candidates: readonly NodeView[],
	isAccepted: boolean,
): Prerequisite {
	const title = "no logical slots are lost";
	const server = serverOf(facts, node.nodeId);
	if (server.fault !== undefined) return unread(title, server.fault);
	const slots = server.value.logicalSlots;
	if (slots === null) return unknown(title, "Slots can't be seen.");
	if (slots.length === 0) return ok(title, "There are none.");
	const lost = candidates.flatMap((candidate) => {
		const synced = serverOf(facts, candidate.nodeId).value?.syncedSlots ?? null;
		const missing = slots.filter((slot) => synced !== null && !synced.includes(slot));
		return missing.length === 0
			? []
			: [`${quoted(candidate)} has no synchronised ${missing.map(cutName).join(", ")}`];
	});
	if (lost.length === 0) {
		const unseen = candidates.filter(({ nodeId }) => !serverOf(facts, nodeId).value?.syncedSlots);
		return unseen.length === 0
			? ok(title, `${slots.map(cutName).join(", ")}: synchronised to ${listed(candidates.map(quoted))}.`)
			: unknown(
					title,
					`Whether ${listed(unseen.map(quoted))} has ${slots.map(cutName).join(", ")} can't be seen.`,
				);
	}
	const found = `They stay behind on ${quoted(node)}: ${lost.join("; ")}.`;
	return isAccepted
		? warning(title, found)
		: failed(
				title,
				found,
				"From PostgreSQL 17 on: set failover for the slot and sync_replication_slots on the standby. Otherwise the subscribers have to be set up again; to accept that: --accept-lost-slots.",
			);
}
