import { forksOf } from "../../assess/positions.ts";
import type { BarmanBackup, BarmanSurvey } from "../../model/barman.ts";
import type { CloneSource, CloneSurvey } from "../../model/clone-survey.ts";
import { lsnDistanceBytes } from "../../model/lsn.ts";
import type { NodeView } from "../../model/snapshot.ts";
import {
	numberInName,
	segmentInHistory,
	segmentName,
	segmentNumber,
	type TimelineEnd,
} from "../../model/wal-file.ts";
import { formatAge, formatBytes, formatSeconds } from "../../text/format.ts";
import { shellWords } from "../../text/shell.ts";
import { listed, quoted, sentence } from "../../text/words.ts";
import { failed, ok, unknown, warning } from "../checks/check.ts";
import { type Facts, hostOf } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";

/** A clone by pg_basebackup says that repmgr.conf names Barman: repmgr itself would use it without being asked. */
export function leavesBarman({ hasBarman }: CloneSurvey): readonly Prerequisite[] {
	return hasBarman
		? [
				ok(
					"the copy is made by pg_basebackup",
					"repmgr.conf names Barman, which repmgr alone would copy from: it is told not to, with --without-barman. To copy from there: --method barman",
				),
			]
		: [];
}

/** What a clone needs of Barman, before anything is done. */
export function barmanChecks(
	facts: Facts,
	barman: BarmanSurvey,
	upstream: NodeView,
	source: CloneSource | null,
): readonly Prerequisite[] {
	const { backup } = barman;
	const answers = barmanAnswers(barman);
	if (backup === null) return [answers];
	return [
		answers,
		backupIsGood(barman, backup, facts.snapshot.takenAt),
		checksPass(barman),
		backupIsOfCluster(facts, backup),
		...(source === null ? [] : [fitsUpstream(backup, source), sameTablespaces(backup, source)]),
		isInHistory(facts, backup, upstream),
		walCanBeFetched(barman),
		walIsContinuous(facts, barman, backup, upstream),
		filesCanBeRead(barman),
	];
}

/** "ssh HOST barman show-backup SERVER latest", as repmgr asks. */
function asked({ host, server, configFile }: BarmanSurvey): string {
	const config = configFile === "" ? [] : [`--config=${configFile}`];
	return shellWords(["ssh", host, "barman", ...config, "show-backup", server, "latest"]);
}

function barmanAnswers(barman: BarmanSurvey): Prerequisite {
	const { host, server, fault } = barman;
	const title = "Barman can be asked from there, and has a backup";
	if (fault === null) return ok(title, `${host} answers for its server "${server}".`);
	const fix = /Unknown backup|Unknown server/.test(fault)
		? `On Barman's host see "barman list-backups ${server}" and "barman check ${server}", then: barman backup --wait ${server}`
		: `As the owner of the database there this has to work without a password: ${asked(barman)}`;
	return failed(title, `"${asked(barman)}" says: ${fault}`, fix);
}

function backupIsGood({ server, walFiles }: BarmanSurvey, backup: BarmanBackup, now: number): Prerequisite {
	const title = "its newest backup is complete";
	const found = `${backup.id} is ${backup.status}, made ${formatAge(now - backup.endedAt)}; ${formatBytes(backup.bytes)} are copied, then ${walFiles.length} WAL files are replayed.`;
	if (backup.status === "DONE") return ok(title, found);
	return backup.status === "WAITING_FOR_WALS"
		? warning(title, found, `See "barman check ${server}" there: its last WAL has not arrived.`)
		: failed(title, found, `barman backup --wait ${server}`);
}

/** What fails there need not concern a clone; what does is checked by itself. */
function checksPass({ server, failedChecks }: BarmanSurvey): Prerequisite {
	const title = "barman check finds nothing wrong";
	if (failedChecks === null)
		return unknown(title, "It gave no answer in time.", `See "barman check ${server}".`);
	return failedChecks.length === 0
		? ok(title, "All its checks are OK.")
		: warning(title, `It says FAILED for: ${listed(failedChecks)}.`, `See "barman check ${server}" there.`);
}

function backupIsOfCluster({ snapshot }: Facts, { systemIdentifier }: BarmanBackup): Prerequisite {
	const title = "the backup is of this cluster";
	const ours = snapshot.cluster.systemIdentifier;
	if (systemIdentifier === null) return unknown(title, "Barman does not say its system identifier.");
	return systemIdentifier === ours
		? ok(title, `Its system identifier is ${systemIdentifier}.`)
		: failed(
				title,
				`Its system identifier is ${systemIdentifier}, the cluster's ${ours}.`,
				"Name the right server of Barman: --barman HOST:SERVER",
			);
}

function fitsUpstream(backup: BarmanBackup, source: CloneSource): Prerequisite {
	const title = "the backup is of the upstream's major version";
	const [own, wanted] = [backup, source].map(({ version }) => Math.floor(version / 10_000));
	return own === wanted
		? ok(title, `Both are PostgreSQL ${own}.`)
		: failed(title, `It is of PostgreSQL ${own}, the upstream is ${wanted}.`, "Make a new backup.");
}

/** Those of the backup are copied, and each has to have its place before. */
function sameTablespaces(backup: BarmanBackup, { tablespaces }: CloneSource): Prerequisite {
	const title = "the backup has the tablespaces of the upstream";
	const lines = (some: BarmanBackup["tablespaces"]): readonly string[] =>
		some.map(({ oid, directory }) => `${oid} in ${directory}`).toSorted();
	const [own, theirs] = [lines(backup.tablespaces), lines(tablespaces)];
	return own.join("\n") === theirs.join("\n")
		? ok(title, own.length === 0 ? "There are none." : `${listed(own)}.`)
		: failed(
				title,
				`It has ${own.length === 0 ? "none" : listed(own)}; the upstream has ${theirs.length === 0 ? "none" : listed(theirs)}.`,
				"Make a new backup, or clone with pg_basebackup: --method basebackup",
			);
}

/** A standby can't go back to before the point where the cluster left the backup's timeline. */
function isInHistory(facts: Facts, backup: BarmanBackup, upstream: NodeView): Prerequisite {
	const title = "the backup is in the history of the upstream";
	const { timeline } = upstream.observed;
	const found = `It ended at ${backup.endLsn} on timeline ${backup.timeline}`;
	if (timeline === null) return unknown(title, `${found}; the upstream's timeline is not known.`);
	if (backup.timeline === timeline) return ok(title, `${found}, which is that of ${quoted(upstream)}.`);
	const forks = forksOf(upstream, hostOf(facts, upstream.nodeId).value?.look);
	if (forks === null) return unknown(title, `${found}; the history of ${quoted(upstream)} can't be read.`);
	const left = forks.find((fork) => fork.timeline === backup.timeline)?.endLsn ?? null;
	const fix = "Make a new backup: barman backup --wait";
	if (left === null) return failed(title, `${found}, on which ${quoted(upstream)} never was.`, fix);
	return (lsnDistanceBytes(backup.endLsn, left) ?? -1) >= 0
		? ok(title, `${found}, which ${quoted(upstream)} left at ${left}.`)
		: failed(title, `${found}, past ${left}, where ${quoted(upstream)} left it.`, fix);
}

/** Whether the new server will get WAL from Barman. */
function fetches({ restoreCommand, madeRestoreCommand, fetchFault }: BarmanSurvey): boolean {
	return fetchFault === null && `${restoreCommand}${madeRestoreCommand}` !== "";
}

function walCanBeFetched(barman: BarmanSurvey): Prerequisite {
	const { host, server, restoreCommand, madeRestoreCommand, fetchFault, backup } = barman;
	const title = "the new server gets WAL from Barman";
	const command = restoreCommand || madeRestoreCommand;
	const fix = `Install barman-cli there, and set restore_command in repmgr.conf: barman-wal-restore ${shellWords([host.slice(host.indexOf("@") + 1), server])} %f %p`;
	if (command === "")
		return warning(
			title,
			"repmgr.conf has no restore_command, and barman-wal-restore is not installed there: all WAL has to come from the upstream.",
			fix,
		);
	if (fetchFault !== null)
		return warning(title, `"${command}" did not bring ${backup?.beginWal}: ${fetchFault}.`, fix);
	return ok(
		title,
		restoreCommand === ""
			? `repmgr.conf has no restore_command: the new server gets "${command}", which brought ${backup?.beginWal}.`
			: `restore_command of repmgr.conf brought ${backup?.beginWal}: ${command}`,
	);
}

/** The timelines from the backup's on to the upstream's present one; null: not known. */
function timelinesSince(
	facts: Facts,
	{ timeline }: BarmanBackup,
	upstream: NodeView,
): readonly TimelineEnd[] | null {
	const now = upstream.observed.timeline;
	if (now === null) return null;
	const forks = now === timeline ? [] : forksOf(upstream, hostOf(facts, upstream.nodeId).value?.look);
	return forks && [...forks.filter((fork) => fork.timeline >= timeline), { timeline: now, endLsn: null }];
}

/** From the backup's first WAL file on: Barman has it, or the upstream, up to the present. A lost primary's files don't count. */
function walIsContinuous(
	facts: Facts,
	barman: BarmanSurvey,
	backup: BarmanBackup,
	upstream: NodeView,
): Prerequisite {
	const title = "the WAL since the backup is there without a gap";
	const from = barman.upstream;
	if (from === null) return unknown(title, `${quoted(upstream)} does not answer there.`);
	const { segmentBytes, oldestWal } = from;
	const begin = numberInName(backup.beginWal, segmentBytes);
	const now = segmentNumber(from.lsn, segmentBytes) ?? begin;
	const files = new Set(fetches(barman) ? barman.walFiles : []);
	const had = new Set([...files].map((name) => numberInName(name, segmentBytes)));
	const timelines = timelinesSince(facts, backup, upstream);
	const isThere = (number: bigint): boolean =>
		timelines === null ? had.has(number) : files.has(segmentInHistory(timelines, number, segmentBytes) ?? "");
	let next = begin;
	while (isThere(next)) next += 1n;
	const nameOf = (number: bigint): string => segmentName(0, number, segmentBytes).slice(8);
	const has =
		next === begin ? "Barman brings none" : `Barman has all from ${nameOf(begin)} to ${nameOf(next - 1n)}`;
	if (next > now) return ok(title, `${has}.`);
	if (oldestWal === null)
		return unknown(title, `${has}; what ${quoted(upstream)} has can't be listed (pg_monitor is needed).`);
	const rest = `the oldest in the pg_wal of ${quoted(upstream)} is ${oldestWal}`;
	if (numberInName(`00000000${oldestWal}`, segmentBytes) <= next) return ok(title, `${has}; ${rest}.`);
	const later = had.has(next)
		? " of the upstream's timelines"
		: [...had].some((number) => number > next)
			? ", although later ones"
			: "";
	return failed(
		title,
		`${has}, not ${nameOf(next)}${later}; ${rest}. (Names without the timeline.)`,
		`A new backup is needed: barman backup --wait ${barman.server}. Or: --method basebackup`,
	);
}

/** repmgr copies with rsync, which is needed on both hosts. */
function filesCanBeRead({ rsyncFault, host }: BarmanSurvey): Prerequisite {
	const title = "rsync reads the files of the backup from there";
	return rsyncFault === null
		? ok(title, `From ${host}.`)
		: failed(title, rsyncFault, "Install rsync on both hosts, and let that login read Barman's files.");
}

/** How long the copy takes; the replay of WAL comes on top. */
export function timeToCopy({ bytesPerSecond }: BarmanSurvey, backup: BarmanBackup): Prerequisite {
	const title = "how long the copy will take";
	return bytesPerSecond === null
		? unknown(title, `No rate was measured; ${formatBytes(backup.bytes)} are copied.`)
		: ok(
				title,
				`About ${formatSeconds(backup.bytes / bytesPerSecond)} for ${formatBytes(backup.bytes)} at ${formatBytes(bytesPerSecond)}/s, as measured with one WAL file from Barman; then the WAL since the backup is replayed.`,
			);
}

/** Before a rewind: is there something to clone from, should it fail? */
export function barmanHelps(facts: Facts, upstream: NodeView): readonly Prerequisite[] {
	const title = "Barman has a backup to clone from, should the rewind fail";
	const { value: barman, fault } = facts.barman ?? {};
	if (fault !== undefined) return [unknown(title, sentence(fault))];
	if (!barman) return [];
	const wrong = barmanChecks(facts, barman, upstream, null).find(({ state }) => state !== "ok");
	if (wrong !== undefined) return [warning(title, `${wrong.title}: ${wrong.found}`, wrong.fix)];
	const { backup } = barman;
	if (backup === null) return [];
	const good = backupIsGood(barman, backup, facts.snapshot.takenAt);
	return [ok(title, `${good.found} ${walIsContinuous(facts, barman, backup, upstream).found}`)];
}
