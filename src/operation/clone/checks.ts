import type { CloneSource, CloneSurvey } from "../../model/clone-survey.ts";
import { current } from "../../model/node-state.ts";
import type { NodeView } from "../../model/snapshot.ts";
import { formatBytes, formatSeconds } from "../../text/format.ts";
import { listed, quoted } from "../../text/words.ts";
import { failed, ok, unknown, warning } from "../checks/check.ts";
import type { Facts } from "../plan/facts.ts";
import type { Prerequisite } from "../plan/plan.ts";
import type { Clone } from "./steps.ts";

/** The checks that rest on what the host read and tried, for a node and for a new host. */
export function surveyChecks(
	facts: Facts,
	{ target, upstream, hasSlot }: Pick<Clone, "target" | "upstream" | "hasSlot">,
	survey: CloneSurvey,
	discardOld: boolean,
	again: string,
): readonly Prerequisite[] {
	const { source } = survey;
	return [
		upstreamCanServe(upstream),
		namesHost(upstream),
		...reachesUpstream(survey, upstream),
		placeCanBeTaken(survey),
		optionsFit(survey),
		...(source === null
			? []
			: [
					isOfOneCluster(facts, source),
					fitsVersion(survey, source),
					noTablespaces(source),
					roomOnUpstream(source, upstream, target.usesSlots && !hasSlot),
					keepsWal(source, upstream),
					sameCollation(survey, source),
				]),
		fitsDisk(survey, discardOld, again),
	];
}

function namesHost({ registered, nodeName }: NodeView): Prerequisite {
	const title = `the conninfo of "${nodeName}" leads there from other hosts`;
	return registered.host === null || registered.host.startsWith("/")
		? failed(title, "It names no host, or can't be read.", "Register it with a host.")
		: ok(title, `It names ${registered.host}.`);
}

/** The copy needs room for the databases, and for what is written meanwhile. */
const MARGIN = 1.05;
const MARGIN_BYTES = 64 * 1024 ** 2;

/** What the copy needs; null: unknown. */
function neededBytes({ source }: CloneSurvey): number | null {
	return source?.bytes == null ? null : Math.ceil(source.bytes * MARGIN) + MARGIN_BYTES;
}

/** Whether the disk holds the old directory and the copy; null: unknown. */
export function holdsBoth(survey: CloneSurvey): boolean | null {
	const needed = neededBytes(survey);
	return needed === null || survey.freeBytes === null ? null : survey.freeBytes >= needed;
}

function upstreamCanServe(upstream: NodeView): Prerequisite {
	const title = `${quoted(upstream)} can be the upstream`;
	const { role, status } = upstream.observed;
	return role === "primary" || (role === "standby" && status === "streaming")
		? ok(title, `It is a ${role}, ${status}.`)
		: failed(title, `It is ${status}.`, "Choose the primary, or a standby that streams: --upstream NODE");
}

/** repmgr and pg_basebackup log in from the host that is cloned; both were tried with psql, which reads the same .pgpass. */
function reachesUpstream(survey: CloneSurvey, upstream: NodeView): readonly Prerequisite[] {
	const { host, port, user, database } = upstream.registered;
	const pgpass = (name: string): string =>
		[host ?? "localhost", port, name, user ?? "*", "PASSWORD"].join(":");
	const check = (what: string, fault: string | null, name: string): Prerequisite => {
		const title = `a ${what} connection to ${quoted(upstream)} can be made from there`;
		return fault === null
			? ok(title, "It was made, as repmgr will.")
			: failed(
					title,
					`psql says: ${fault}`,
					`Fix pg_hba.conf on ${quoted(upstream)} and reload it, or put "${pgpass(name)}" into ~/.pgpass of the owner of the database there.`,
				);
	};
	return [
		check("repmgr", survey.loginFault, database ?? "*"),
		check("replication", survey.replicationFault, "replication"),
	];
}

/** pg_basebackup takes two walsenders with -X stream; the new server one, when that has ended. */
function roomOnUpstream(source: CloneSource, upstream: NodeView, isNewSlot: boolean): Prerequisite {
	const title = `walsenders and slots free on ${quoted(upstream)}`;
	const { freeWalSenders, freeSlots } = source;
	const slots = isNewSlot ? 2 : 1;
	const found = `2 walsenders and ${slots} slot${slots === 1 ? "" : "s"} will be needed; free are ${freeWalSenders ?? "an unknown number"} of max_wal_senders and ${freeSlots} of max_replication_slots.`;
	if (freeWalSenders !== null && freeWalSenders < 2)
		return failed(title, found, "Raise max_wal_senders there (needs a restart), or end a base backup.");
	return freeSlots < slots
		? failed(title, found, "Drop unused slots there, or raise max_replication_slots (needs a restart).")
		: ok(title, found);
}

/** pg_basebackup copies from a server of its own major version, and the new server has to read what it copied. */
function fitsVersion(survey: CloneSurvey, source: CloneSource): Prerequisite {
	const title = "the same major version of PostgreSQL is installed there";
	const wanted = Math.floor(source.version / 10_000);
	const [, major] = /(\d+)(?:\.\d+|devel|beta\d+|rc\d+)/.exec(survey.pgBasebackup ?? "") ?? [];
	const fix = `Install PostgreSQL ${wanted} there, or set pg_bindir in repmgr.conf.`;
	if (survey.pgBasebackup === null) return failed(title, "No pg_basebackup was found there.", fix);
	if (major === undefined) return failed(title, `It says "${survey.pgBasebackup}".`, fix);
	return Number(major) === wanted
		? ok(title, `${survey.pgBasebackup}.`)
		: failed(title, `${survey.pgBasebackup}; the upstream has ${wanted}.`, fix);
}

/** Indexes over text are sorted by the C library of the host where they were made (manual, 24.2.2.3). */
function sameCollation(survey: CloneSurvey, source: CloneSource): Prerequisite {
	const title = "collations sort alike on both hosts";
	if (survey.libcVersion === null || source.libcVersion === null)
		return unknown(title, "The version of the C library can't be read on both.");
	return survey.libcVersion === source.libcVersion
		? ok(title, `Both have version ${survey.libcVersion} of the C library.`)
		: warning(
				title,
				`The C library has version ${survey.libcVersion} there and ${source.libcVersion} on the upstream: text may sort otherwise, and indexes over it give wrong answers.`,
				"Use the same release of the operating system, or ICU collations.",
			);
}

/** What lies where the copy is to go, and whether it can change places with it. */
function placeCanBeTaken(survey: CloneSurvey): Prerequisite {
	const title = "the data directory can be set aside";
	const { dataDirectory: data, content } = survey;
	if (data === null)
		return failed(title, "repmgr.conf there has no data_directory, or can't be read.", "Set data_directory.");
	// repmgr hands it to a shell without quotes (repmgr-action-standby.c, run_basebackup).
	if (!/^\/[A-Za-z0-9_./+@,=-]+$/.test(data))
		return failed(
			title,
			`repmgr can't copy to "${data}".`,
			"Use a path of letters, digits and . _ - + only.",
		);
	if (survey.isLeftOver)
		return failed(
			title,
			`${data}.repmgr-console is there: an earlier clone was not ended.`,
			leftOverFix(data),
		);
	if (content === "unreadable")
		return failed(
			title,
			`${data} can't be read by the owner of the database.`,
			"Correct its owner and mode.",
		);
	if (content === "other")
		return failed(
			title,
			`${data} is neither empty nor a data directory of PostgreSQL.`,
			"Move its contents away first, or correct data_directory in repmgr.conf.",
		);
	if (survey.isLink)
		return failed(title, `${data} is a symbolic link.`, "Set data_directory to the real directory.");
	if (survey.isMountPoint)
		return failed(
			title,
			`${data} is where a file system is mounted, so that it can't be renamed.`,
			"Use a directory below the mount point as data_directory.",
		);
	if (!survey.canRename)
		return failed(
			title,
			`The owner of the database may not create directories beside ${data}.`,
			`Give it the directory above: chown postgres ${data.slice(0, data.lastIndexOf("/")) || "/"}`,
		);
	if (survey.isWalElsewhere)
		return failed(
			title,
			`${data}/pg_wal is a link to another directory, which pg_basebackup would need to be empty.`,
			"This is not supported yet: move pg_wal back first, or clone by hand.",
		);
	return ok(title, content === "postgres" ? `${data} is renamed.` : `${data} is ${content}.`);
}

function leftOverFix(dataDirectory: string): string {
	return `See "runs": resume the clone that was interrupted. If none is listed, look into ${dataDirectory}.repmgr-console: its directory "old" is the old data directory, if it is there.`;
}

/** repmgr.conf may ask pg_basebackup for what contradicts this clone. */
function optionsFit({ options }: CloneSurvey): Prerequisite {
	const title = "pg_basebackup_options of repmgr.conf fit";
	const words = options.split(/\s+/).filter((word) => word !== "");
	const taken =
		/^(?:-[CDFRStTX]|--(?:create-slot|pgdata|format|write-recovery-conf|slot|no-slot|target|tablespace-mapping|wal-method|xlog-method|waldir)\b)/;
	const isStream = (word: string, next = ""): boolean =>
		/^(?:-Xs(?:tream)?|--(?:wal|xlog)-method=s(?:tream)?)$/.test(word) ||
		(/^(?:-X|--(?:wal|xlog)-method)$/.test(word) && /^s(?:tream)?$/.test(next));
	const wrong = words.filter((word, position) => taken.test(word) && !isStream(word, words[position + 1]));
	if (/['"\\$`;&|<>()]/.test(options))
		return failed(title, `They have characters that a shell interprets: ${options}`, "Use plain words.");
	return wrong.length > 0
		? failed(title, `${listed(wrong)} can't be combined with this clone.`, "Remove them for the clone.")
		: ok(title, words.length === 0 ? "None are set." : `${options}`);
}

function noTablespaces({ tablespaces }: CloneSource): Prerequisite {
	const title = "the cluster has no tablespaces of its own";
	return tablespaces.length === 0
		? ok(title, "It has none.")
		: failed(
				title,
				`It has ${listed(tablespaces)}: their directories would have to change places, too.`,
				"This is not supported yet: clone by hand, with repmgr standby clone.",
			);
}

function isOfOneCluster({ snapshot }: Facts, source: CloneSource): Prerequisite {
	const title = "the upstream is a server of this cluster";
	const ours = snapshot.cluster.systemIdentifier;
	if (source.systemIdentifier === null)
		return unknown(title, "Its system identifier can't be read from there.");
	return source.systemIdentifier === ours
		? ok(title, `Its system identifier is ${ours}.`)
		: failed(
				title,
				`From there, its address leads to a server with the system identifier ${source.systemIdentifier}, and the cluster's is ${ours}.`,
				"Check how that host resolves the registered host name.",
			);
}

/** The figures, and what they mean for the old directory. */
function fitsDisk(survey: CloneSurvey, discardOld: boolean, again: string): Prerequisite {
	const { freeBytes, oldBytes, content, source } = survey;
	const title =
		content === "postgres" ? "the disk holds the old directory and the copy" : "the disk holds the copy";
	const needed = neededBytes(survey);
	if (needed === null || freeBytes === null)
		return discardOld
			? failed(
					title,
					"The size of the databases, or the free space, can't be read.",
					"Leave out --discard-old.",
				)
			: unknown(title, "The size of the databases, or the free space, can't be read.");
	const found = `The databases take ${formatBytes(source?.bytes ?? 0)}, so that ${formatBytes(needed)} are needed; ${formatBytes(freeBytes)} are free, and the old directory takes ${oldBytes === null ? "an unknown size" : formatBytes(oldBytes)}.`;
	if (freeBytes >= needed) return ok(title, found);
	const helps = content === "postgres" && oldBytes !== null && freeBytes + oldBytes >= needed;
	if (!helps) return failed(title, found, "Free space first.");
	return discardOld
		? warning(title, `${found} The old directory is deleted before the copy: if that fails, nothing is left.`)
		: failed(
				title,
				found,
				`Free space; or give the old directory up before the copy is made: ${again} --discard-old`,
			);
}

/** How long it will take. */
export function timeNeeded({ source }: CloneSurvey, maxBytesPerSecond: number | null): Prerequisite {
	const title = "how long the copy will take";
	const measured = source?.bytesPerSecond ?? null;
	const rate = Math.min(measured ?? Number.POSITIVE_INFINITY, maxBytesPerSecond ?? Number.POSITIVE_INFINITY);
	if (source?.bytes == null || !Number.isFinite(rate)) return unknown(title, "No rate was measured.");
	const by = rate === measured ? "as measured with a few MB" : "the limit that was given";
	return ok(
		title,
		`About ${formatSeconds(source.bytes / rate)} for ${formatBytes(source.bytes)} at ${formatBytes(rate)}/s, ${by}.`,
	);
}

/** A slot keeps what the copy needs, unless it is limited. */
function keepsWal({ slotKeeps }: CloneSource, upstream: NodeView): Prerequisite {
	const title = `${quoted(upstream)} keeps its WAL as long as it is needed`;
	return slotKeeps === null
		? ok(title, "A slot keeps it, without a limit.")
		: warning(
				title,
				`A slot keeps it, up to max_slot_wal_keep_size, ${slotKeeps}: if more is written during the copy, the clone fails.`,
				"Raise max_slot_wal_keep_size there for the time of the clone; a reload suffices.",
			);
}

/** A commit that waits for this standby waits until it streams again. */
export function notSynchronous(upstream: NodeView, node: NodeView): Prerequisite {
	const title = `no commit waits for ${quoted(node)}`;
	const sender = current(upstream.state.server)?.walSenders.find(
		({ applicationName, syncState }) =>
			applicationName === node.nodeName && /sync|quorum/.test(syncState ?? "") && syncState !== "async",
	);
	return sender === undefined
		? ok(title, "It is no synchronous standby.")
		: warning(
				title,
				`It is a synchronous standby (${sender.syncState}): commits wait while it is stopped, unless another serves.`,
			);
}

/** Its clients lose their connections when it is stopped. */
export function whoUsesIt(node: NodeView): Prerequisite {
	const title = `no client uses ${quoted(node)}`;
	const sessions = node.observed.reachable ? (current(node.state.server)?.clientSessions ?? null) : 0;
	if (sessions === null) return unknown(title, "Its sessions can't be counted.");
	return sessions === 0
		? ok(title, "It has no client sessions.")
		: warning(title, `It has ${sessions} client sessions, which drop for the few seconds of the exchange.`);
}
